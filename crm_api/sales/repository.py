"""Queries on sales. The session's search_path says whose."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, literal_column, or_, select
from sqlalchemy.orm import Session

from crm_api.search import matches_beside_customer
from pymeai.database.tables.indexes import SALE_SEARCH
from pymeai.database.tables.tenant import Customer, Opportunity, Sale

FROM_OPPORTUNITY = "opportunity"
"""The `source` of a sale that a won opportunity wrote."""
SEARCHED: ColumnElement[str] = literal_column(SALE_SEARCH, Text)


def every(own: UUID | None = None) -> Select[Sale]:
    """All sales; only their own and those of their customers for the user `own`."""
    statement = select(Sale)
    if own is None:
        return statement
    theirs = select(Customer.customer_id).where(
        or_(Customer.owner_user_id == own, Customer.owner_user_id.is_(None)), Customer.deleted_at.is_(None)
    )
    unclaimed = and_(Sale.user_id.is_(None), or_(Sale.customer_id.is_(None), Sale.customer_id.in_(theirs)))
    return statement.where(or_(Sale.user_id == own, unclaimed))


def with_customers(statement: Select[Sale]) -> Select[Sale]:
    """The same, joined with their customers, where they have one."""
    return statement.outerjoin(Customer, Customer.customer_id == Sale.customer_id)


def matches(query: str) -> list[ColumnElement[bool]]:
    """What makes a sale be found: its document, seller, channel or customer has every word."""
    return matches_beside_customer(Sale.sale_id, SEARCHED, Sale.customer_id, query)


def find(session: Session, sale_id: UUID, *, own: UUID | None = None, lock: bool = False) -> Sale | None:
    """One sale; held until the end of the transaction when it is to be changed."""
    statement = every(own).where(Sale.sale_id == sale_id)
    if lock:
        # What this session read before it had to wait is not what is there now.
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.execute(statement).scalar_one_or_none()


def add(session: Session, sale: Sale) -> Sale:
    """Store a new sale and read back what the database filled in."""
    session.add(sale)
    session.flush()
    session.refresh(sale)
    return sale


def of_opportunity(session: Session, opportunity_id: UUID) -> list[Sale]:
    """The documents of an opportunity, the first first; credit notes are among them."""
    statement = select(Sale).where(Sale.opportunity_id == opportunity_id).order_by(Sale.created_at, Sale.sale_id)
    return list(session.execute(statement).scalars())


def is_won(session: Session, opportunity_id: UUID) -> bool:
    """Whether an opportunity is there and won; it stays so until this transaction ends."""
    statement = select(Opportunity.status).where(
        Opportunity.opportunity_id == opportunity_id, Opportunity.deleted_at.is_(None)
    )
    return session.execute(statement.with_for_update(read=True)).scalar_one_or_none() == "won"
