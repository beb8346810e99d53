"""The period that an analysis is asked for: by its name, or from one day to another."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from crm_api.dependencies import SettingsOf
from crm_api.schemas import AnyDay
from pymeai.clock import business_today
from pymeai.errors import invalid_field
from pymeai.metrics.query import TimeRange
from pymeai.templates.widgets import Period, period_dates

# Before and after these there is no business to ask about, and a comparison must find days of its own.
FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2200, 12, 31)


@dataclass(frozen=True)
class AskedPeriod:
    """What was asked for; `named` is None where days were given, or nothing was asked."""

    named: Period | None
    days: TimeRange | None
    today: date

    @property
    def is_asked(self) -> bool:
        """Whether anything was asked."""
        return self.named is not None or self.days is not None

    def or_else(self, name: Period) -> TimeRange | None:
        """The days asked for, or those of the period `name` where nothing was; None for all."""
        return self.days if self.days is not None else days_of(self.named or name, self.today)


def days_of(name: Period, today: date) -> TimeRange | None:
    """The days of a period that moves with the business day; None for all."""
    found = period_dates(name, today)
    return TimeRange(start=found[0], end=found[1]) if found else None


async def _asked(
    settings: SettingsOf,
    period: Annotated[Period | None, Query(description="Un período con nombre, que se mueve con los días.")] = None,
    start: Annotated[
        AnyDay | None, Query(ge=FIRST_DAY, le=LAST_DAY, description="Primer día (AAAA-MM-DD); en vez de period.")
    ] = None,
    end: Annotated[
        AnyDay | None, Query(ge=FIRST_DAY, le=LAST_DAY, description="Último día, inclusive; en vez de period.")
    ] = None,
) -> AskedPeriod:
    today = business_today(settings)
    if start is None and end is None:
        return AskedPeriod(period, None, today)
    if period is not None:
        raise invalid_field("period", "Use period, o start y end, pero no los dos.")
    if start is None or end is None:
        missing = "start" if start is None else "end"
        raise invalid_field(missing, "Escriba el primer día y el último.")
    if start > end:
        raise invalid_field("start", "El período termina antes de empezar.")
    return AskedPeriod(None, TimeRange(start=start, end=end), today)


PeriodAsked = Annotated[AskedPeriod, Depends(_asked)]
