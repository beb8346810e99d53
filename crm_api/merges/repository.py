"""Queries on merges of customers."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from pymeai.database.tables.tenant import Customer, CustomerMerge, Interaction, Opportunity, Sale

MOVED: dict[str, tuple[InstrumentedAttribute[UUID], InstrumentedAttribute[Any]]] = {
    "interactions": (Interaction.interaction_id, Interaction.customer_id),
    "opportunities": (Opportunity.opportunity_id, Opportunity.customer_id),
    "sales": (Sale.sale_id, Sale.customer_id),
}
"""What belongs to a customer: the table, its key, and whose a row is."""


def move(
    session: Session, source: UUID, target: UUID, only: Mapping[str, Sequence[str]] | None = None
) -> dict[str, list[str]]:
    """Give what is `source`'s to `target`, all of it or `only` these rows: the keys of what moved, by table."""
    moved = {}
    for table, (key, customer) in MOVED.items():
        statement = update(key.class_).where(customer == source)
        if only is not None:
            statement = statement.where(key.in_([UUID(text) for text in only.get(table, [])]))
        rows = session.connection().execute(statement.values({customer: target}).returning(key))
        moved[table] = sorted(str(row[0]) for row in rows)
    return moved


def moved_on(session: Session, holder: UUID, rows: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many of these rows are somebody else's than `holder`'s by now, by table."""
    found = {}
    for table, (key, customer) in MOVED.items():
        keys = [UUID(text) for text in rows.get(table, [])]
        statement = select(func.count()).where(key.in_(keys), or_(customer.is_(None), customer != holder))
        found[table] = session.execute(statement).scalar_one()
    return found


def find(session: Session, merge_id: UUID) -> CustomerMerge | None:
    """One merge, held until the end of the transaction."""
    statement = select(CustomerMerge).where(CustomerMerge.merge_id == merge_id).with_for_update()
    return session.execute(statement).scalar_one_or_none()


def hold_customers(session: Session, customer_ids: Sequence[UUID]) -> dict[UUID, Customer]:
    """Customers, deleted ones too, held until the end of the transaction, always in the same order."""
    statement = select(Customer).where(Customer.customer_id.in_(customer_ids)).order_by(Customer.customer_id)
    return {customer.customer_id: customer for customer in session.execute(statement.with_for_update()).scalars()}


def later(session: Session, record: CustomerMerge) -> Sequence[tuple[CustomerMerge, str]]:
    """The merges into the same customer after this one that stand, the latest first, with the names of the merged."""
    key, kept = record.merge_id, record.kept_customer_id
    return [each for each in into(session, kept) if each[0].merge_id > key and each[0].undone_at is None]


def into(session: Session, customer_id: UUID) -> Sequence[tuple[CustomerMerge, str]]:
    """The merges into a customer, the latest first, with the names of those that were merged."""
    merged = aliased(Customer)
    person = func.nullif(func.concat_ws(" ", merged.first_name, merged.last_name), "")
    statement = (
        select(CustomerMerge, func.coalesce(merged.company_name, person, "Cliente"))
        .join(merged, merged.customer_id == CustomerMerge.merged_customer_id)
        .where(CustomerMerge.kept_customer_id == customer_id, CustomerMerge.moved != {})
        .order_by(CustomerMerge.merged_at.desc(), CustomerMerge.merge_id.desc())
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def dismissed_among(session: Session, pairs: Sequence[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Those of the pairs that are dismissed already."""
    kept_and_merged = tuple_(CustomerMerge.kept_customer_id, CustomerMerge.merged_customer_id)
    statement = select(CustomerMerge.kept_customer_id, CustomerMerge.merged_customer_id).where(
        kept_and_merged.in_(pairs), CustomerMerge.undone_at.is_not(None), CustomerMerge.moved == {}
    )
    return {(row[0], row[1]) for row in session.execute(statement)}
