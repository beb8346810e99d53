"""The default engine: our own grammar of business Spanish. No key, no network."""

import re
from datetime import date

from kula.grammar.parse import parse
from kula.grammar.time_rules import phrase_of
from kula.periods.grammar import parse_periods
from kula.plan import Intent, Plan, PlanOrder, PlanTime
from kula.reply import Turn
from kula.understanding import Context, Understanding

_FOLLOWS = re.compile(r"¿?\s*(?:y|e|ahora|pero|también|ademas|además)\b", re.IGNORECASE)


class OfflineEngine:
    """Reads a question by grammar and lexicon; a short follow-up ("¿y en abril?") completes the plan before it."""

    def understand(self, question: str, context: Context) -> Understanding:
        """The plan of a question; never raises on what a person may type."""
        understanding = parse(question, context)
        plan = understanding.plan
        if understanding.unknown or understanding.question_back is not None:
            return understanding
        if plan.metrics and not (understanding.assumed_metric and _FOLLOWS.match(question.strip())):
            return understanding
        if plan.intent in ("smalltalk", "help", "write") or plan.topic == "empty":
            return understanding
        earlier = _earlier_plan(context.conversation)
        if earlier is None or not (
            plan.time or plan.filters or plan.dimensions or plan.grain or plan.compare or plan.share_of_total
        ):
            return understanding
        understanding.plan = merge(earlier, _in_the_same_year(earlier, plan, context.today))
        understanding.assumptions = [a for a in understanding.assumptions if not a.startswith("No dijo")]
        return understanding


def _earlier_plan(conversation: object) -> Plan | None:
    turns = [turn for turn in conversation if isinstance(turn, Turn)] if isinstance(conversation, list | tuple) else []
    return next((turn.plan for turn in reversed(turns) if turn.plan is not None and turn.plan.metrics), None)


def _intent(earlier: Plan, said: Plan) -> Intent:
    if said.compare is not None:
        return "compare"
    if said.grain is not None:
        return "metric" if said.limit else "trend"
    return "metric" if earlier.compare is not None or said.dimensions else earlier.intent


def _in_the_same_year(earlier: Plan, said: Plan, today: date) -> Plan:
    """After a question about 2016, "¿y en abril?" is April 2016."""
    if said.time is None or earlier.time is None:
        return said
    now, before = parse_periods(said.time.phrase, today), parse_periods(earlier.time.phrase, today)
    if len(now) != 1 or len(before) != 1 or now[0].explicit_year or not before[0].explicit_year:
        return said
    if before[0].is_all or before[0].start.year != before[0].end.year:
        return said
    return said.model_copy(update={"time": PlanTime(phrase=phrase_of(now[0].in_year(before[0].start.year)))})


def merge(earlier: Plan, said: Plan) -> Plan:
    """The earlier plan with what the follow-up says in place of its own."""
    replaced = {condition.field for condition in said.filters}
    filters = [condition for condition in earlier.filters if condition.field not in replaced] + said.filters
    ranked_time = said.grain is not None and said.limit is not None
    dimensions = said.dimensions or ([] if ranked_time else earlier.dimensions)
    return earlier.model_copy(
        update={
            "intent": _intent(earlier, said),
            "filters": filters[:12],
            "order": PlanOrder(field=earlier.metrics[0], descending=said.order.descending)
            if said.order
            else earlier.order,
            "limit": said.limit or (None if said.dimensions else earlier.limit),
            "dimensions": dimensions,
            "time": said.time or earlier.time,
            "compare": said.compare if said.compare or said.time else earlier.compare,
            "grain": said.grain or (None if said.dimensions else earlier.grain),
            "share_of_total": said.share_of_total or earlier.share_of_total,
        }
    )
