"""The typed plan that both engines fill: what a sentence asks for, before any name, value or date is resolved.

A plan has no tenant, no SQL and no resolved date. An engine names a period by its phrase ("el mes pasado") and a value
by its text ("constructora lopez"); code that knows the tenant's data resolves both.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Intent = Literal["metric", "list", "compare", "trend", "detail", "help", "advice", "smalltalk", "write", "unknown"]
Grain = Literal["day", "week", "month", "quarter", "year"]
FilterOp = Literal["eq", "ne", "in", "not_in", "contains", "gt", "gte", "lt", "lte", "between", "is_null", "not_null"]
CompareKind = Literal["previous_period", "previous_year", "periods"]

MAX_LIMIT = 1000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PlanFilter(_Strict):
    """A condition on a dimension (texts) or on a metric (numbers)."""

    field: str
    op: FilterOp = "eq"
    text: list[str] = Field(default_factory=list, max_length=50)
    number: list[float] = Field(default_factory=list, max_length=2)


class PlanTime(_Strict):
    """A period by its phrase: "marzo de 2017", "últimos 90 días". `field` names a time dimension other than the metric's own."""

    phrase: str = Field(max_length=200)
    field: str | None = None


class PlanCompare(_Strict):
    """What the period is compared with: the one before, the same one a year before, or periods named by phrase."""

    kind: CompareKind
    phrases: list[str] = Field(default_factory=list, max_length=6)


class PlanOrder(_Strict):
    """What rows are sorted by: a metric or a dimension of the plan."""

    field: str
    descending: bool = True


class Plan(_Strict):
    """What a question asks for."""

    intent: Intent
    metrics: list[str] = Field(default_factory=list, max_length=6)
    dimensions: list[str] = Field(default_factory=list, max_length=4)
    filters: list[PlanFilter] = Field(default_factory=list, max_length=12)
    time: PlanTime | None = None
    compare: PlanCompare | None = None
    grain: Grain | None = None
    order: PlanOrder | None = None
    limit: int | None = Field(default=None, ge=1, le=MAX_LIMIT)
    share_of_total: bool = False
    # A help topic, what a write request is about, or why the question cannot be answered.
    topic: str | None = Field(default=None, max_length=200)
