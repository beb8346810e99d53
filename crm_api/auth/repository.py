"""Queries on users, organizations and sign-ins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from pymeai.database.tables.platform import Organization, User, UserSession


@dataclass(frozen=True)
class FoundCaller:
    """The user behind a live sign-in."""

    user_id: UUID
    organization_id: UUID
    role: str


def find_caller(session: Session, session_id: UUID, user_id: UUID) -> FoundCaller | None:
    """The active user of a sign-in that is neither revoked nor expired."""
    row = session.execute(
        select(User.user_id, User.organization_id, User.role)
        .join(UserSession, UserSession.user_id == User.user_id)
        .where(
            UserSession.session_id == session_id,
            User.user_id == user_id,
            User.is_active,
            UserSession.revoked_at.is_(None),
            UserSession.expires_at > func.now(),
        )
    ).one_or_none()
    return None if row is None else FoundCaller(row.user_id, row.organization_id, row.role)


def find_user_by_email(session: Session, email: str) -> User | None:
    """The user with this e-mail; capitals do not count."""
    return session.execute(select(User).where(User.email == email)).scalar_one_or_none()


def get_user(session: Session, user_id: UUID) -> User:
    """A user that is known to exist."""
    return session.execute(select(User).where(User.user_id == user_id)).scalar_one()


def get_organization(session: Session, organization_id: UUID) -> Organization:
    """An organization that is known to exist."""
    return session.execute(select(Organization).where(Organization.organization_id == organization_id)).scalar_one()


def add_session(session: Session, sign_in: UserSession) -> UserSession:
    """Store a new sign-in."""
    session.add(sign_in)
    session.flush()
    return sign_in


def lock_session(session: Session, session_id: UUID) -> UserSession | None:
    """A sign-in, held until the end of the transaction: two refreshes of one token take turns."""
    return session.execute(
        select(UserSession).where(UserSession.session_id == session_id).with_for_update()
    ).scalar_one_or_none()


def live_sessions(session: Session, user_id: UUID) -> Sequence[UserSession]:
    """A user's sign-ins that still work, the one used last first."""
    return (
        session.execute(
            select(UserSession)
            .where(
                UserSession.user_id == user_id,
                UserSession.revoked_at.is_(None),
                UserSession.expires_at > func.now(),
            )
            .order_by(UserSession.last_seen.desc(), UserSession.session_id.desc())
        )
        .scalars()
        .all()
    )


def revoke(session: Session, session_id: UUID, user_id: UUID, now: datetime) -> bool:
    """End one sign-in of a user; False where they have no such live one."""
    statement = (
        update(UserSession)
        .where(UserSession.session_id == session_id, UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(UserSession.session_id)
    )
    return session.execute(statement).scalar_one_or_none() is not None


def new_key(session: Session) -> UUID:
    """A new UUIDv7, for a row whose key must be known before it is written."""
    key: UUID = session.execute(select(func.platform.uuid_v7())).scalar_one()
    return key
