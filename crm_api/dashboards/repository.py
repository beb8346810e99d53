"""Queries on boards. The session's search_path says whose organization's."""

from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from pymeai.database.tables.workspace import Dashboard


def visible_to(user_id: UUID) -> Select[Dashboard]:
    """The boards that are shared, and the user's own."""
    return select(Dashboard).where(or_(Dashboard.shared, Dashboard.owner_user_id == user_id))


def find(session: Session, user_id: UUID, dashboard_id: UUID, *, lock: bool = False) -> Dashboard | None:
    """One board that the user may see; held until the end of the transaction when it is to be changed."""
    statement = visible_to(user_id).where(Dashboard.dashboard_id == dashboard_id)
    return session.execute(statement.with_for_update() if lock else statement).scalar_one_or_none()


def first(session: Session, user_id: UUID) -> Dashboard | None:
    """The board that opens first: a favourite, the oldest."""
    statement = visible_to(user_id).order_by(Dashboard.is_favorite.desc(), Dashboard.created_at, Dashboard.dashboard_id)
    return session.execute(statement.limit(1)).scalar_one_or_none()


def add(session: Session, dashboard: Dashboard) -> Dashboard:
    """Store a new board and read back what the database filled in."""
    session.add(dashboard)
    session.flush()
    session.refresh(dashboard)
    return dashboard
