"""Who there is reason to write to: follow-ups, next steps, stalled opportunities, and customers that stay away."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm_api.customers.repository import living as living_customers
from crm_api.opportunities.measures import days_in_stage, local_day, stalled
from pymeai.database.tables.tenant import Customer, Interaction, Opportunity, Stage

_STAYING_AWAY = """
    select customer_id, flags, reasons
    from analytics.customer_segments
    where flags && array['en_riesgo', 'perdiendose']
    order by 'valioso' = any(flags) desc, monetary desc nulls last, customer_id
    limit %s
"""


@dataclass(frozen=True)
class StayingAway:
    """A customer whom the segmentation found at risk or being lost, with its Spanish sentences."""

    customer_id: UUID
    flags: Sequence[str]
    reasons: Sequence[str]


def due_followups(session: Session, today: date, own: UUID | None, limit: int) -> Sequence[Any]:
    """Follow-ups due by today and not done, the oldest first; `own` leaves those of one user and their customers."""
    statement = (
        select(Interaction.interaction_id, Interaction.customer_id, Interaction.type, Interaction.followup_date)
        .join(Customer, Customer.customer_id == Interaction.customer_id)
        .where(
            Interaction.followup_done_at.is_(None),
            Interaction.followup_date <= today,
            Customer.deleted_at.is_(None),
        )
        .order_by(Interaction.followup_date, Interaction.interaction_id)
        .limit(limit)
    )
    if own is not None:
        statement = statement.where(or_(Interaction.user_id == own, Customer.owner_user_id == own))
    return session.execute(statement).all()


def due_opportunities(session: Session, today: date, own: UUID | None, limit: int) -> Sequence[Any]:
    """Open opportunities of a known customer that are stalled, or whose next step is due; the most valuable first."""
    stuck = stalled(today)
    step_due = local_day(Opportunity.next_step_at) <= today
    statement = (
        select(
            Opportunity.opportunity_id,
            Opportunity.customer_id,
            Opportunity.title,
            Stage.name.label("stage"),
            days_in_stage(today).label("days"),
            local_day(Opportunity.next_step_at).label("step_on"),
            step_due.label("step_due"),
            stuck.label("stalled"),
        )
        .join(Stage, Stage.stage_id == Opportunity.stage_id)
        .where(
            Opportunity.deleted_at.is_(None),
            Opportunity.status == "open",
            Opportunity.customer_id.is_not(None),
            or_(step_due, stuck),
        )
        .order_by((Opportunity.value * Opportunity.exchange_rate).desc().nulls_last(), Opportunity.opportunity_id)
        .limit(limit)
    )
    if own is not None:
        statement = statement.where(Opportunity.user_id == own)
    return session.execute(statement).all()


def staying_away(reader: psycopg.Connection[Any], limit: int) -> list[StayingAway]:
    """Customers at risk or being lost, the valuable first; `reader` is the tenant's."""
    return [StayingAway(row[0], row[1], row[2] or ()) for row in reader.execute(_STAYING_AWAY, (limit,))]


def customers(session: Session, keys: Collection[UUID], seen_by: UUID | None) -> dict[UUID, Customer]:
    """Those of these customers that are there and that may be seen."""
    found = session.execute(living_customers(seen_by).where(Customer.customer_id.in_(keys))).scalars()
    return {customer.customer_id: customer for customer in found}
