"""The period that the board looks at: each widget's own, or one for all."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal, get_args

from pymeai.templates.widgets import Period, period_dates

Grain = Literal["day", "week", "month", "quarter", "year"]

OWN = "own"
"""The choice of leaving each widget its saved period."""

CHOICES: tuple[str, ...] = (OWN, "last_30_days", "last_90_days", "last_12_months", "this_year", "last_3_years", "all")
LABELS: Mapping[str, str] = {
    OWN: "Según cada tarjeta",
    "this_month": "Este mes",
    "last_month": "Mes pasado",
    "last_30_days": "Últimos 30 días",
    "last_90_days": "Últimos 90 días",
    "last_12_months": "Últimos 12 meses",
    "this_year": "Este año",
    "last_year": "Año pasado",
    "last_3_years": "Últimos 3 años",
    "all": "Todo el historial",
}
COMPARED_WITH: Mapping[str, str] = {
    "this_month": "vs. días antes",
    "last_month": "vs. mes anterior",
    "last_30_days": "vs. 30 d antes",
    "last_90_days": "vs. 90 d antes",
    "last_12_months": "vs. 12 meses antes",
    "this_year": "vs. período anterior",
    "last_year": "vs. año anterior",
    "last_3_years": "vs. 3 años antes",
}


def chosen(period: Period, choice: str) -> Period:
    """The period of a widget under the board's choice. A widget that speaks of all time, or of now, keeps to it."""
    if choice == OWN or period == "all":
        return period
    for name in get_args(Period):
        if name == choice:
            return name  # type: ignore[no-any-return]
    return period


def fine_grain(dates: tuple[date, date] | None) -> Grain:
    """A grain that gives a line some 12 to 60 points over the dates."""
    if dates is None:
        return "month"
    days = (dates[1] - dates[0]).days + 1
    if days <= 62:
        return "day"
    return "week" if days <= 200 else "month"


def coarser_fits(grain: Grain, dates: tuple[date, date] | None) -> bool:
    """Whether a line of this grain has at least three points over the dates."""
    widths: Mapping[Grain, int] = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
    return dates is None or (dates[1] - dates[0]).days + 1 >= 3 * widths[grain]


def bucket_start(day: date, grain: Grain) -> date:
    """The first day of the bucket that a day falls into; weeks begin on Monday."""
    match grain:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        case "year":
            return date(day.year, 1, 1)


def next_bucket(start: date, grain: Grain) -> date:
    """The first day of the bucket after the one that begins on `start`."""
    match grain:
        case "day":
            return start + timedelta(days=1)
        case "week":
            return start + timedelta(days=7)
        case "month":
            return bucket_start(start + timedelta(days=31), "month")
        case "quarter":
            return bucket_start(start + timedelta(days=92), "quarter")
        case "year":
            return date(start.year + 1, 1, 1)


def buckets(first: date, last: date, grain: Grain) -> list[date]:
    """The first days of all buckets from the one of `first` to the one of `last`."""
    found = []
    current = bucket_start(first, grain)
    while current <= last:
        found.append(current)
        current = next_bucket(current, grain)
    return found


__all__ = ["CHOICES", "COMPARED_WITH", "LABELS", "OWN", "Grain", "buckets", "chosen", "fine_grain", "period_dates"]
