"""Queries on opportunities. The session's search_path says whose."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, Text, literal_column, select, update
from sqlalchemy.orm import Session, aliased

from crm_api.opportunities import measures
from crm_api.references import display_name, owned_by
from crm_api.search import matches_beside_customer
from pymeai.database.tables.indexes import OPPORTUNITY_SEARCH
from pymeai.database.tables.tenant import Customer, Opportunity, Sale, Stage, StageHistory

SEARCHED: ColumnElement[str] = literal_column(OPPORTUNITY_SEARCH, Text)


def seen(own: UUID | None) -> list[ColumnElement[bool]]:
    """What an opportunity must be to be seen: not deleted, and of the user `own`, if any, or nobody's."""
    return [Opportunity.deleted_at.is_(None), *owned_by(own)]


def living(own: UUID | None = None) -> Select[Opportunity]:
    """All opportunities that are not deleted; only their own and nobody's for the user `own`."""
    return select(Opportunity).where(*seen(own))


def with_stages(statement: Select[Opportunity]) -> Select[Opportunity]:
    """The same, joined with their stages, for conditions of crm_api.opportunities.measures."""
    return statement.join(Stage, Stage.stage_id == Opportunity.stage_id)


def with_customers(statement: Select[Opportunity]) -> Select[Opportunity]:
    """The same, joined with their customers, where they have one."""
    return statement.outerjoin(Customer, Customer.customer_id == Opportunity.customer_id)


def matches(query: str) -> list[ColumnElement[bool]]:
    """What makes an opportunity be found: its title, product, seller or customer has every word."""
    return matches_beside_customer(Opportunity.opportunity_id, SEARCHED, Opportunity.customer_id, query)


def find(session: Session, opportunity_id: UUID, *, own: UUID | None = None, lock: bool = False) -> Opportunity | None:
    """One opportunity; held until the end of the transaction when it is to be changed."""
    statement = select(Opportunity).where(Opportunity.opportunity_id == opportunity_id, *seen(own))
    if lock:
        # What this session read before it had to wait is not what is there now.
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.execute(statement).scalar_one_or_none()


def measured(session: Session, opportunity_ids: Sequence[UUID], today: date) -> dict[UUID, RowMapping]:
    """What is computed of each opportunity, in one query: stage_name, customer_name, probabilities, flags, sale_id."""
    sale = (
        select(Sale.sale_id)
        .where(Sale.opportunity_id == Opportunity.opportunity_id, Sale.document_type != "credit_note")
        .order_by(Sale.created_at, Sale.sale_id)
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        select(
            Opportunity.opportunity_id,
            Stage.name.label("stage_name"),
            display_name().label("customer_name"),
            measures.effective_probability().label("effective_probability"),
            measures.weighted_value().label("weighted_value"),
            measures.days_in_stage(today).label("days_in_stage"),
            measures.stalled(today).label("is_stalled"),
            measures.overdue(today).label("is_overdue"),
            sale.label("sale_id"),
        )
        .join(Stage, Stage.stage_id == Opportunity.stage_id)
        .outerjoin(Customer, Customer.customer_id == Opportunity.customer_id)
        .where(Opportunity.opportunity_id.in_(opportunity_ids))
    )
    return {row["opportunity_id"]: row for row in session.execute(statement).mappings()}


def add(session: Session, opportunity: Opportunity) -> Opportunity:
    """Store a new opportunity and read back what the database filled in."""
    session.add(opportunity)
    session.flush()
    session.refresh(opportunity)
    return opportunity


def history(session: Session, opportunity_id: UUID) -> Sequence[RowMapping]:
    """The moves of an opportunity with the names of its stages, the first first."""
    origin = aliased(Stage)
    statement = (
        select(
            *StageHistory.__table__.columns,
            Stage.name.label("stage_name"),
            Stage.kind.label("stage_kind"),
            origin.name.label("from_stage_name"),
        )
        .join(Stage, Stage.stage_id == StageHistory.stage_id)
        .outerjoin(origin, origin.stage_id == StageHistory.from_stage_id)
        .where(StageHistory.opportunity_id == opportunity_id)
        .order_by(StageHistory.changed_at, StageHistory.history_id)
    )
    return session.execute(statement).mappings().all()


def annotate_last_move(session: Session, opportunity_id: UUID, notes: str) -> None:
    """Write notes into the history row that the trigger made for the stage the opportunity is in."""
    session.execute(
        update(StageHistory)
        .where(StageHistory.opportunity_id == opportunity_id, StageHistory.time_in_stage.is_(None))
        .values(notes=notes)
    )
