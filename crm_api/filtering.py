"""Filters of lists: declared in one model a list, turned into conditions in one place.

A list's filters are the fields of a `ColumnFilters`: `status` (repeatable: any of these), `amount_from` and `amount_to`
(both inclusive), `email_empty`. An endpoint takes it as `Annotated[SaleFilters, Query()]`, so the OpenAPI shows each
field, and a name that is none of them is refused. Its repository calls `conditions(filters, COLUMNS)`:

    class SaleFilters(ColumnFilters):
        channel: AnyOf[Text] = ()
        channel_empty: Empty = None
        sold_at_from: Since = None
        sold_at_to: Until = None
        custom: Custom = ()
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from sqlalchemy import ARRAY, ColumnElement, DateTime, SQLColumnExpression, and_, func, not_
from sqlalchemy.orm import InstrumentedAttribute

from crm_api.columns import Folded
from crm_api.schemas import AnyDay, AnyLine, AnyMoment
from crm_api.search import contains_words
from pymeai.clock import COSTA_RICA

Value = TypeVar("Value")
Column = InstrumentedAttribute[Any] | ColumnElement[Any] | Folded

MAX_VALUES = 100
LISTING = frozenset({"limit", "cursor", "sort", "q"})
"""What every list takes beside its filters (crm_api.listing)."""
_MOST_INTEGER = 2**31 - 1


def _or_day(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    # A day stays a day, which has an end; pydantic would make a moment of it.
    if isinstance(value, str) and len(value) == len("2026-01-31"):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    return handler(value)


def _expression(text: str) -> str:
    if "\x00" in text:
        raise ValueError("El texto tiene caracteres que no se pueden guardar.")
    return text


AnyOf = Annotated[tuple[Value, ...], Field(max_length=MAX_VALUES, description="Se puede repetir: cualquiera de ellos.")]
"""Repeatable: the column is one of the values. Its default is `()`."""
Text = AnyLine
"""A text to be met exactly."""
Words = Annotated[
    AnyLine | None, Field(description="Tiene todas estas palabras, sin importar su orden, tildes ni mayúsculas.")
]
"""A long text is looked through, not met exactly."""
DayOrMoment = Annotated[AnyMoment, WrapValidator(_or_day)]
Since = Annotated[DayOrMoment | None, Field(description="Desde este día (AAAA-MM-DD) o momento (ISO 8601), inclusive.")]
Until = Annotated[DayOrMoment | None, Field(description="Hasta este día entero o este momento, inclusive.")]
Day = Annotated[AnyDay | None, Field(description="Un día (AAAA-MM-DD), inclusive.")]
Amount = Annotated[Decimal | None, Field(max_digits=18, decimal_places=5, description="Un número, inclusive.")]
Whole = Annotated[int | None, Field(ge=-_MOST_INTEGER, le=_MOST_INTEGER, description="Un número entero, inclusive.")]
Empty = Annotated[bool | None, Field(description="Verdadero: solo los que no tienen este dato; falso: los que sí.")]
Custom = Annotated[
    tuple[Annotated[str, Field(max_length=500), AfterValidator(_expression)], ...],
    Field(
        max_length=20,
        description="Filtro por un campo personalizado: `nombre_del_campo:operador:valor`, con los operadores eq, ne, "
        "gte, lte, contains y empty (`true` o `false`). Se puede repetir: deben cumplirse todos.",
        examples=[["plazo_dias:gte:30"]],
    ),
]
"""For crm_api.custom_fields.filters.custom_conditions. Its default is `()`."""


class ColumnFilters(BaseModel):
    """Base of all lists' filters. Each that was sent must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by_hand: ClassVar[frozenset[str]] = frozenset({"custom"})
    """Fields that `conditions` leaves to the list's own repository."""
    beside: ClassVar[frozenset[str]] = frozenset()
    """Other query parameters of the same endpoint."""

    @model_validator(mode="before")
    @classmethod
    def _only_ours(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        others = (LISTING | cls.beside) - set(cls.model_fields)
        return {name: value for name, value in data.items() if name not in others}


def conditions(filters: ColumnFilters, columns: Mapping[str, Column]) -> list[ColumnElement[bool]]:
    """One condition for each filter that was sent, but those of `by_hand`.

    `columns` has the column for each name; a filter whose column is not in it is an error of ours (LookupError).
    """
    found = []
    for field in type(filters).model_fields:
        if field in filters.by_hand:
            continue
        name, how = _column_of(field, columns)
        value = getattr(filters, field)
        if value is not None and value != ():
            found.append(_condition(columns[name], how, value))
    return found


def _column_of(field: str, columns: Mapping[str, Column]) -> tuple[str, str]:
    if field in columns:
        return field, "is"
    name, _, how = field.rpartition("_")
    if how in ("from", "to", "empty") and name in columns:
        return name, how
    raise LookupError(f"no column for the filter {field}")


def _condition(column: Column, how: str, value: Any) -> ColumnElement[bool]:
    met: ColumnElement[bool]
    if how == "is" and isinstance(value, str):
        return has_words(column.column if isinstance(column, Folded) else column, value)
    if isinstance(column, Folded):
        return _condition(column.column, how, value) if how == "empty" else column.met(value)
    is_list = isinstance(column.type, ARRAY)
    if how == "from":
        met = column >= (_moment(value, time.min) if isinstance(column.type, DateTime) else value)
    elif how == "to":
        met = column <= (_moment(value, time.max) if isinstance(column.type, DateTime) else value)
    elif how == "empty":
        # A list is never null: empty is that nothing is in it.
        met = column == [] if is_list else column.is_(None)
        met = met if value else not_(met)
    elif is_list:
        # `&&`, which a GIN index serves.
        met = column.op("&&", is_comparison=True)(list(value))
    elif isinstance(value, tuple) and len(value) > 1:
        met = column.in_(value)
    else:
        met = column == (value[0] if isinstance(value, tuple) else value)
    return met


def has_words(text: SQLColumnExpression[Any], words: str) -> ColumnElement[bool]:
    """That a text has all the words, as readers see them."""
    return and_(*contains_words(func.platform.fold(text), words))


def _moment(value: date | datetime, edge: time) -> datetime:
    """A day's first or last instant in Costa Rica; a moment as it is."""
    return value if isinstance(value, datetime) else datetime.combine(value, edge, COSTA_RICA)
