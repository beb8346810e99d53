"""Lists by keyset: stable under inserts, as fast on the last page as on the first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm_api.cursors import decode_cursor, encode_cursor, wrong_cursor
from pymeai.errors import invalid_field

Row = TypeVar("Row")
MAX_LIMIT = 500


@dataclass(frozen=True)
class ListRequest:
    """What every list takes: how many, from where, in which order, and what to look for."""

    limit: int = 50
    cursor: str | None = None
    sort: str | None = None
    q: str | None = None


async def list_request(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Cuántos elementos por página.")] = 50,
    cursor: Annotated[str | None, Query(max_length=2000, description="El next_cursor de la página anterior.")] = None,
    sort: Annotated[
        str | None, Query(max_length=60, description="Campo por el que se ordena; con - delante, al revés.")
    ] = None,
    q: Annotated[
        str | None, Query(max_length=200, description="Texto que se busca, sin importar tildes ni mayúsculas.")
    ] = None,
) -> ListRequest:
    """The dependency that reads a ListRequest from the query."""
    if q is not None and "\x00" in q:
        raise invalid_field("q", "El texto tiene caracteres no permitidos.")
    return ListRequest(limit, cursor, sort, (q or "").strip() or None)


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """The rows of one page, how many there are in all, and where the next page begins."""

    rows: Sequence[Row]
    total: int
    next_cursor: str | None


def fetch_slice(
    session: Session,
    statement: Select[Row],
    request: ListRequest,
    *,
    key: InstrumentedAttribute[UUID],
    sortable: Mapping[str, InstrumentedAttribute[Any]],
    default_sort: str,
) -> Slice[Row]:
    """One page of `statement`, which selects one entity with all its filters.

    Sorts by one column of `sortable` and then by `key`; empty values come last. Raises Invalid for an unknown sort or a
    cursor that is not one of this list and order.
    """
    sort = request.sort or default_sort
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    column = sortable.get(name)
    if column is None:
        allowed = ", ".join(sortable)
        raise invalid_field("sort", f"Se puede ordenar por: {allowed}.")
    total = session.execute(select(func.count()).select_from(statement.subquery())).scalar_one()
    if request.cursor is not None:
        statement = statement.where(_after(request.cursor, sort, column, key, descending))
    first = column.desc() if descending else column.asc()
    if _may_be_empty(column):
        # Only where there are empty values: an index in plain order serves no sort with NULLS LAST.
        first = first.nulls_last()
    order = (first, key.desc() if descending else key.asc())
    rows = session.execute(statement.order_by(*order).limit(request.limit + 1)).scalars().all()
    if len(rows) <= request.limit:
        return Slice(rows, total, None)
    rows = rows[: request.limit]
    last = rows[-1]
    return Slice(rows, total, _cursor(sort, getattr(last, column.key), getattr(last, key.key)))


def _after(
    cursor: str, sort: str, column: InstrumentedAttribute[Any], key: InstrumentedAttribute[UUID], descending: bool
) -> ColumnElement[bool]:
    value, last_key = _parse_cursor(cursor, sort, column.type.python_type)
    beyond = key < last_key if descending else key > last_key
    if value is None:
        return and_(column.is_(None), beyond)
    row, last = tuple_(column, key), tuple_(value, last_key)
    later = row < last if descending else row > last
    return or_(later, column.is_(None)) if _may_be_empty(column) else later


def _may_be_empty(column: InstrumentedAttribute[Any]) -> bool:
    return bool(column.property.columns[0].nullable)


def _cursor(sort: str, value: Any, key: UUID) -> str:
    plain = (
        value.isoformat() if isinstance(value, date | datetime) else str(value) if isinstance(value, Decimal) else value
    )
    return encode_cursor([sort, plain, key.hex])


def _parse_cursor(cursor: str, sort: str, kind: type[Any]) -> tuple[Any, UUID]:
    try:
        made_for, value, key = decode_cursor(cursor, 3)
        parsed: Any = None if value is None else TypeAdapter[Any](kind).validate_python(value)
        found = UUID(key)
    except (ValueError, TypeError, AttributeError):
        raise wrong_cursor() from None
    if made_for != sort or "\x00" in str(parsed):
        raise wrong_cursor()
    return parsed, found
