"""Types that the schemas of all domains share."""

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    StringConstraints,
    WithJsonSchema,
)

from pymeai.clock import COSTA_RICA, EARLIEST_YEAR, LATEST_YEAR, not_a_number

Item = TypeVar("Item")
MAX_DEPTH = 5


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("El texto tiene caracteres que no se pueden guardar.")
    return text


_LINE_BREAKING = frozenset({"Cc", "Zl", "Zp"})
# Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt) where it is no format character, and braille's empty cell.
_BLANK_SIGNS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0").union(
    *(map(chr, selectors) for selectors in (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)))
)
_BLANK_CATEGORIES = frozenset({"Cf", "Zs"})


def require_one_line(text: str) -> str:
    """The text, or ValueError where it breaks its line or holds other control characters: a mail's header has none."""
    if any(unicodedata.category(sign) in _LINE_BREAKING for sign in text):
        raise ValueError("Escríbalo en una sola línea, sin tabuladores ni otros caracteres de control.")
    return text


def require_visible(text: str) -> str:
    """The text, or ValueError where it is not empty and yet nothing of it is seen."""
    if text and all(sign in _BLANK_SIGNS or unicodedata.category(sign) in _BLANK_CATEGORIES for sign in text):
        raise ValueError("Escriba algo que se vea: solo tiene espacios o caracteres invisibles.")
    return text


def _storable_json(value: Any, depth: int = 0) -> Any:
    if depth > MAX_DEPTH:
        raise ValueError("Tiene demasiados niveles.")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("El texto tiene caracteres que no se pueden guardar.") from None
        _storable(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _storable_json(key, depth + 1)
            _storable_json(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _storable_json(item, depth + 1)
    return value


def _known_currency(code: str) -> str:
    if code not in ("CRC", "USD"):
        raise ValueError("Debe ser CRC (colones) o USD (dólares).")
    return code


def _in_utc(moment: datetime) -> datetime:
    try:
        # A moment without zone is one of Costa Rica: that is where who wrote it lives.
        return (moment if moment.tzinfo else moment.replace(tzinfo=COSTA_RICA)).astimezone(UTC)
    except OverflowError:
        raise ValueError("La fecha está fuera de lo que se puede guardar.") from None


def _in_allowed_years(day: date) -> date:
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise ValueError(f"El año debe estar entre {EARLIEST_YEAR} y {LATEST_YEAR}.")
    return day


def _moment_in_allowed_years(moment: datetime) -> datetime:
    try:
        here = moment.astimezone(COSTA_RICA)
    except OverflowError:
        # The first hours of the year 1: here it had not begun.
        here = moment
    _in_allowed_years(here)
    return moment


AnyLine = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), AfterValidator(_storable)
]
"""A short text, not empty. A filter may ask for one with whatever signs: an imported one may hold them."""
Line = Annotated[AnyLine, AfterValidator(require_one_line), AfterValidator(require_visible)]
"""A short text on one line, of which something is seen."""
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000), AfterValidator(_storable)]
"""A long text."""
AnyMoment = Annotated[datetime, BeforeValidator(not_a_number), AfterValidator(_in_utc)]
"""An instant, in UTC; without a zone it is read as Costa Rican time. A filter may ask for one of whatever year."""
Moment = Annotated[AnyMoment, AfterValidator(_moment_in_allowed_years)]
"""An instant that can be stored: of the years 1900 to 2100."""
AnyDay = Annotated[date, BeforeValidator(not_a_number)]
"""A day of whatever year, for a filter."""
CalendarDay = Annotated[AnyDay, AfterValidator(_in_allowed_years)]
"""A day that can be stored: of the years 1900 to 2100."""
JsonObject = Annotated[dict[str, Any], AfterValidator(_storable_json)]
"""Free JSON that PostgreSQL can hold."""
Number = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
"""A decimal that JSON shows as a number, not as a text."""
Money = Annotated[Number, Field(max_digits=18, decimal_places=5)]
Flag = Annotated[bool, Strict()]
"""Yes or no as a body says it: true or false alone, never 1, "yes" or another word."""
Currency = Annotated[str, AfterValidator(_known_currency), WithJsonSchema({"type": "string", "pattern": "^(CRC|USD)$"})]
"""One of the currencies that the platform keeps accounts in."""


class Schema(BaseModel):
    """What comes in: nothing unknown in it."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Schema):
    """A request that says nothing beside its address."""


class Answer(BaseModel):
    """What goes out; it can be read off an ORM object."""

    model_config = ConfigDict(from_attributes=True)


class Page(BaseModel, Generic[Item]):
    """One page of a list. `total` counts all that match; `next_cursor` is null on the last page."""

    items: list[Item]
    total: int
    next_cursor: str | None = None
