"""Ids that a request names: of a living thing of the tenant's, or an error on their field."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm_api.filtering import has_words
from crm_api.search import CUSTOMER_SEARCHED, contains_words
from pymeai.database.tables.tenant import Customer, Opportunity
from pymeai.errors import invalid_field


def display_name() -> ColumnElement[str | None]:
    """A customer's name as lists and cards show it."""
    person = func.nullif(func.concat_ws(" ", Customer.first_name, Customer.last_name), "")
    return func.coalesce(Customer.company_name, person)


def customer_named(customer_id: InstrumentedAttribute[Any], words: str) -> ColumnElement[bool]:
    """That a row's customer has all the words in their name."""
    # The index has the name among other texts of theirs.
    indexed = and_(*contains_words(CUSTOMER_SEARCHED, words))
    return customer_id.in_(select(Customer.customer_id).where(indexed, has_words(display_name(), words)))


def customer_names(session: Session, customer_ids: Collection[UUID | None]) -> dict[UUID, str]:
    """The names of these customers, in one query."""
    wanted = {customer_id for customer_id in customer_ids if customer_id is not None}
    if not wanted:
        return {}
    name = display_name()
    statement = select(Customer.customer_id, name).where(Customer.customer_id.in_(wanted))
    return {row[0]: row[1] for row in session.execute(statement) if row[1]}


def require_customer(session: Session, customer_id: UUID | None, own: UUID | None, field: str = "customer_id") -> None:
    """Raise Invalid unless `customer_id` is empty or a customer that is neither deleted nor erased.

    For the user `own`, if any, a customer of somebody else's is as one that is not there: a link would tell their name.
    """
    if customer_id is None:
        return
    if not is_living_customer(session, customer_id, own):
        raise invalid_field(field, "Ese cliente no existe.")


def is_living_customer(session: Session, customer_id: UUID, own: UUID | None = None) -> bool:
    """Whether there is such a customer, neither deleted nor erased, and the user `own`, if any, sees them."""
    conditions = [Customer.customer_id == customer_id, Customer.deleted_at.is_(None), Customer.erased_at.is_(None)]
    if own is not None:
        conditions.append(or_(Customer.owner_user_id.is_(None), Customer.owner_user_id == own))
    return session.execute(select(Customer.customer_id).where(*conditions)).scalar_one_or_none() is not None


def owned_by(own: UUID | None) -> list[ColumnElement[bool]]:
    """That an opportunity is the user `own`'s or nobody's; nothing where all are seen."""
    return [] if own is None else [or_(Opportunity.user_id.is_(None), Opportunity.user_id == own)]


def find_opportunity(session: Session, opportunity_id: UUID | None, own: UUID | None = None) -> Opportunity | None:
    """An opportunity that is not deleted; for the user `own`, if any, none of somebody else's."""
    conditions = [Opportunity.opportunity_id == opportunity_id, Opportunity.deleted_at.is_(None), *owned_by(own)]
    return session.execute(select(Opportunity).where(*conditions)).scalar_one_or_none()


def seen_opportunities(session: Session, opportunity_ids: Collection[UUID | None], own: UUID | None) -> set[UUID]:
    """Which of these opportunities, deleted ones too, the user `own` sees; without `own`, all."""
    wanted = {opportunity_id for opportunity_id in opportunity_ids if opportunity_id is not None}
    if own is None or not wanted:
        return wanted
    statement = select(Opportunity.opportunity_id).where(Opportunity.opportunity_id.in_(wanted), *owned_by(own))
    return set(session.execute(statement).scalars())


def require_opportunity(
    session: Session, opportunity_id: UUID | None, own: UUID | None, field: str = "opportunity_id"
) -> Opportunity | None:
    """The opportunity, or None where none is named. Raises Invalid unless there is such a one that the user `own` sees."""
    if opportunity_id is None:
        return None
    found = find_opportunity(session, opportunity_id, own)
    if found is None:
        raise invalid_field(field, "Esa oportunidad no existe.")
    return found


def require_same_customer(opportunity: Opportunity, customer_id: UUID | None, field: str = "opportunity_id") -> None:
    """Raise Invalid where an opportunity has another customer than what is to be linked to it."""
    if opportunity.customer_id not in (None, customer_id):
        raise invalid_field(field, "Esa oportunidad es de otro cliente.")
