"""Queries on API keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row
from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from pymeai.database.tables.platform import ApiKey


@dataclass(frozen=True)
class FoundKey:
    """The person for whom a live key acts, and how far."""

    api_key_id: UUID
    scopes: Sequence[str]
    user_id: UUID
    organization_id: UUID
    role: str
    organization_settings: dict[str, Any]


# One statement on each request of a program: who it is, and once a minute that it was here.
_USE = """
    with found as (
        select k.api_key_id, k.scopes, k.last_used_at, u.user_id, u.organization_id, u.role,
            o.settings as organization_settings
        from platform.api_keys as k
        join platform.users as u using (user_id)
        join platform.organizations as o on o.organization_id = u.organization_id
        where k.key_hash = %(key_hash)s and k.revoked_at is null and u.is_active
            and (k.expires_at is null or k.expires_at > now())
    ), used as (
        update platform.api_keys as k set last_used_at = now() from found
        where k.api_key_id = found.api_key_id
            and (found.last_used_at is null or found.last_used_at < now() - interval '1 minute')
    )
    select api_key_id, scopes, user_id, organization_id, role, organization_settings from found
"""


def use_key(connection: psycopg.Connection, key_hash: str) -> FoundKey | None:
    """The live key with this hash, of somebody active."""
    with connection.cursor(row_factory=class_row(FoundKey)) as cursor:
        return cursor.execute(_USE, {"key_hash": key_hash}).fetchone()


def living(organization_id: UUID) -> Select[ApiKey]:
    """An organization's keys that nobody revoked; expired ones too."""
    return select(ApiKey).where(ApiKey.organization_id == organization_id, ApiKey.revoked_at.is_(None))


def count_usable(session: Session, organization_id: UUID) -> int:
    """How many of an organization's keys work."""
    usable = living(organization_id).where(or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now()))
    return session.execute(select(func.count()).select_from(usable.subquery())).scalar_one()


def find(session: Session, organization_id: UUID, api_key_id: UUID) -> ApiKey | None:
    """One living key of the organization, held until the end of the transaction."""
    statement = living(organization_id).where(ApiKey.api_key_id == api_key_id).with_for_update()
    return session.execute(statement).scalar_one_or_none()


def add(session: Session, key: ApiKey) -> ApiKey:
    """Store a new key and read back what the database filled in."""
    session.add(key)
    session.flush()
    session.refresh(key)
    return key


def revoke_all_of(session: Session, user_id: UUID, now: datetime) -> None:
    """End all keys that act for somebody."""
    session.execute(update(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None)).values(revoked_at=now))
