"""Queries on alerts. The session's search_path says whose."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm_api.alerts.schemas import AlertFilters
from crm_api.filtering import conditions
from crm_api.search import contains_words, folded
from pymeai.database.tables.workspace import Alert

COLUMNS = {
    "schedule": Alert.schedule,
    "channel": Alert.channel,
    "is_active": Alert.is_active,
    "created_by": Alert.created_by,
    "created_at": Alert.created_at,
}


def matching(filters: AlertFilters, query: str | None) -> Select[Alert]:
    """The alerts that the filters let through and whose name has every word."""
    statement = select(Alert).where(*conditions(filters, COLUMNS))
    return statement.where(*contains_words(folded([Alert.name]), query)) if query else statement


def find(session: Session, alert_id: UUID, *, lock: bool = False) -> Alert | None:
    """One alert; held until the end of the transaction when it is to be changed."""
    statement = select(Alert).where(Alert.alert_id == alert_id)
    return session.execute(statement.with_for_update() if lock else statement).scalar_one_or_none()


def add(session: Session, alert: Alert) -> Alert:
    """Store a new alert and read back what the database filled in."""
    session.add(alert)
    session.flush()
    session.refresh(alert)
    return alert
