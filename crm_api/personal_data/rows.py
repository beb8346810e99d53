"""Which rows of which tables are one person's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

_MERGED_INTO = """
    with recursive person as (
        select customer_id from customers where customer_id = :customer_id
        union
        select c.customer_id from customers c join person p on c.merged_into = p.customer_id
    )
    select customer_id from person
"""
_KEYS = {
    "interactions": "select interaction_id from interactions where customer_id = any (cast(:customers as uuid[]))",
    "opportunities": "select opportunity_id from opportunities where customer_id = any (cast(:customers as uuid[]))",
    "sales": "select sale_id from sales where customer_id = any (cast(:customers as uuid[]))",
}
# Contacts and sales are removed for good when they are deleted: only the audit log still has them.
_REMOVED = """
    select distinct entity_id from audit_log
    where action = 'deleted' and entity in ('interaction', 'sale')
        and before ->> 'customer_id' = any (cast(cast(:customers as uuid[]) as text[]))
"""


@dataclass(frozen=True)
class Person:
    """The keys of all that is one person's: the customers they are, the one asked for first, and what those have or had."""

    customers: Sequence[UUID]
    interactions: Sequence[UUID]
    opportunities: Sequence[UUID]
    sales: Sequence[UUID]
    removed: Sequence[UUID] = ()

    @property
    def keys(self) -> list[UUID]:
        """All of them."""
        return [*self.customers, *self.interactions, *self.opportunities, *self.sales, *self.removed]


def person_of(session: Session, customer_id: UUID) -> Person:
    """The person that a customer is, with the customers that were merged into them, theirs too."""
    customers: list[UUID] = list(session.execute(text(_MERGED_INTO), {"customer_id": customer_id}).scalars())
    keys: dict[str, list[UUID]] = {
        table: list(session.execute(text(statement), {"customers": customers}).scalars())
        for table, statement in _KEYS.items()
    }
    removed: Sequence[UUID] = session.execute(text(_REMOVED), {"customers": customers}).scalars().all()
    return Person(customers, **keys, removed=removed)


def read(session: Session, statement: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a statement with one column, each as JSON."""
    return list(session.execute(text(statement), parameters).scalars())
