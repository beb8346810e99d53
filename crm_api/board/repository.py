"""Queries of the board: one for all stages with their totals, one for the cards of all stages, whose JSON PostgreSQL makes.

Read into objects, checked and written again, the 120 cards of a board took seven of its ten milliseconds; and its pipeline
and stages, as objects of their own, one of the six that were left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Numeric,
    RowMapping,
    Select,
    SQLColumnExpression,
    Text,
    any_,
    bindparam,
    case,
    cast,
    func,
    null,
    or_,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from crm_api.etags import etag_column
from crm_api.json_columns import moment_text, number
from crm_api.opportunities import measures
from crm_api.opportunities.repository import matches, seen
from crm_api.references import display_name
from pymeai.database.tables.platform import ExchangeRate
from pymeai.database.tables.tenant import Customer, Opportunity, Pipeline, Stage

_STATEMENTS = 64
"""How many are kept built, which takes longer than to run them: most people look at a board without a filter."""


@dataclass(frozen=True)
class Wanted:
    """Which cards: those that the user `own` may see (None: all), of these people, found by this text."""

    own: UUID | None = None
    user_ids: tuple[UUID, ...] = ()
    query: str | None = None


@dataclass(frozen=True)
class Place:
    """A card's place in its stage."""

    position: float
    opportunity_id: UUID


@dataclass(frozen=True)
class Card:
    """A card, as the JSON of a CardAnswer, and its place."""

    stage_id: UUID
    place: Place
    json: str


def columns(session: Session, pipeline_id: UUID, wanted: Wanted, currency: str) -> Sequence[RowMapping]:
    """Each stage in use of a pipeline in its order, with the `pipeline` it is of, and what its totals are computed from.

    One row for each kind of its cards, or one without: how many `cards`, their `value`, and `weighted`, value by
    probability. `factor` makes a value one in the organization's `currency`, null where nobody knows how; colones of an
    organization that counts in another currency have their `day`, whose rate they need. Kinds are few beside cards:
    multiplying the sums and not each value takes half the time.
    """
    return session.execute(_columns(wanted, currency), {"pipeline_id": pipeline_id}).mappings().all()


@lru_cache(maxsize=_STATEMENTS)
def _columns(wanted: Wanted, currency: str) -> Select[Any]:
    found = _kinds(wanted, currency).subquery("found")
    # measures.effective_probability, after the sum.
    percents = case(
        (found.c.status == "won", found.c.value * 100),
        (found.c.status == "lost", 0),
        (found.c.by_stage, found.c.value * Stage.probability),
        else_=found.c.percents,
    )
    return (
        select(
            Pipeline.name.label("pipeline"),
            *_stage(),
            *(found.c[name] for name in ("factor", "day", "cards", "value")),
            (percents / 100).label("weighted"),
        )
        .join_from(Stage, Pipeline, Pipeline.pipeline_id == Stage.pipeline_id)
        .outerjoin(found, found.c.stage_id == Stage.stage_id)
        .where(Stage.pipeline_id == bindparam("pipeline_id"), Stage.archived_at.is_(None))
        .order_by(Stage.position, Stage.stage_id)
    )


def _kinds(wanted: Wanted, currency: str) -> Select[Any]:
    """The cards of a pipeline, counted and summed by all that decides what they are worth."""
    own = func.coalesce(Opportunity.probability_override, Opportunity.probability)
    # An array is compared with while a card is read; joined with, the stages took a third of the time of the sums.
    stages = func.array(select(Stage.stage_id).where(Stage.pipeline_id == bindparam("pipeline_id")).scalar_subquery())
    return (
        select(
            Opportunity.stage_id,
            Opportunity.status,
            *_conversion(currency),
            own.is_(None).label("by_stage"),
            func.count().label("cards"),
            func.sum(Opportunity.value).label("value"),
            func.sum(Opportunity.value * own).label("percents"),
        )
        .where(Opportunity.stage_id == any_(stages), *_conditions(wanted))
        .group_by(Opportunity.stage_id, Opportunity.status, text("factor"), text("day"), text("by_stage"))
    )


def _stage() -> tuple[SQLColumnExpression[Any], ...]:
    """The fields of a StageAnswer."""
    return (
        Stage.stage_id,
        Stage.pipeline_id,
        Stage.name,
        Stage.position.label("order"),
        Stage.color,
        number(Stage.probability).label("probability"),
        Stage.expected_duration_days,
        Stage.kind,
        Stage.suggested_activities,
        Stage.archived_at,
    )


def _conversion(currency: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The columns `factor` and `day`."""
    same, one = Opportunity.currency == currency, cast(1, Numeric)
    if currency == "CRC":
        return case((same, one), else_=Opportunity.exchange_rate).label("factor"), cast(null(), Date).label("day")
    colones = Opportunity.currency == "CRC"
    day = case((colones, measures.local_day(Opportunity.created_at)), else_=null())
    return case((or_(same, colones), one), else_=null()).label("factor"), day.label("day")


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
) -> list[Card]:
    """Up to `limit` cards of each stage in use of a pipeline, or of one, from `after` on, in their order.

    Each stage's are read off its own end of the index (stage_id, board_position, opportunity_id): a stage of 5,000 cards
    costs what one of 50 does. A window function would number all of them first.
    """
    values: dict[str, Any] = {"pipeline_id": pipeline_id, "today": today, "cards": limit}
    if stage_id is not None:
        values["stage_id"] = stage_id
    if after is not None:
        values |= {"position": after.position, "after": after.opportunity_id}
    statement = _cards(wanted, one_stage=stage_id is not None, onwards=after is not None)
    rows = session.execute(statement, values)
    return [Card(row[0], Place(row[1], row[2]), row[3]) for row in rows]


@lru_cache(maxsize=_STATEMENTS)
def _cards(wanted: Wanted, *, one_stage: bool, onwards: bool) -> Select[Any]:
    order, today = (Opportunity.board_position, Opportunity.opportunity_id), bindparam("today", type_=Date)
    first = select(*order).where(Opportunity.stage_id == Stage.stage_id, *_conditions(wanted))
    if onwards:
        first = first.where(tuple_(*order) > tuple_(bindparam("position"), bindparam("after")))
    page = first.order_by(*order).limit(bindparam("cards", type_=Integer)).correlate(Stage).lateral("page")
    statement = (
        select(*_card(today))
        .select_from(Stage)
        .join(page, true())
        .join(Opportunity, Opportunity.opportunity_id == page.c.opportunity_id)
        .outerjoin(Customer, Customer.customer_id == Opportunity.customer_id)
        .where(Stage.pipeline_id == bindparam("pipeline_id"), Stage.archived_at.is_(None))
    )
    if one_stage:
        statement = statement.where(Stage.stage_id == bindparam("stage_id"))
    card = statement.subquery("card")
    place = (card.c.stage_id, card.c.board_position, card.c.opportunity_id)
    return select(*place, cast(func.row_to_json(card.table_valued()), Text)).order_by(*place)


def _card(today: ColumnElement[date]) -> tuple[SQLColumnExpression[Any], ...]:
    """The fields of a CardAnswer."""
    return (
        Opportunity.opportunity_id,
        Opportunity.stage_id,
        Opportunity.title,
        Opportunity.customer_id,
        display_name().label("customer_name"),
        Opportunity.user_id,
        Opportunity.seller,
        Opportunity.product,
        number(Opportunity.value).label("value"),
        Opportunity.currency,
        Opportunity.status,
        number(measures.effective_probability()).label("effective_probability"),
        number(measures.weighted_value()).label("weighted_value"),
        Opportunity.board_position,
        Opportunity.expected_close_date,
        moment_text(Opportunity.next_step_at).label("next_step_at"),
        moment_text(Opportunity.last_stage_change).label("last_stage_change"),
        measures.days_in_stage(today).label("days_in_stage"),
        measures.stalled(today).label("is_stalled"),
        measures.overdue(today).label("is_overdue"),
        Opportunity.lost_reason,
        etag_column(Opportunity.opportunity_id, Opportunity.updated_at).label("etag"),
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = seen(wanted.own)
    if wanted.user_ids:
        found.append(Opportunity.user_id.in_(wanted.user_ids))
    if wanted.query:
        # Kept apart, so that it is looked for once and not for each stage.
        matching = select(Opportunity.opportunity_id).where(*matches(wanted.query)).correlate(None)
        found.append(Opportunity.opportunity_id.in_(select(matching.cte("matching").prefix_with("MATERIALIZED"))))
    return found
