"""A Spanish sentence -> a plan, with every word accounted for."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from rapidfuzz import process
from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio

from kula.echo import quoted
from kula.grammar.chunks import Chunk, Cutter
from kula.grammar.dimension_rules import read_dimensions
from kula.grammar.draft import Draft
from kula.grammar.filter_rules import read_bounds, read_values
from kula.grammar.intents import definition_of, is_help, is_smalltalk, is_why, missing_topic, write_request
from kula.grammar.metric_rules import read_metrics
from kula.grammar.time_rules import read_time
from kula.normalise import Token, stem, tokenise
from kula.plan import Plan, PlanOrder
from kula.reply import Option
from kula.understanding import Context, QuestionBack, Understanding
from kula.vocabulary import HARMLESS
from kula.values import SURE, Value

_MARGIN = 4.0
_NAME_FIRST = 88.0

_SPELLING = str.maketrans({"z": "s", "c": "s", "v": "b", "j": "g", "y": "i", "k": "s", "q": "s"})


def parse(question: str, context: Context) -> Understanding:
    """Reads a question. Never raises; an unread content word is never passed over in silence."""
    tokens = tokenise(question)
    folded = " ".join(token.folded for token in tokens)
    if not any(token.folded[-1].isalnum() for token in tokens):
        return Understanding(Plan(intent="unknown", topic="empty"))
    if is_smalltalk(tokens):
        return Understanding(Plan(intent="smalltalk", topic=_smalltalk_topic(folded)))
    if write_request(folded):
        return Understanding(Plan(intent="write", topic=folded[:200]))
    if is_help(folded):
        return Understanding(Plan(intent="help", topic=folded[:200]))
    cutter = Cutter(context.lexicon, context.values, context.today)
    chunks = cutter.cut(tokens)
    defined = definition_of(chunks)
    if defined:
        return Understanding(Plan(intent="help", metrics=[defined]))
    assumptions: list[str] = []
    if any(chunk.unknown for chunk in chunks):
        corrected = _correct(tokens, chunks, context, assumptions, question)
        if isinstance(corrected, QuestionBack):
            missing = missing_topic(folded)
            if missing is None:
                return Understanding(Plan(intent="unknown"), question_back=corrected)
        else:
            chunks = cutter.cut(corrected)
            tokens = corrected
    understanding = _assemble(chunks, context)
    understanding.assumptions[:0] = assumptions
    if is_why(folded) and not understanding.unknown:
        understanding.plan = understanding.plan.model_copy(update={"intent": "advice"})
    if understanding.unknown:
        understanding.plan = Plan(intent="unknown", topic=missing_topic(folded))
    return understanding


def _smalltalk_topic(folded: str) -> str:
    if "gracias" in folded:
        return "thanks"
    return "goodbye" if folded.startswith(("adios", "chao", "hasta")) else "greeting"


def _correct(
    tokens: Sequence[Token], chunks: Sequence[Chunk], context: Context, assumptions: list[str], question: str
) -> list[Token] | QuestionBack:
    """The tokens with sure typos mended, or a question back where a word is only likely to be one."""
    result = list(tokens)
    names: list[tuple[int, int, str]] = []
    ask: QuestionBack | None = None
    for chunk in chunks:
        if not chunk.unknown:
            continue
        token = tokens[chunk.start]
        word = token.folded
        target, sure = _nearest_word(word, context) if not context.lexicon.knows(token) else (None, False)
        if target is not None and sure:
            assumptions.append(f"Leí {quoted(token.text)} como «{target}».")
            result[chunk.start] = replace(token, folded=target, stem=stem(target))
            continue
        first, last, similar = _similar_name(tokens, chunk.start, context)
        said = " ".join(t.text for t in tokens[first:last])
        if similar and similar[0][1] >= SURE and (len(similar) == 1 or similar[0][1] - similar[1][1] >= _MARGIN):
            best = similar[0][0].text
            assumptions.append(f"Leí {quoted(said)} como {quoted(best)}.")
            names.append((first, last, best))
            continue
        if target is not None and similar and similar[0][1] < _NAME_FIRST:
            similar = []
        suggestions = [v.text for v, _ in similar[:3]] or ([target] if target is not None else [])
        if suggestions and ask is None:
            said = said if similar else token.text
            options = tuple(Option(label=s, question=_replaced(question, said, s)) for s in suggestions)
            ask = QuestionBack(f"No conozco {quoted(said)}. ¿Quiso decir {_or(suggestions)}?", options, "did_you_mean")
    if ask is not None:
        return ask
    for first, last, name in reversed(names):
        result[first:last] = tokenise(name)
    return [replace(token, position=position) for position, token in enumerate(result)]


def _similar_name(
    tokens: Sequence[Token], unknown: int, context: Context
) -> tuple[int, int, list[tuple[Value, float]]]:
    """The stretch of unplaced words around one that is most like a name of the tenant's data, and the names."""
    best: tuple[int, int, list[tuple[Value, float]]] = (unknown, unknown + 1, [])
    for first in range(max(0, unknown - 2), unknown + 1):
        for last in range(unknown + 1, min(len(tokens), unknown + 3) + 1):
            if any(context.lexicon.knows(token) or token.is_number for token in tokens[first:last]):
                continue
            found = context.values.similar(" ".join(token.text for token in tokens[first:last]))
            if found and (not best[2] or found[0][1] > best[2][0][1]):
                best = (first, last, found)
    return best


def _or(texts: list[str]) -> str:
    named = [quoted(text) for text in texts]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} o {named[-1]}"


def _replaced(question: str, word: str, by: str) -> str:
    return question.replace(word, by, 1)


def _nearest_word(word: str, context: Context) -> tuple[str | None, bool]:
    """The word that a typo probably meant, and whether that is sure.

    Sure are slips of the hand and of spelling in longer words (transposed, doubled or left-out letters; b/v, s/c/z,
    h). A changed letter is not: "mesas" is one away from "meses".
    """
    if len(word) < 4 or not word.isalpha():
        return None, False
    cutoff = 2 if len(word) >= 8 else 1
    for form in dict.fromkeys((word, stem(word))):
        near = process.extract(form, context.lexicon.words_of_all, scorer=OSA.distance, score_cutoff=cutoff, limit=3)
        if not near:
            continue
        best, distance, _ = near[0]
        rivals = [other for other, far, _ in near[1:] if far == distance and stem(other) != stem(best)]
        if not rivals and _is_slip(form, best):
            return best, True
        if best in context.lexicon.content_words:
            return best, False
    found = process.extractOne(word, context.lexicon.content_words, scorer=ratio, score_cutoff=84)
    return (found[0], False) if found else (None, False)


def _is_slip(word: str, target: str) -> bool:
    if _spelling(word) == _spelling(target):
        return True
    shorter, longer = sorted((len(word), len(target)))
    if shorter < 5 or word[0] != target[0]:
        return False
    if shorter == longer:
        return sorted(word) == sorted(target)
    return longer - shorter == 1 and longer >= 6 and (OSA.distance(word, target) == 1 or longer >= 9)


def _spelling(word: str) -> str:
    return word.replace("h", "").replace("ll", "y").replace("ce", "se").replace("ci", "si").translate(_SPELLING)


def _assemble(chunks: list[Chunk], context: Context) -> Understanding:
    draft = Draft(chunks, context)
    draft.use(*draft.cued("why"))
    read_time(draft)
    read_metrics(draft)
    _read_share(draft)
    read_dimensions(draft)
    read_bounds(draft)
    read_values(draft)
    _settle(draft)
    unknown = _leftovers(draft)
    plan = _plan(draft)
    understanding = Understanding(
        plan, assumptions=draft.assumptions, unknown=unknown, assumed_metric=draft.assumed_metric
    )
    if not unknown:
        understanding.question_back = draft.question_back
    return understanding


def _read_share(draft: Draft) -> None:
    for index in draft.cued("share"):
        if draft.chunks[index].metric is None:
            draft.share = True
            draft.use(index)


def _settle(draft: Draft) -> None:
    """What is implied once everything said is read."""
    if draft.share:
        # "¿qué porcentaje de las ventas es de Tecnología?": shown beside the others, or it would be 100 %.
        if not draft.metrics:
            draft.add_metric("net_sales")
        for condition in [f for f in draft.filters if f.op in ("eq", "in") and not draft.dimensions]:
            draft.dimensions.append(condition.field)
            draft.filters.remove(condition)
            draft.assumptions.append(f"Le muestro la parte de {quoted(condition.text[0])} junto a las demás.")
            break
    about_customers = [f for f in (*draft.filters, *draft.metric_filters) if f.field.startswith("customer__")]
    customers = bool(about_customers)
    spoken = any("client" in chunk.folded_text for chunk in draft.chunks)
    if customers and spoken and not draft.metrics and not draft.dimensions:
        draft.dimensions.append("customer__name")
    if not draft.metrics and draft.dimensions:
        draft.assumed_metric = True
        if draft.dimensions == ["customer__name"] and draft.time is None and (customers or draft.lists):
            draft.add_metric("customers_count")
        elif draft.dimensions == ["customer__name"] and draft.time is not None:
            draft.add_metric("net_sales")
            draft.assumptions.append("Con un período, listo a quienes compraron en él y cuánto.")
        elif not draft.cued("count"):
            _assume_subject(draft)
        draft.lists = True
    bounds = [f for f in draft.metric_filters if f.field in draft.context.catalogue.metrics]
    if bounds and not draft.dimensions and "customers_count" not in draft.metrics and draft.grain is None:
        draft.question_back = draft.question_back or QuestionBack(
            "¿Por qué quiere separar los datos antes de aplicar esa condición?",
            tuple(
                Option(label=label, question=f"Ventas por {label.lower()}") for label in ("Cliente", "Producto", "Mes")
            ),
        )
    if draft.trend and draft.grain is None:
        draft.grain = "month"


def _assume_subject(draft: Draft) -> None:
    """ "Motivos de pérdida": a dimension alone is counted by what it belongs to."""
    first = draft.dimensions[0]
    if first == "opportunity__lost_reason":
        name = "lost_opportunities"
    elif first.startswith("opportunity__"):
        name = "opportunities_count"
    else:
        name = "customers_count" if first.startswith("customer__") else "net_sales"
    if name in draft.context.catalogue.metrics and draft.choose(tuple(draft.dimensions)) is not None:
        draft.add_metric(name)
        draft.assumed_metric = True
        draft.assumptions.append(
            f"No dijo qué medir: le muestro {draft.context.catalogue.metrics[name].label.lower()}."
        )


def _leftovers(draft: Draft) -> tuple[str, ...]:
    """The words that say something and that no rule has taken."""
    left = []
    for chunk in draft.chunks:
        if chunk.used or chunk.ignorable or (chunk.harmless and not chunk.cue("not", "top", "bottom")):
            continue
        if not chunk.unknown and chunk.folded_text in HARMLESS:
            continue
        left.append(chunk.text)
    if not draft.metrics and draft.dimensions and draft.cued("count", unused=False):
        # "¿cuántos vendedores tengo?": there is nothing that counts them.
        left += [
            f"{draft.chunks[i].text} {draft.chunks[j].text}" for i in draft.cued("count") if (j := draft.following(i))
        ]
    return tuple(left)


def _plan(draft: Draft) -> Plan:
    order: PlanOrder | None = None
    limit: int | None = None
    if draft.rank is not None and draft.metrics:
        # "¿Qué categoría creció más?" is ranked by the change, "¿cuál bajó más?" by the largest fall.
        suffix = "__change" if draft.growth and draft.compare is not None else ""
        descending = draft.rank.descending != (bool(suffix) and draft.shrinking)
        order = PlanOrder(field=f"{draft.metrics[0]}{suffix}", descending=descending)
        limit = draft.rank.limit or None
    if draft.compare is not None:
        intent = "compare"
    elif draft.grain is not None and draft.rank is None:
        intent = "trend"
    elif draft.lists and draft.metrics == ["customers_count"]:
        intent = "list"
    elif not draft.metrics:
        intent = "unknown"
    else:
        intent = "metric"
    return Plan(
        intent=intent,  # type: ignore[arg-type]
        metrics=draft.metrics[:6],
        dimensions=draft.dimensions[:4],
        filters=[*draft.filters, *draft.metric_filters][:12],
        time=draft.time,
        compare=draft.compare,
        grain=draft.grain,
        order=order,
        limit=min(limit, 1000) if limit else None,
        share_of_total=draft.share,
    )


def as_number(value: float) -> int | float:
    """A bound as people write it: 5, not 5.0."""
    return int(value) if Decimal(str(value)) == int(value) else value
