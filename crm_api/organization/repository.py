"""Queries on the caller's organization."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import literal, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pymeai.database.tables.platform import ExchangeRate, Organization, TenantChange


def find(session: Session, organization_id: UUID, *, lock: bool = False) -> Organization:
    """The organization; held until the end of the transaction when it is to be changed."""
    statement = select(Organization).where(Organization.organization_id == organization_id)
    return session.execute(statement.with_for_update() if lock else statement).scalar_one()


def hold(session: Session, organization_id: UUID) -> None:
    """Have whoever else holds the organization wait until the end of the transaction.

    For what is true of all its rows together: a number of them, a last owner. Its own row may still be read and named.
    """
    statement = select(Organization.organization_id).where(Organization.organization_id == organization_id)
    session.execute(statement.with_for_update(key_share=True))


def mark_changed(session: Session, organization_id: UUID) -> None:
    """Have the marts computed anew, as a change of the tenant's own data would."""
    transaction = text("pg_current_xact_id()::text::bigint")
    session.execute(
        insert(TenantChange)
        .from_select(
            ["organization_id", "transaction_id"],
            select(literal(organization_id, TenantChange.organization_id.type), transaction),
        )
        .on_conflict_do_nothing()
    )


def exchange_rate(session: Session, currency: str, day: date) -> Decimal | None:
    """Colones for one unit of `currency` on the day, or on the last day before it that has a rate."""
    return session.execute(
        select(ExchangeRate.rate)
        .where(ExchangeRate.currency == currency, ExchangeRate.day <= day)
        .order_by(ExchangeRate.day.desc())
        .limit(1)
    ).scalar_one_or_none()
