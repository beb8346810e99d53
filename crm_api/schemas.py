"""Types that the schemas of all domains share."""

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
)

from pymeai.clock import COSTA_RICA, EARLIEST_YEAR, LATEST_YEAR, not_a_number

Item = TypeVar("Item")
MAX_DEPTH = 5


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("El texto tiene caracteres que no se pueden guardar.")
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
    _in_allowed_years(moment.astimezone(COSTA_RICA))
    return moment


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), AfterValidator(_storable)]
"""A short text on one line, not empty."""
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
Currency = Annotated[str, StringConstraints(pattern="^(CRC|USD)$")]


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
