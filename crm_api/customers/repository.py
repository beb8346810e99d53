"""Queries on customers. The session's search_path says whose."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    Text,
    TextClause,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session

from crm_api.search import CUSTOMER_SEARCHED, matches, resembles, sounds_like, spelled_right
from pymeai.database.tables.tenant import Customer, Opportunity

_SEGMENT = "select reasons, flags from analytics.customer_segments where customer_id = %s"

_RETAGGED = """(
    select coalesce(array_agg(tag order by place), '{}')
    from (
        select tag, min(place) as place
        from unnest(customers.tags || :tags_added) with ordinality as t (tag, place)
        where tag <> all (:tags_removed)
        group by tag
    ) kept
)"""


@dataclass(frozen=True)
class SegmentExplanation:
    """Why a customer has their segment: Spanish sentences, and the flags en_riesgo, perdiendose and valioso."""

    reasons: Sequence[str] = ()
    flags: Sequence[str] = ()


def seen(seen_by: UUID | None = None) -> list[ColumnElement[bool]]:
    """That a customer is neither deleted nor erased, and where `seen_by` is given nobody else's."""
    conditions: list[ColumnElement[bool]] = [Customer.deleted_at.is_(None), Customer.erased_at.is_(None)]
    if seen_by is not None:
        conditions.append(or_(Customer.owner_user_id.is_(None), Customer.owner_user_id == seen_by))
    return conditions


def living(seen_by: UUID | None = None) -> Select[Customer]:
    """All customers that are neither deleted nor erased, and where `seen_by` is given nobody else's."""
    return select(Customer).where(*seen(seen_by))


def has_words(query: str) -> list[ColumnElement[bool]]:
    """That name, e-mail, telephone, identification or code has every word, or the digits of a number."""
    return matches(CUSTOMER_SEARCHED, query)


def nearly(session: Session, query: str) -> Iterator[list[ColumnElement[bool]]]:
    """What makes a customer be found where nothing has the words, the surest first: they sound the same; one slip; alike."""
    yield sounds_like(CUSTOMER_SEARCHED, query)
    spelled = spelled_right(session, CUSTOMER_SEARCHED, query, seen())
    if spelled is not None:
        yield spelled
    yield resembles(session, CUSTOMER_SEARCHED, query)


def read(connection: psycopg.Connection, customer_id: UUID, seen_by: UUID | None = None) -> dict[str, Any] | None:
    """The columns of one customer, to be looked at; `connection` is in the tenant's schema."""
    sql, parameters = _read(seen_by)
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql, parameters | {"customer_id": customer_id}).fetchone()


def exists(session: Session, customer_id: UUID, seen_by: UUID | None = None) -> bool:
    """Whether there is such a customer."""
    statement = living(seen_by).where(Customer.customer_id == customer_id)
    return session.execute(select(statement.exists())).scalar_one()


def hold(session: Session, customer_id: UUID, seen_by: UUID | None = None) -> Customer | None:
    """One customer, to be changed: held until the end of the transaction."""
    statement = living(seen_by).where(Customer.customer_id == customer_id).with_for_update()
    return session.execute(statement).scalar_one_or_none()


def deleted() -> Select[Customer]:
    """All customers that were deleted and can come back: neither erased nor part of another one."""
    return select(Customer).where(
        Customer.deleted_at.is_not(None), Customer.erased_at.is_(None), Customer.merged_into.is_(None)
    )


def hold_unerased(session: Session, customer_id: UUID) -> Customer | None:
    """One customer, deleted or not, but not erased: held until the end of the transaction."""
    statement = select(Customer).where(Customer.customer_id == customer_id, Customer.erased_at.is_(None))
    return session.execute(statement.with_for_update()).scalar_one_or_none()


# To build it takes as long as to run it.
@lru_cache(maxsize=256)
def _read(seen_by: UUID | None) -> tuple[str, dict[str, Any]]:
    shown = [column for column in Customer.__table__.columns if column.computed is None]
    statement = select(*shown).where(*seen(seen_by), Customer.customer_id == bindparam("customer_id"))
    compiled = statement.compile(dialect=PGDialect_psycopg())  # type: ignore[no-untyped-call]
    return str(compiled), dict(compiled.params)


def add(session: Session, customer: Customer) -> Customer:
    """Store a new customer and read back what the database filled in."""
    session.add(customer)
    session.flush()
    session.refresh(customer)
    return customer


def by_ids(session: Session, customer_ids: Collection[UUID]) -> Sequence[Customer]:
    """Those of these customers that are neither deleted nor erased, the oldest first."""
    statement = living().where(Customer.customer_id.in_(customer_ids)).order_by(Customer.customer_id)
    return session.execute(statement).scalars().all()


def hold_all(session: Session, customer_ids: Collection[UUID], seen_by: UUID | None = None) -> dict[UUID, Customer]:
    """Several customers, held until the end of the transaction, always in the same order."""
    statement = living(seen_by).where(Customer.customer_id.in_(customer_ids)).order_by(Customer.customer_id)
    return {customer.customer_id: customer for customer in session.execute(statement.with_for_update()).scalars()}


def hold_ids(session: Session, conditions: Sequence[ColumnElement[bool]], limit: int) -> dict[UUID, UUID | None]:
    """Key -> owner of the customers that meet the conditions, held until the end of the transaction."""
    statement = select(Customer.customer_id, Customer.owner_user_id).where(*conditions)
    ordered = statement.order_by(Customer.customer_id).limit(limit).with_for_update()
    return {row[0]: row[1] for row in session.execute(ordered)}


def update_all(session: Session, customer_ids: Sequence[UUID], values: Mapping[str, Any]) -> int:
    """Set columns of many customers; those that are so already are not touched. How many were."""
    if not customer_ids or not values:
        return 0
    differs = [getattr(Customer, name).is_distinct_from(value) for name, value in values.items()]
    statement = update(Customer).where(Customer.customer_id.in_(customer_ids), or_(*differs)).values(**values)
    changed: CursorResult[Any] = session.connection().execute(statement)
    return changed.rowcount


def any_with_more_tags(session: Session, customer_ids: Sequence[UUID], number: int) -> bool:
    """Whether some of these customers has more tags than that."""
    statement = select(Customer.customer_id).where(
        Customer.customer_id.in_(customer_ids), func.cardinality(Customer.tags) > number
    )
    return session.execute(select(statement.exists())).scalar_one()


def retagged(added: Sequence[str], removed: Sequence[str]) -> TextClause:
    """The tags of a row, in their order, without `removed` and with `added`, as an expression over the row."""
    return text(_RETAGGED).bindparams(
        bindparam("tags_added", list(added), ARRAY(Text)), bindparam("tags_removed", list(removed), ARRAY(Text))
    )


def with_custom_fields(values: Mapping[str, Any], emptied: Sequence[str]) -> ColumnElement[Any]:
    """The custom fields of a row with other values, as an expression over the row."""
    rest = Customer.custom_fields.op("-")(literal(list(emptied), ARRAY(Text)))
    return rest.op("||")(literal(dict(values), JSONB))


def moved_to_province(province: str | None) -> dict[str, Any]:
    """Province, and canton and district where they lie in it, as expressions over the row."""
    lies_there = func.left(Customer.canton, 1) == province
    return {
        "province": province,
        "canton": case((lies_there, Customer.canton)),
        "district": case((lies_there, Customer.district)),
    }


def open_opportunities(session: Session, customer_id: UUID) -> int:
    """How many opportunities of the customer are open, whoever's they are."""
    statement = select(func.count()).where(
        Opportunity.customer_id == customer_id, Opportunity.status == "open", Opportunity.deleted_at.is_(None)
    )
    return session.execute(statement).scalar_one()


def segment_counts(session: Session, seen_by: UUID | None = None) -> Sequence[tuple[str | None, int]]:
    """Customers by segment, the largest first."""
    number = func.count()
    statement = (
        living(seen_by)
        .with_only_columns(Customer.segment, number)
        .group_by(Customer.segment)
        .order_by(number.desc(), Customer.segment)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def segment_explanation(reader: psycopg.Connection, customer_id: UUID) -> SegmentExplanation:
    """What the last segmentation said of a customer, empty where it has not seen them; `reader` is the tenant's."""
    row = reader.execute(_SEGMENT, (customer_id,)).fetchone()
    return SegmentExplanation(*row) if row else SegmentExplanation()
