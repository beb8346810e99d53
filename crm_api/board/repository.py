"""Queries of the board: one for the totals of all stages, one for the cards of all stages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, RowMapping, Select, case, func, literal, null, or_, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm_api.opportunities import measures
from crm_api.opportunities.repository import matches, seen
from crm_api.references import display_name
from pymeai.database.tables.platform import ExchangeRate
from pymeai.database.tables.tenant import Customer, Opportunity, Stage

Columns = TypeVarTuple("Columns")

_CARD: tuple[InstrumentedAttribute[Any], ...] = (
    Opportunity.opportunity_id,
    Opportunity.stage_id,
    Opportunity.title,
    Opportunity.customer_id,
    Opportunity.user_id,
    Opportunity.seller,
    Opportunity.product,
    Opportunity.value,
    Opportunity.currency,
    Opportunity.status,
    Opportunity.board_position,
    Opportunity.expected_close_date,
    Opportunity.next_step_at,
    Opportunity.last_stage_change,
    Opportunity.lost_reason,
    Opportunity.updated_at,
)


@dataclass(frozen=True)
class Wanted:
    """Which cards: those that the user `own` may see (None: all), of these people, found by this text."""

    own: UUID | None = None
    user_ids: Sequence[UUID] = ()
    query: str | None = None


@dataclass(frozen=True)
class Place:
    """A card's place in its stage."""

    position: float
    opportunity_id: UUID


def totals(session: Session, pipeline_id: UUID, wanted: Wanted, currency: str) -> Sequence[RowMapping]:
    """Of each stage: `cards`, `converted`, `value` and `weighted` in the organization's `currency`.

    Colones of an organization that counts in another currency stand apart, by the `day` whose rate they need.
    """
    if currency == "CRC":
        # Grouped by nothing but the stage: what most organizations count in is counted fastest.
        day: ColumnElement[Any] = literal(None, Date)
        factor = case((Opportunity.currency == currency, Decimal(1)), else_=Opportunity.exchange_rate)
        groups: list[ColumnElement[Any]] = [Opportunity.stage_id.expression]
    else:
        colones = Opportunity.currency == "CRC"
        day = case((colones, measures.local_day(Opportunity.created_at)), else_=null())
        factor = case((or_(Opportunity.currency == currency, colones), Decimal(1)), else_=null())
        groups = [Opportunity.stage_id.expression, day]
    value = Opportunity.value * factor
    statement = (
        select(
            Opportunity.stage_id,
            day.label("day"),
            func.count().label("cards"),
            func.count(factor).label("converted"),
            func.coalesce(func.sum(value), 0).label("value"),
            func.coalesce(func.sum(value * measures.effective_probability() / 100), 0).label("weighted"),
        )
        .join(Stage, Stage.stage_id == Opportunity.stage_id)
        .where(Stage.pipeline_id == pipeline_id, *_conditions(wanted))
        .group_by(*groups)
    )
    return session.execute(_with_customers(statement, wanted)).mappings().all()


def rates(session: Session, currency: str) -> Sequence[tuple[date, Decimal]]:
    """Colones for one unit of `currency`, by day; `session` is the platform's."""
    statement = select(ExchangeRate.day, ExchangeRate.rate).where(ExchangeRate.currency == currency)
    return [(row[0], row[1]) for row in session.execute(statement.order_by(ExchangeRate.day))]


def cards(
    session: Session,
    pipeline_id: UUID,
    wanted: Wanted,
    today: date,
    limit: int,
    *,
    stage_id: UUID | None = None,
    after: Place | None = None,
) -> Sequence[RowMapping]:
    """Up to `limit` cards of each stage in use of a pipeline, or of one, from `after` on, in their order.

    Each stage's are read off its own end of the index (stage_id, board_position, opportunity_id): a stage of 5,000 cards
    costs what one of 50 does. A window function would number all of them first.
    """
    order = (Opportunity.board_position, Opportunity.opportunity_id)
    first = select(*order).where(Opportunity.stage_id == Stage.stage_id, *_conditions(wanted))
    if after is not None:
        first = first.where(tuple_(*order) > tuple_(after.position, after.opportunity_id))
    page = _with_customers(first, wanted).order_by(*order).limit(limit).correlate(Stage).lateral("page")
    statement = (
        select(
            *_CARD,
            display_name().label("customer_name"),
            measures.effective_probability().label("effective_probability"),
            measures.weighted_value().label("weighted_value"),
            measures.days_in_stage(today).label("days_in_stage"),
            measures.stalled(today).label("is_stalled"),
            measures.overdue(today).label("is_overdue"),
        )
        .select_from(Stage)
        .join(page, true())
        .join(Opportunity, Opportunity.opportunity_id == page.c.opportunity_id)
        .outerjoin(Customer, Customer.customer_id == Opportunity.customer_id)
        .where(Stage.pipeline_id == pipeline_id, Stage.archived_at.is_(None))
        .order_by(Stage.stage_id, *order)
    )
    if stage_id is not None:
        statement = statement.where(Stage.stage_id == stage_id)
    return session.execute(statement).mappings().all()


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = seen(wanted.own)
    if wanted.user_ids:
        found.append(Opportunity.user_id.in_(wanted.user_ids))
    return found + matches(wanted.query) if wanted.query else found


def _with_customers(statement: Select[*Columns], wanted: Wanted) -> Select[*Columns]:
    # Only a search reads them: their names are part of what it looks through.
    if wanted.query is None:
        return statement
    return statement.outerjoin(Customer, Customer.customer_id == Opportunity.customer_id)
