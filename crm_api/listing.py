"""Lists by keyset: stable under inserts, as fast on the last page as on the first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar, cast
from uuid import UUID

from fastapi import Query
from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, func, literal, or_, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm_api.columns import Folded
from crm_api.cursors import decode_cursor, encode_cursor, wrong_cursor
from pymeai.errors import invalid_field

Row = TypeVar("Row")
Sortable = InstrumentedAttribute[Any] | ColumnElement[Any] | Folded
"""What a list can be sorted by; a Folded of texts that people read."""
MAX_LIMIT = 500


@dataclass(frozen=True)
class ListRequest:
    """What every list takes: how many, from where, in which order, and what to look for."""

    limit: int = 50
    cursor: str | None = None
    sort: str | None = None
    q: str | None = None

    @property
    def sorted_by(self) -> str | None:
        """The field that `sort` names, in whichever direction."""
        return self.sort.removeprefix("-") if self.sort else None


async def list_request(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Cuántos elementos por página.")] = 50,
    cursor: Annotated[str | None, Query(max_length=2000, description="El next_cursor de la página anterior.")] = None,
    sort: Annotated[
        str | None,
        Query(
            max_length=100,
            description="Campo por el que se ordena; con - delante, al revés. Los vacíos van siempre al final. En "
            "clientes, oportunidades, interacciones y ventas también custom_fields.nombre_del_campo.",
        ),
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
    sortable: Mapping[str, Sortable],
    default_sort: str,
) -> Slice[Row]:
    """One page of `statement`, which selects one entity with all its filters.

    Sorts by one of `sortable` and then by `key`; empty values come last. Raises Invalid for an unknown sort or a cursor
    that is not one of this list and order.
    """
    sort = request.sort or default_sort
    column = sortable.get(sort.removeprefix("-"))
    if column is None:
        allowed = ", ".join(sortable)
        raise invalid_field("sort", f"Se puede ordenar por: {allowed}.")
    order = _Order.by(column, key, descending=sort.startswith("-"))
    place = None if request.cursor is None else _parse_cursor(request.cursor, sort, order.value.type.python_type)
    if request.q is None:
        total = session.execute(select(func.count()).select_from(statement.subquery())).scalar_one()
        # What costs much to look for is not looked for again where there is none.
        rows = _read(session, statement, order, place, request.limit + 1) if total else []
    else:
        total, rows = _search(session, statement, order, place, request.limit + 1)
    shown = [row[0] for row in rows[: request.limit]]
    if len(rows) <= request.limit:
        return Slice(shown, total, None)
    return Slice(shown, total, _cursor(sort, rows[request.limit - 1][-1], getattr(shown[-1], key.key)))


@dataclass(frozen=True)
class _Place:
    """Where a page begins: after the row of this value and key."""

    value: Any
    key: UUID


@dataclass(frozen=True)
class _Order:
    """What a list is sorted by: `value`, empty where `column` is, and then `key`."""

    value: ColumnElement[Any]
    column: ColumnElement[Any] | InstrumentedAttribute[Any]
    key: InstrumentedAttribute[UUID]
    descending: bool
    may_be_empty: bool

    @staticmethod
    def by(sortable: Sortable, key: InstrumentedAttribute[UUID], *, descending: bool) -> "_Order":
        column = sortable.column if isinstance(sortable, Folded) else sortable
        value = sortable.text if isinstance(sortable, Folded) else sortable
        empty = not isinstance(column, InstrumentedAttribute) or bool(column.property.columns[0].nullable)
        return _Order(cast("ColumnElement[Any]", value), column, key, descending, empty)

    def directed(self, *expressions: Any) -> list[ColumnElement[Any]]:
        return [expression.desc() if self.descending else expression.asc() for expression in expressions]

    def after(self, *pairs: tuple[Any, Any]) -> ColumnElement[bool]:
        """That each row's expressions, taken together, come after the values beside them."""
        row = tuple_(*(expression for expression, _ in pairs))
        last = tuple_(*(literal(value, expression.type) for expression, value in pairs))
        return row < last if self.descending else row > last


def _read(session: Session, statement: Select[Any], order: _Order, place: _Place | None, limit: int) -> list[Any]:
    """Up to `limit` rows after `place`: the entity first, what it is sorted by last.

    Those with a value and those without are read one after the other: an index in plain order serves no NULLS LAST, and
    so one index serves both directions, without the rows that have no value.
    """
    wanted = statement.add_columns(order.value.label("sorted_by"))
    rows: list[Any] = []
    if place is None or place.value is not None:
        filled = wanted.where(order.column.is_not(None)) if order.may_be_empty else wanted
        if place is not None:
            filled = filled.where(order.after((order.value, place.value), (order.key, place.key)))
        ordered = filled.order_by(*order.directed(order.value, order.key))
        rows += session.execute(ordered.limit(limit)).all()
    if order.may_be_empty and len(rows) < limit:
        empty = wanted.where(order.column.is_(None))
        if place is not None and place.value is None:
            empty = empty.where(order.after((order.key, place.key)))
        rows += session.execute(empty.order_by(*order.directed(order.key)).limit(limit - len(rows))).all()
    return rows


def _search(
    session: Session, statement: Select[Any], order: _Order, place: _Place | None, limit: int
) -> tuple[int, list[Any]]:
    """How many rows there are in all, and up to `limit` after `place`, as _read gives them.

    What is searched is searched once: to look at each row that an index offers is nearly all of a search's time.
    """
    found = statement.with_only_columns(order.key.label("key"), order.value.label("value")).cte("found")
    value, key = found.c.value, found.c.key
    counted = select(func.count()).select_from(found).scalar_subquery()
    after: list[ColumnElement[bool]] = []
    if place is not None and place.value is None:
        after = [value.is_(None), order.after((key, place.key))]
    elif place is not None:
        after = [or_(value.is_(None), order.after((value, place.value), (key, place.key)))]
    ordered = order.directed(value)[0].nulls_last(), *order.directed(key)
    chosen = select(key, value).where(*after).order_by(*ordered).limit(limit).subquery("chosen")
    total = select(counted.label("total")).subquery("total")
    again = order.directed(chosen.c.value)[0].nulls_last(), *order.directed(chosen.c.key)
    joined = select(total.c.total, chosen.c.key, chosen.c.value).select_from(total.outerjoin(chosen, true()))
    rows = session.execute(joined.order_by(*again)).all()
    keys = [row.key for row in rows if row.key is not None]
    entity = order.key.class_
    read: Iterable[Any] = session.execute(select(entity).where(order.key.in_(keys))).scalars() if keys else ()
    by_key = {getattr(one, order.key.key): one for one in read}
    return rows[0].total, [(by_key[row.key], row.value) for row in rows if row.key in by_key]


def _cursor(sort: str, value: Any, key: UUID) -> str:
    plain: Any = value
    if isinstance(value, date | datetime):
        plain = value.isoformat()
    elif isinstance(value, Decimal | UUID):
        plain = str(value)
    return encode_cursor([sort, plain, key.hex])


def _parse_cursor(cursor: str, sort: str, kind: type[Any]) -> _Place:
    try:
        made_for, value, key = decode_cursor(cursor, 3)
        parsed: Any = None if value is None else TypeAdapter[Any](kind).validate_python(value)
        found = UUID(key)
    except (ValueError, TypeError, AttributeError):
        raise wrong_cursor() from None
    if made_for != sort or "\x00" in str(parsed):
        raise wrong_cursor()
    return _Place(parsed, found)
