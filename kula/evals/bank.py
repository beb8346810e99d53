"""The bank of questions with golden plans: reading it, and comparing a plan with what was expected."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from typing import Any

import yaml

from kula.periods.grammar import carry_year, parse_periods
from kula.periods.period import Period
from kula.plan import Plan
from kula.understanding import Understanding

NO_ANSWER = ("refuse", "clarify", "write", "help", "smalltalk")


@dataclass(frozen=True)
class Case:
    """One question; `plan` is None where it must not be answered with figures."""

    question: str
    kind: str
    plan: dict[str, Any] | None


@dataclass
class Score:
    """What became of a bank."""

    answered: int = 0
    right: int = 0
    answerable: int = 0
    declined: int = 0
    declined_right: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Right answers of those given."""
        return self.right / self.answered if self.answered else 1.0

    @property
    def coverage(self) -> float:
        """Right answers of those that should have been given."""
        return self.right / self.answerable if self.answerable else 1.0

    @property
    def refusals(self) -> float:
        """Questions rightly not answered, of those that must not be."""
        return self.declined_right / self.declined if self.declined else 1.0


def cases() -> Iterator[Case]:
    """All questions of the bank."""
    for group in yaml.safe_load(files("kula.evals").joinpath("plans.yaml").read_text(encoding="utf-8")):
        for question in group["questions"]:
            yield Case(question, group.get("kind", "plan"), group.get("plan"))


def kind_of(understanding: Understanding) -> str:
    """What the service would make of it, before any data is read."""
    intent = understanding.plan.intent
    if intent in ("help", "smalltalk", "write"):
        return intent
    if understanding.unknown or (not understanding.plan.metrics and understanding.plan.topic not in (None, "empty")):
        return "refuse"
    without_period = understanding.plan.compare is not None and understanding.plan.time is None
    if (
        understanding.question_back is not None
        or not understanding.plan.metrics
        or intent == "advice"
        or without_period
    ):
        return "clarify"
    return "plan"


def outline(plan: Plan, today: date) -> dict[str, Any]:
    """A plan in the terms of the bank: only what is set, periods as days."""
    periods: list[Period] = parse_periods(plan.time.phrase, today) if plan.time else []
    if plan.compare is not None and periods:
        own = periods[0]
        if plan.compare.kind == "periods":
            periods = carry_year(
                [*periods, *(p for phrase in plan.compare.phrases for p in parse_periods(phrase, today))]
            )
        else:
            periods.append(own.previous() if plan.compare.kind == "previous_period" else own.year_before())
    result: dict[str, Any] = {
        "metrics": plan.metrics,
        "dimensions": plan.dimensions,
        "filters": [[f.field, f.op, (f.text or f.number)[0]] for f in plan.filters],
        "time": _days(periods[0]) if periods else None,
        "versus": [_days(period) for period in periods[1:]],
        "grain": plan.grain,
        "order": [plan.order.field, plan.order.descending] if plan.order and plan.limit else None,
        "limit": plan.limit,
        "share_of_total": plan.share_of_total,
    }
    return {name: value for name, value in result.items() if value}


def _days(period: Period) -> str:
    return f"{period.start}/{period.end}"


def score(read: Callable[[str], Understanding], today: date) -> Score:
    """Reads every question of the bank."""
    result = Score()
    for case in cases():
        understanding = read(case.question)
        kind = kind_of(understanding)
        got = outline(understanding.plan, today) if kind == "plan" else None
        if case.plan is None:
            result.declined += 1
            right = kind == case.kind
            result.declined_right += kind != "plan"
        else:
            result.answerable += 1
            right = got == case.plan
        if kind == "plan":
            result.answered += 1
            result.right += right
        if not right:
            back = understanding.question_back
            result.wrong.append(
                f"{case.question!r}: wanted {case.plan or case.kind}, got {got or kind}"
                f"{f' unknown {understanding.unknown}' if understanding.unknown else ''}{f' ({back.text})' if back else ''}"
            )
    return result
