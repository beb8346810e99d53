"""The days that a period is compared with."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from pymeai.metrics.query import Comparison, Grain, TimeRange

MONTHS_OF_GRAIN: dict[Grain, int] = {"month": 1, "quarter": 3, "year": 12}
WEEKS_OF_A_YEAR = 52


@dataclass(frozen=True)
class Shift:
    """How far back: whole months, or days where there are none."""

    months: int = 0
    days: int = 0

    def back(self, day: date) -> date:
        """The day so much earlier; the last of its month where that one is shorter."""
        return (months_before(day, self.months) if self.months else day) - timedelta(days=self.days)

    def range_before(self, period: TimeRange) -> TimeRange:
        """The period so much earlier; one that ends with its month still does."""
        end = self.back(period.end)
        if self.months and is_month_end(period.end):
            end = end.replace(day=calendar.monthrange(end.year, end.month)[1])
        return TimeRange(start=self.back(period.start), end=end)


def shift_for(comparison: Comparison, period: TimeRange, grain: Grain | None) -> Shift:
    """How far before `period` lies what it is compared with.

    A period that begins with a month is compared with as many months before (1-16 November with 1-16 October, a quarter
    with the quarter before), a part of a year from the first of January with the same part of the year before; any
    other with as many days before. `grain` is that of the rows, which have to fall on each other.
    """
    if comparison == "previous_year":
        # Weeks fall on weeks only in whole weeks.
        return Shift(days=7 * WEEKS_OF_A_YEAR) if grain == "week" else Shift(months=12)
    if grain == "week":
        return Shift(days=7 * -(-_days(period) // 7))
    step = MONTHS_OF_GRAIN.get(grain, 0) if grain else 0
    if period.start.day != 1 and not step:
        return Shift(days=_days(period))
    if period.start.month == 1 and period.start.day == 1 and not is_month_end(period.end):
        return Shift(months=12 * (period.end.year - period.start.year + 1))
    months = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month + 1
    return Shift(months=-(-months // (step or 1)) * (step or 1))


def months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def is_month_end(day: date) -> bool:
    """Whether the day is the last of its month."""
    return (day + timedelta(days=1)).day == 1


def _days(period: TimeRange) -> int:
    return (period.end - period.start).days + 1
