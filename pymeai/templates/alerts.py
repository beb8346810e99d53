"""When an alert fires: its condition, and the days it speaks of."""

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pymeai.templates.widgets import period_dates

# One literal, not a union of two: a value that is neither gets one error, on its own field.
AlertPeriod = Literal[
    "yesterday",
    "last_7_days",
    "this_month",
    "last_month",
    "last_30_days",
    "last_90_days",
    "last_12_months",
    "this_year",
    "last_year",
    "last_3_years",
    "all",
]
ComparedWith = Literal["previous_period", "previous_year"]
Schedule = Literal["daily", "weekly", "monthly"]
Channel = Literal["app", "email"]
MOST = 1e15


class Condition(BaseModel):
    """What makes an alert fire.

    Without `comparison` the metric's own value is measured; with it, how much the value changed from the days compared
    with. `unit` percent measures that change in percent (20 is a fifth more), or a metric that is a ratio (25 is 0.25).
    `changes_by` has the change's direction in the sign of `value`: -20 fires when it fell by 20 or more.
    `period` moves with the days; the query's own time range is not used.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    op: Literal["gt", "gte", "lt", "lte", "changes_by"]
    value: Annotated[float, Field(allow_inf_nan=False, ge=-MOST, le=MOST)]
    unit: Literal["absolute", "percent"] = "absolute"
    comparison: ComparedWith | None = None
    period: AlertPeriod = "all"

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.op == "changes_by" and self.comparison is None:
            raise ValueError("«changes_by» necesita con qué comparar (comparison).")
        if self.op == "changes_by" and self.value == 0:
            raise ValueError("Un cambio de 0 no avisa de nada: escriba cuánto debe subir, o bajar con un menos.")
        if self.comparison is not None and self.period == "all":
            raise ValueError("Para comparar hace falta un período (period) distinto de «all».")
        return self

    def holds(self, measured: float) -> bool:
        """Whether the condition is met by a value, or by a change where it compares."""
        match self.op:
            case "gt":
                return measured > self.value
            case "gte":
                return measured >= self.value
            case "lt":
                return measured < self.value
            case "lte":
                return measured <= self.value
            case "changes_by":
                return measured >= self.value if self.value > 0 else measured <= self.value


def alert_dates(period: AlertPeriod, today: date) -> tuple[date, date] | None:
    """The first and last day of an alert's period, both inclusive, as of the business day `today`; None for `all`."""
    if period == "yesterday":
        return today - timedelta(days=1), today - timedelta(days=1)
    if period == "last_7_days":
        return today - timedelta(days=6), today
    return period_dates(period, today)
