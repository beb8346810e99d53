"""Queries on sales. The session's search_path says whose."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm_api.customers.repository import NAME
from crm_api.search import contains_words, folded
from pymeai.database.tables.tenant import Customer, Sale


def every() -> Select[Sale]:
    """All sales."""
    return select(Sale)


def matching(statement: Select[Sale], query: str) -> Select[Sale]:
    """Those whose document, seller, channel or customer has every word."""
    text = folded([Sale.external_key, Sale.seller, Sale.channel, *NAME])
    joined = statement.outerjoin(Customer, Customer.customer_id == Sale.customer_id)
    return joined.where(*contains_words(text, query))


def find(session: Session, sale_id: UUID) -> Sale | None:
    """One sale."""
    return session.execute(every().where(Sale.sale_id == sale_id)).scalar_one_or_none()


def add(session: Session, sale: Sale) -> Sale:
    """Store a new sale and read back what the database filled in."""
    session.add(sale)
    session.flush()
    session.refresh(sale)
    return sale
