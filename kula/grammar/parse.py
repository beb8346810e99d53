"""A Spanish sentence -> a plan, with every word accounted for."""

from collections.abc import Sequence

from kula.grammar.chunks import Chunk, Cutter
from kula.grammar.dimension_rules import read_dimensions
from kula.grammar.draft import Draft
from kula.grammar.filter_rules import read_bounds, read_values
from kula.grammar.intents import definition_of, is_help, is_smalltalk, is_why, missing_topic, write_request
from kula.grammar.metric_rules import read_metrics
from kula.grammar.settle import leftovers, plan_of, settle
from kula.grammar.spelling import correct
from kula.grammar.time_rules import read_time
from kula.normalise import Token, tokenise
from kula.plan import Plan
from kula.understanding import Context, QuestionBack, Understanding


def parse(question: str, context: Context) -> Understanding:
    """Reads a question. Never raises; an unread content word is never passed over in silence."""
    tokens = tokenise(question)
    aside = _aside(tokens)
    if aside is not None:
        return Understanding(aside)
    cutter = Cutter(context.lexicon, context.values, context.today)
    chunks = cutter.cut(tokens)
    defined = definition_of(chunks)
    if defined:
        return Understanding(Plan(intent="help", metrics=[defined]))
    folded = _folded(tokens)
    assumptions: list[str] = []
    if any(chunk.unknown for chunk in chunks):
        corrected = correct(tokens, chunks, context, assumptions, question)
        if not isinstance(corrected, QuestionBack):
            chunks = cutter.cut(corrected)
        elif missing_topic(folded) is None:
            return Understanding(Plan(intent="unknown"), question_back=corrected)
    understanding = _assemble(chunks, context)
    understanding.assumptions[:0] = assumptions
    if understanding.unknown:
        understanding.plan = Plan(intent="unknown", topic=missing_topic(folded))
    elif is_why(folded):
        understanding.plan = understanding.plan.model_copy(update={"intent": "advice"})
    return understanding


def _folded(tokens: Sequence[Token]) -> str:
    return " ".join(token.folded for token in tokens)


def _aside(tokens: Sequence[Token]) -> Plan | None:
    """The plan of what asks for no figures: nothing, a greeting, a request to write, a question about the product."""
    folded = _folded(tokens)
    if not any(token.folded[-1].isalnum() for token in tokens):
        return Plan(intent="unknown", topic="empty")
    if is_smalltalk(tokens):
        return Plan(intent="smalltalk", topic=_smalltalk_topic(folded))
    if write_request(folded):
        return Plan(intent="write", topic=folded[:200])
    return Plan(intent="help", topic=folded[:200]) if is_help(folded) else None


def _smalltalk_topic(folded: str) -> str:
    if "gracias" in folded:
        return "thanks"
    return "goodbye" if folded.startswith(("adios", "chao", "hasta")) else "greeting"


def _assemble(chunks: list[Chunk], context: Context) -> Understanding:
    draft = Draft(chunks, context)
    draft.use(*draft.cued("why"))
    read_time(draft)
    read_metrics(draft)
    _read_share(draft)
    read_bounds(draft)
    read_dimensions(draft)
    read_values(draft)
    settle(draft)
    unknown = leftovers(draft)
    return Understanding(
        plan_of(draft),
        assumptions=draft.assumptions,
        unknown=unknown,
        question_back=None if unknown else draft.question_back,
        assumed_metric=draft.assumed_metric,
    )


def _read_share(draft: Draft) -> None:
    for index in draft.cued("share"):
        if draft.chunks[index].metric is None:
            draft.share = True
            draft.use(index)
