"""Numbers, money and dates as Costa Rica writes them: ₡1 234 567,50 with hard spaces, setiembre, 6:04 a. m."""

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pymeai.clock import COSTA_RICA
from pymeai.costa_rica.money import format_money, format_number, format_percent

HARD_SPACE = "\u00a0"
MISSING = "–"
MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "set", "oct", "nov", "dic")

Number = int | float | Decimal


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def number(value: Number | None, decimals: int = 0) -> str:
    """1 234,5 with hard spaces between thousands; a dash where there is none."""
    if value is None or _is_missing(value):
        return MISSING
    return format_number(value, decimals)


def money(value: Number | None, currency: str = "CRC", decimals: int | None = None) -> str:
    """₡1 234 or $1 234,50: colones without céntimos and dollars with cents, unless `decimals` says otherwise."""
    if value is None or _is_missing(value):
        return MISSING
    places = decimals if decimals is not None else (2 if currency == "USD" else 0)
    return format_money(value, currency, places)


def short_money(value: Number | None, currency: str = "CRC") -> str:
    """₡28,6 M, ₡415 mil or ₡980: what fits on a card."""
    if value is None or _is_missing(value):
        return MISSING
    amount = float(value)
    if abs(amount) >= 1e9:
        return f"{money(amount / 1e6, currency, 0)}{HARD_SPACE}M"
    if abs(amount) >= 1e6:
        return f"{money(amount / 1e6, currency, 1)}{HARD_SPACE}M"
    if abs(amount) >= 1e5:
        return f"{money(amount / 1e3, currency, 0)}{HARD_SPACE}mil"
    return money(amount, currency)


def percent(fraction: Number | None, decimals: int = 1) -> str:
    """0.153 -> 15,3 %."""
    if fraction is None or _is_missing(fraction):
        return MISSING
    return format_percent(fraction, decimals)


def day(value: date) -> str:
    """22 nov 2026."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def month(value: date) -> str:
    """As in nov 2026."""
    return f"{MONTHS[value.month - 1]} {value.year}"


def moment(value: datetime) -> str:
    """22 nov 2026, 6:04 a. m. in Costa Rica. `value` must know its time zone."""
    local = value.astimezone(COSTA_RICA)
    half = "a." if local.hour < 12 else "p."
    return f"{day(local)}, {local.hour % 12 or 12}:{local.minute:02} {half}{HARD_SPACE}m."


def bucket(value: date, grain: str) -> str:
    """The name of the day, week, month, quarter or year that begins on `value`, for an axis."""
    match grain:
        case "year":
            return str(value.year)
        case "quarter":
            return f"{(value.month + 2) // 3}.º trim. {value.year}"
        case "month":
            return month(value)
        case _:
            return f"{value.day} {MONTHS[value.month - 1]}"


def as_date(value: Any) -> date | None:
    """A date from what a query or a JSON answer holds, or None."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value).date()
        except ValueError:
            return None
    return None


def cell(value: Any, kind: str, currency: str = "CRC") -> str:  # noqa: PLR0911 - one return a kind
    """A value as its column's format says: money, integer, number, percent, date, month, …, text."""
    if _is_missing(value):
        return MISSING
    if kind in ("money", "integer", "number", "percent") and isinstance(value, str):
        # JSON carries decimals as text.
        try:
            value = Decimal(value)
        except ArithmeticError:
            return str(value)
    match kind:
        case "money":
            return money(value, currency)
        case "integer":
            return number(value)
        case "number":
            return number(value, 0 if value == int(value) else 2)
        case "percent":
            return percent(value)
        case "date" | "day" | "week" | "month" | "quarter" | "year":
            when = as_date(value)
            if when is None:
                return str(value)
            return day(when) if kind in ("date", "day", "week") else bucket(when, kind)
        case _:
            return ("Sí" if value else "No") if isinstance(value, bool) else str(value)
