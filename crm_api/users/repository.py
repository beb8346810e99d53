"""Queries on the people of an organization."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm_api.organization.repository import hold
from pymeai.database.tables.platform import User


def in_organization(organization_id: UUID) -> Select[User]:
    """Everybody of one organization."""
    return select(User).where(User.organization_id == organization_id)


def find(session: Session, organization_id: UUID, user_id: UUID, *, lock: bool = False) -> User | None:
    """One person of the organization; held until the end of the transaction when they are to be changed."""
    statement = in_organization(organization_id).where(User.user_id == user_id)
    if lock:
        statement = statement.with_for_update(key_share=True)
    return session.execute(statement).scalar_one_or_none()


def lock_owners(session: Session, organization_id: UUID) -> set[UUID]:
    """The active owners, under a lock: two changes that would each leave the other as the last one take turns."""
    hold(session, organization_id)
    statement = select(User.user_id).where(
        User.organization_id == organization_id, User.role == "owner", User.is_active
    )
    return set(session.execute(statement).scalars())
