"""What can be asked, and what comes back. There is no tenant in a query: the tenant is who asks."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from pymeai.clock import not_a_number

Grain = Literal["day", "week", "month", "quarter", "year"]
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
Comparison = Literal["previous_period", "previous_year"]
Operator = Literal[
    "eq", "ne", "in", "not_in", "contains", "gt", "gte", "lt", "lte", "between", "is_null", "not_null"
]  # fmt: skip
Scalar = bool | int | float | date | str

CalendarDate = Annotated[date, BeforeValidator(not_a_number)]

MAX_ROWS = 10_000
"""The most rows that one answer has."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Filter(_Strict):
    """A condition on a dimension, or (in `metric_filters`) on a metric. `between` takes [least, most], both inclusive."""

    field: str
    op: Operator
    value: Scalar | list[Scalar] | None = None


class TimeRange(_Strict):
    """Days, both inclusive."""

    start: CalendarDate
    end: CalendarDate

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start > self.end:
            raise ValueError("El período termina antes de empezar.")
        return self


class Order(_Strict):
    """A column of the result to sort by; empty cells come last."""

    field: str
    descending: StrictBool = True


class MetricQuery(_Strict):
    """A question to the marts.

    `group_by` names dimensions; a dimension of time may carry its grain ("customer__since_on__month"), and
    "metric_time" takes `grain` (month unless told). `comparison` needs `time_range` and adds "<metric>__previous" and
    "<metric>__change" (a ratio: 0.25 is a quarter more); `share_of_total` adds "<metric>__share".
    """

    metrics: list[str] = Field(min_length=1, max_length=10)
    group_by: list[str] = Field(default_factory=list, max_length=6)
    filters: list[Filter] = Field(default_factory=list, max_length=30)
    metric_filters: list[Filter] = Field(default_factory=list, max_length=10)
    time_range: TimeRange | None = None
    grain: Grain | None = None
    comparison: Comparison | None = None
    share_of_total: StrictBool = False
    order: list[Order] = Field(default_factory=list, max_length=5)
    limit: int | None = Field(default=None, ge=1, le=MAX_ROWS, strict=True)


class Column(_Strict):
    """A column of a result. `values` says in Spanish what coded values mean."""

    name: str
    label: str
    kind: Literal["dimension", "time", "metric"]
    # money, integer, number, percent (a ratio), text, boolean, date, week, month, quarter, year
    format: str
    values: dict[str, str] = Field(default_factory=dict)


class MetricResult(_Strict):
    """Rows in the order of `columns`: text, whole numbers, floats, booleans, dates (the first day of a longer grain).

    `truncated`: there is more than the limit let through. `previous_range`: the days compared with.
    """

    columns: list[Column]
    rows: list[list[Any]]
    sql: str
    data_as_of: datetime | None
    currency: str
    truncated: bool
    previous_range: TimeRange | None = None
