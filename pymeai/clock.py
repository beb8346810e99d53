"""What time it is: UTC for instants, Costa Rica for business days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pymeai.settings import Settings

COSTA_RICA = ZoneInfo("America/Costa_Rica")
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
"""The years in which something of a company happens. A year further off is a slip of the hand; and the first days of the
year 1 are, in Costa Rica, in a year that Python does not have, so that one such row would stop every refresh."""


def not_a_number(value: object) -> object:
    """The value that should be a date, before it is read. Raises ValueError for a number, also one in a text.

    pydantic takes numbers for seconds since 1970: "2026" was the first day of that year, at half past midnight.
    """
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return value
    elif not isinstance(value, int | float):
        return value
    raise ValueError("Escriba la fecha como AAAA-MM-DD.")


def utc_now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def business_today(settings: Settings) -> date:
    """The business day: PYMEAI_TODAY where it is set, else the day in Costa Rica."""
    return settings.today or datetime.now(COSTA_RICA).date()


def end_of_today(settings: Settings) -> datetime:
    """The instant at which today ends in Costa Rica: the business day or the clock's, whichever is the later.

    Programs write the clock's time also where PYMEAI_TODAY holds the business day back.
    """
    today = max(business_today(settings), datetime.now(COSTA_RICA).date())
    return datetime.combine(today + timedelta(days=1), time(), COSTA_RICA)
