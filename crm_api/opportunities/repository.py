"""Queries on opportunities. The session's search_path says whose."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from crm_api.customers.repository import NAME
from crm_api.search import contains_words, folded
from pymeai.database.tables.tenant import Customer, Opportunity, StageHistory


def living() -> Select[Opportunity]:
    """All opportunities that are not deleted."""
    return select(Opportunity).where(Opportunity.deleted_at.is_(None))


def matching(statement: Select[Opportunity], query: str) -> Select[Opportunity]:
    """Those whose title, product, seller or customer has every word."""
    text = folded([Opportunity.title, Opportunity.product, Opportunity.seller, *NAME])
    joined = statement.outerjoin(Customer, Customer.customer_id == Opportunity.customer_id)
    return joined.where(*contains_words(text, query))


def find(session: Session, opportunity_id: UUID, *, lock: bool = False) -> Opportunity | None:
    """One opportunity; held until the end of the transaction when it is to be changed."""
    statement = living().where(Opportunity.opportunity_id == opportunity_id)
    return session.execute(statement.with_for_update() if lock else statement).scalar_one_or_none()


def add(session: Session, opportunity: Opportunity) -> Opportunity:
    """Store a new opportunity and read back what the database filled in."""
    session.add(opportunity)
    session.flush()
    session.refresh(opportunity)
    return opportunity


def history(session: Session, opportunity_id: UUID) -> Sequence[StageHistory]:
    """The moves of an opportunity, the first first."""
    statement = (
        select(StageHistory)
        .where(StageHistory.opportunity_id == opportunity_id)
        .order_by(StageHistory.changed_at, StageHistory.history_id)
    )
    return session.execute(statement).scalars().all()


def annotate_last_move(session: Session, opportunity_id: UUID, notes: str) -> None:
    """Write notes into the history row that the trigger made for the stage the opportunity is in."""
    session.execute(
        update(StageHistory)
        .where(StageHistory.opportunity_id == opportunity_id, StageHistory.time_in_stage.is_(None))
        .values(notes=notes)
    )
