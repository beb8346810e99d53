"""Costa Rica's public holidays and the quincena, the half month in which people are paid."""

import calendar
from datetime import date
from functools import lru_cache

import holidays


@lru_cache(maxsize=64)
def holidays_of(year: int) -> dict[date, str]:
    """Day -> name in Spanish, observed days included."""
    return dict(holidays.country_holidays("CR", years=year, language="es"))


def holiday_name(day: date) -> str | None:
    """The holiday that falls on this day, if one does."""
    return holidays_of(day.year).get(day)


def quincena(day: date) -> tuple[date, date]:
    """First and last day of the half month of `day`: 1 to 15, or 16 to the month's end."""
    if day.day <= 15:
        return day.replace(day=1), day.replace(day=15)
    return day.replace(day=16), day.replace(day=calendar.monthrange(day.year, day.month)[1])
