"""Ids that a request names: of a living thing of the tenant's, or an error on their field."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from pymeai.database.tables.tenant import Customer, Opportunity
from pymeai.errors import invalid_field


def display_name() -> ColumnElement[str | None]:
    """A customer's name as lists and cards show it."""
    person = func.nullif(func.concat_ws(" ", Customer.first_name, Customer.last_name), "")
    return func.coalesce(Customer.company_name, person)


def customer_names(session: Session, customer_ids: Collection[UUID | None]) -> dict[UUID, str]:
    """The names of these customers, in one query."""
    wanted = {customer_id for customer_id in customer_ids if customer_id is not None}
    if not wanted:
        return {}
    name = display_name()
    statement = select(Customer.customer_id, name).where(Customer.customer_id.in_(wanted))
    return {row[0]: row[1] for row in session.execute(statement) if row[1]}


def require_customer(session: Session, customer_id: UUID | None, field: str = "customer_id") -> None:
    """Raise Invalid unless `customer_id` is empty or a customer that is neither deleted nor erased."""
    if customer_id is None:
        return
    living = (Customer.deleted_at.is_(None), Customer.erased_at.is_(None))
    statement = select(Customer.customer_id).where(Customer.customer_id == customer_id, *living)
    if session.execute(statement).scalar_one_or_none() is None:
        raise invalid_field(field, "Ese cliente no existe.")


def require_opportunity(session: Session, opportunity_id: UUID | None, field: str = "opportunity_id") -> None:
    """Raise Invalid unless `opportunity_id` is empty or an opportunity that is not deleted."""
    if opportunity_id is None:
        return
    statement = select(Opportunity.opportunity_id).where(
        Opportunity.opportunity_id == opportunity_id, Opportunity.deleted_at.is_(None)
    )
    if session.execute(statement).scalar_one_or_none() is None:
        raise invalid_field(field, "Esa oportunidad no existe.")
