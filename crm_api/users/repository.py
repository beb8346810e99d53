"""Queries on the people of an organization."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from pymeai.database.tables.platform import User


def in_organization(organization_id: UUID) -> Select[User]:
    """Everybody of one organization."""
    return select(User).where(User.organization_id == organization_id)


def find(session: Session, organization_id: UUID, user_id: UUID) -> User | None:
    """One person of the organization."""
    return session.execute(in_organization(organization_id).where(User.user_id == user_id)).scalar_one_or_none()


def known(session: Session, organization_id: UUID, user_ids: Collection[UUID]) -> set[UUID]:
    """Those of `user_ids` that are people of the organization."""
    statement = select(User.user_id).where(User.organization_id == organization_id, User.user_id.in_(user_ids))
    return set(session.execute(statement).scalars())
