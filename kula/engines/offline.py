"""The default engine: our own grammar of business Spanish. No key, no network."""

from kula.grammar.parse import parse
from kula.plan import Plan
from kula.reply import Turn
from kula.understanding import Context, Understanding


class OfflineEngine:
    """Reads a question by grammar and lexicon; a short follow-up ("¿y en abril?") completes the plan before it."""

    def understand(self, question: str, context: Context) -> Understanding:
        """The plan of a question; never raises on what a person may type."""
        understanding = parse(question, context)
        plan = understanding.plan
        if understanding.unknown or understanding.question_back is not None or plan.metrics:
            return understanding
        if plan.intent in ("smalltalk", "help", "write") or plan.topic == "empty":
            return understanding
        earlier = _earlier_plan(context.conversation)
        if earlier is None or not (plan.time or plan.filters or plan.dimensions or plan.grain or plan.compare or plan.share_of_total):
            return understanding
        merged = merge(earlier, plan)
        understanding.plan = merged
        return understanding


def _earlier_plan(conversation: object) -> Plan | None:
    turns = [turn for turn in conversation if isinstance(turn, Turn)] if isinstance(conversation, list | tuple) else []
    return next((turn.plan for turn in reversed(turns) if turn.plan is not None and turn.plan.metrics), None)


def merge(earlier: Plan, said: Plan) -> Plan:
    """The earlier plan with what the follow-up says in place of its own."""
    replaced = {condition.field for condition in said.filters}
    filters = [condition for condition in earlier.filters if condition.field not in replaced] + said.filters
    dimensions = said.dimensions or earlier.dimensions
    return earlier.model_copy(
        update={
            "intent": said.intent if said.compare or said.grain else ("metric" if earlier.compare else earlier.intent),
            "filters": filters[:12],
            "dimensions": dimensions,
            "time": said.time or earlier.time,
            "compare": said.compare if said.compare or said.time else earlier.compare,
            "grain": said.grain or (None if said.dimensions else earlier.grain),
            "share_of_total": said.share_of_total or earlier.share_of_total,
        }
    )
