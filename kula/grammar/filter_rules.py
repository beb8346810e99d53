"""Which rows count: values of dimensions, and bounds on what is measured."""

from kula.echo import quoted
from kula.grammar.chunks import Chunk
from kula.grammar.draft import Draft
from kula.plan import FilterOp, PlanFilter
from kula.reply import Option
from kula.understanding import QuestionBack
from kula.values import SUBSTRING_DIMENSIONS

_BOUNDS: dict[str, FilterOp] = {"more_than": "gt", "at_least": "gte", "less_than": "lt", "at_most": "lte"}
_MAX_VALUES = 50
_MAX_OPTIONS = 6
_SHARED_COUNTS = {"net_sales": "sales_count"}


def read_bounds(draft: Draft) -> None:
    """Takes bounds: "con más de 5 compras", "ventas entre 1 y 2 millones"."""
    for index, chunk in enumerate(draft.chunks):
        if chunk.number is None or chunk.used:
            continue
        between = draft.before_is(index, "between")
        if between is not None:
            _read_between(draft, between, index)
            continue
        for cue, op in _BOUNDS.items():
            bound = draft.before_is(index, cue)
            if bound is not None:
                if _add_bound(draft, index, op, [float(chunk.number)]):
                    draft.use(bound)
                break


def _read_between(draft: Draft, between: int, first: int) -> None:
    joined = draft.following(first)
    second = draft.following(joined) if joined is not None and draft.chunks[joined].cue("and") else None
    if second is None or draft.chunks[second].number is None:
        return
    low, high = draft.chunks[first].number, draft.chunks[second].number
    assert low is not None
    assert high is not None
    if _add_bound(draft, second, "between", sorted([float(low), float(high)])):
        draft.use(between, first, joined)


def _add_bound(draft: Draft, index: int, op: FilterOp, numbers: list[float]) -> bool:
    """Adds a condition on what the number counts; False where nothing says what."""
    following = draft.following(index)
    counted = draft.chunks[following] if following is not None and not draft.chunks[following].used else None
    if counted is not None:
        # "más de 90 días sin comprar": a number kept of each customer or opportunity.
        catalogue = draft.context.catalogue
        numeric = [d for d in counted.dimensions if catalogue.dimensions[d].format in ("integer", "number")]
        if numeric:
            draft.metric_filters.append(PlanFilter(field=numeric[0], op=op, number=numbers))
            draft.use(index, following)
            return True
    own = draft.chunks[following].metric if following is not None and not draft.chunks[following].used else None
    if own is not None and not draft.chunks[following or 0].dimensions:
        metric = _SHARED_COUNTS.get(own, own)
        draft.use(following)
        if not draft.metrics:
            draft.add_metric(metric)
    elif draft.metrics:
        metric = draft.metrics[0]
    else:
        return False
    draft.metric_filters.append(PlanFilter(field=metric, op=op, number=numbers))
    draft.use(index)
    return True


def read_values(draft: Draft) -> None:
    """Values that the sentence names become filters; a name that several values share is asked back."""
    for index, chunk in enumerate(draft.chunks):
        if chunk.used:
            continue
        if chunk.entry.value is not None:
            _read_common_value(draft, index, chunk)
        elif chunk.values:
            _read_tenant_value(draft, index, chunk)


def _negation(draft: Draft, index: int) -> int | None:
    previous = draft.previous(index)
    for _ in range(2):
        if previous is None:
            return None
        chunk = draft.chunks[previous]
        if chunk.cue("not"):
            return previous
        if not (chunk.dimensions or chunk.cue("by", "and")):
            return None
        previous = draft.previous(previous)
    return None


def _add_filter(draft: Draft, index: int, field: str, texts: list[str], op: FilterOp = "eq") -> None:
    negation = _negation(draft, index)
    many = len(texts) > 1
    if negation is not None:
        draft.use(negation)
        op = "not_in" if many else "ne"
    elif many:
        op = "in"
    for earlier in draft.filters:
        if earlier.field == field and earlier.op in ("eq", "in") and op in ("eq", "in"):
            # "efectivo y tarjeta": either.
            earlier.text = list(dict.fromkeys((*earlier.text, *texts)))
            earlier.op = "in" if len(earlier.text) > 1 else "eq"
            break
    else:
        draft.filters.append(PlanFilter(field=field, op=op, text=texts))
    previous = draft.previous(index)
    if previous is not None and draft.chunks[previous].cue("by", "and"):
        draft.use(previous)
    draft.use(index)


def _read_common_value(draft: Draft, index: int, chunk: Chunk) -> None:
    assert chunk.entry.value is not None
    field, text = chunk.entry.value
    if draft.metrics and draft.choose((field,)) is None:
        return
    if chunk.folded_text in ("nuevo", "nueva", "nuevos", "nuevas") and not _about_customers(draft, index):
        return
    _add_filter(draft, index, field, [text])


def _about_customers(draft: Draft, index: int) -> bool:
    return any(
        any(name.startswith("customer__") for name in c.dimensions) for c in draft.chunks[max(0, index - 3) : index + 2]
    )


def _read_tenant_value(draft: Draft, index: int, chunk: Chunk) -> None:
    values = draft.context.values.values
    numbers = list(chunk.values)
    cue = index - 1 if index and draft.chunks[index - 1].dimensions else None
    if cue is not None:
        cued = [n for n in numbers if values[n].dimension in draft.chunks[cue].dimensions]
        numbers = cued or numbers
    if draft.metrics:
        allowed = set(draft.context.catalogue.dimensions_for(draft.metrics))
        numbers = [n for n in numbers if values[n].dimension in allowed]
    by_field: dict[str, list[str]] = {}
    for number in numbers:
        by_field.setdefault(values[number].dimension, []).append(values[number].text)
    if not by_field:
        return
    if len(by_field) > 1 and not draft.metrics:
        # No metric yet to choose by: the same product of sales and of opportunities.
        by_field = dict([next(iter(by_field.items()))])
    if len(by_field) == 1:
        field, texts = next(iter(by_field.items()))
        if len(texts) == 1 or field in SUBSTRING_DIMENSIONS:
            if not chunk.whole_value and cue is None:
                draft.assumptions.append(_partial_note(draft, field, chunk.text, texts))
            if len(texts) <= _MAX_VALUES:
                _add_filter(draft, index, field, texts)
            else:
                _add_filter(draft, index, field, [chunk.text], "contains")
            return
    _ask_which(draft, index, chunk, by_field)


def _partial_note(draft: Draft, field: str, said: str, texts: list[str]) -> str:
    label = draft.context.catalogue.dimensions[field].label.lower()
    if len(texts) == 1:
        return f"Tomé {quoted(said)} como {label} {quoted(texts[0])}."
    return f"{quoted(said)}: {len(texts)} valores de {label} que contienen esa palabra."


def _ask_which(draft: Draft, index: int, chunk: Chunk, by_field: dict[str, list[str]]) -> None:
    options = []
    for field, texts in by_field.items():
        label = draft.context.catalogue.dimensions[field].label
        # All products with the word are one choice.
        together = field in SUBSTRING_DIMENSIONS and len(texts) > 1
        for text in [chunk.text] if together else texts[:_MAX_OPTIONS]:
            words = [c.text for c in draft.chunks]
            words[index] = f"{label.lower()} {text}"
            if index and draft.chunks[index - 1].dimensions:
                words[index - 1] = ""
            options.append(Option(label=f"{text} ({label.lower()})", question=" ".join(word for word in words if word)))
    total = sum(len(texts) for texts in by_field.values())
    draft.question_back = QuestionBack(
        f"Hay {total} que se llaman así: ¿a cuál se refiere con {quoted(chunk.text)}?", tuple(options[:_MAX_OPTIONS])
    )
    draft.use(index)
