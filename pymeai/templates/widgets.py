"""A widget of a board: a question to the metrics, how it is drawn, where it stands, and of which period it speaks."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Chart = Literal["kpi", "line", "bar", "horizontal_bar", "donut", "table"]
Period = Literal[
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
COLUMNS = 12
"""How many columns the board's grid has."""


class Widget(BaseModel):
    """One widget.

    `query` is the JSON of a MetricQuery. Its time range is not in it: `period` names one that moves with the days, and
    whoever shows the widget resolves it with `period_dates`. A `kpi` has one metric; its comparison is in the query.
    `x` and `y` are the cell of its upper left corner, `w` and `h` its width and height in cells of the grid.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,64}$")]
    title: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    chart: Chart
    period: Period = "all"
    query: dict[str, Any]
    x: Annotated[int, Field(ge=0, lt=COLUMNS)] = 0
    y: Annotated[int, Field(ge=0, le=1000)] = 0
    w: Annotated[int, Field(ge=1, le=COLUMNS)]
    h: Annotated[int, Field(ge=1, le=50)]


def period_dates(period: Period, today: date) -> tuple[date, date] | None:
    """The first and last day of a period, both inclusive, as of the business day `today`; None for `all`.

    Months and years that are running end today. `last_12_months` is the running month and the 11 before it, so that a
    chart by month begins with a whole one.
    """
    month = today.replace(day=1)
    last_month_end = month - timedelta(days=1)
    year = today.replace(month=1, day=1)
    ranges: dict[Period, tuple[date, date] | None] = {
        "this_month": (month, today),
        "last_month": (last_month_end.replace(day=1), last_month_end),
        "last_30_days": (today - timedelta(days=29), today),
        "last_90_days": (today - timedelta(days=89), today),
        "last_12_months": (_months_before(month, 11), today),
        "this_year": (year, today),
        "last_year": (year.replace(year=year.year - 1), year - timedelta(days=1)),
        "last_3_years": (_months_before(month, 35), today),
        "all": None,
    }
    return ranges[period]


def _months_before(day: date, months: int) -> date:
    """The same day some months earlier, or that month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
