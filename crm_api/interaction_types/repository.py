"""Queries on the tenant's kinds of contact."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from pymeai.database.tables.tenant import InteractionType


def hold(session: Session) -> None:
    """One change of the kinds at a time: names and places are chosen by looking at those that are there."""
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(current_schema() || ' interaction_types', 0))"))


def listed(session: Session, *, archived: bool = False) -> Sequence[InteractionType]:
    """The kinds in the order of the screens; with `archived`, those as well."""
    statement = select(InteractionType)
    if not archived:
        statement = statement.where(InteractionType.archived_at.is_(None))
    return session.execute(statement.order_by(InteractionType.position, InteractionType.name)).scalars().all()


def find(session: Session, interaction_type_id: UUID, *, lock: bool = False) -> InteractionType | None:
    """One kind, archived or not; held until the end of the transaction when it is to be changed."""
    statement = select(InteractionType).where(InteractionType.interaction_type_id == interaction_type_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.execute(statement).scalar_one_or_none()


def add(session: Session, kind: InteractionType) -> InteractionType:
    """Store a new kind, the last of all, and read back what the database filled in."""
    last = select(func.coalesce(func.max(InteractionType.position), -1))
    kind.position = session.execute(last).scalar_one() + 1
    session.add(kind)
    session.flush()
    session.refresh(kind)
    return kind


def rename_contacts(session: Session, old: str, new: str) -> None:
    """Give the contacts of a kind its new name. The kind's own audit row says it for all of them."""
    session.execute(text("select set_config('pymeai.unaudited', 'interaction_type', true)"))
    session.execute(text("update interactions set type = :new where type = :old"), {"old": old, "new": new})
    session.execute(text("select set_config('pymeai.unaudited', '', true)"))


def count_values(session: Session, kind: str, field_name: str) -> int:
    """How many contacts of a kind have a value in a field."""
    statement = text(
        "select count(*) from interactions where type = :kind and custom_fields ? cast(:field_name as text)"
    )
    return int(session.execute(statement, {"kind": kind, "field_name": field_name}).scalar_one())
