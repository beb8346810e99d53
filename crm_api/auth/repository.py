"""Queries on users, organizations and sign-ins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from pymeai.clock import utc_now
from pymeai.database.tables.platform import Organization, PasswordReset, User, UserSession

RESET_LIFE = timedelta(hours=1)


@dataclass(frozen=True)
class FoundCaller:
    """The user behind a live sign-in."""

    user_id: UUID
    organization_id: UUID
    role: str
    organization_settings: dict[str, Any]


_CALLER = """
select u.user_id, u.organization_id, u.role, o.settings as organization_settings
from platform.sessions s
join platform.users u on u.user_id = s.user_id
join platform.organizations o on o.organization_id = u.organization_id
where s.session_id = %(session_id)s and u.user_id = %(user_id)s
  and u.is_active and s.revoked_at is null and s.expires_at > now()
"""


def find_caller(connection: psycopg.Connection, session_id: UUID, user_id: UUID) -> FoundCaller | None:
    """The active user of a sign-in that is neither revoked nor expired."""
    with connection.cursor(row_factory=class_row(FoundCaller)) as cursor:
        return cursor.execute(_CALLER, {"session_id": session_id, "user_id": user_id}).fetchone()


@dataclass(frozen=True)
class Credentials:
    """What a sign-in is checked against."""

    user_id: UUID
    password_hash: str | None
    is_active: bool


def find_credentials(session: Session, email: str) -> Credentials | None:
    """What is stored of the user with this e-mail; capitals do not count."""
    row = session.execute(
        select(User.user_id, User.password_hash, User.is_active).where(User.email == email)
    ).one_or_none()
    return None if row is None else Credentials(row.user_id, row.password_hash, row.is_active)


def find_user_by_email(session: Session, email: str) -> User | None:
    """The user with this e-mail; capitals do not count."""
    return session.execute(select(User).where(User.email == email)).scalar_one_or_none()


def get_user(session: Session, user_id: UUID, *, lock: bool = False) -> User:
    """A user that is known to exist; held until the end of the transaction when they are to be changed."""
    statement = select(User).where(User.user_id == user_id)
    return session.execute(statement.with_for_update(key_share=True) if lock else statement).scalar_one()


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


def revoke_all(session: Session, user_id: UUID, now: datetime, *, but: UUID | None = None) -> Sequence[UUID]:
    """End all of a user's sign-ins, or all but one; gives those that ended."""
    statement = update(UserSession).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    if but is not None:
        statement = statement.where(UserSession.session_id != but)
    return session.execute(statement.values(revoked_at=now).returning(UserSession.session_id)).scalars().all()


def add_reset(session: Session, user_id: UUID, token_hash: str) -> None:
    """Store a request for a new password: the newest alone works."""
    use_up_resets(session, user_id, utc_now())
    session.add(PasswordReset(user_id=user_id, token_hash=token_hash, expires_at=utc_now() + RESET_LIFE))
    session.flush()


def take_reset(session: Session, token_hash: str) -> UUID | None:
    """Use up a live token, once for all who come at the same time; gives whose it was."""
    statement = (
        update(PasswordReset)
        .where(
            PasswordReset.token_hash == token_hash,
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > func.now(),
        )
        .values(used_at=func.now())
        .returning(PasswordReset.user_id)
    )
    return session.execute(statement).scalar_one_or_none()


def use_up_resets(session: Session, user_id: UUID, now: datetime) -> None:
    """Make all of a user's tokens useless."""
    unused = update(PasswordReset).where(PasswordReset.user_id == user_id, PasswordReset.used_at.is_(None))
    session.execute(unused.values(used_at=now))


def new_key(session: Session) -> UUID:
    """A new UUIDv7, for a row whose key must be known before it is written."""
    key: UUID = session.execute(select(func.platform.uuid_v7())).scalar_one()
    return key
