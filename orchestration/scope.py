"""Which tenants a refresh covers, and which of their changes it will have read.

Triggers insert a row a transaction and tenant into platform.tenant_changes. A refresh takes the rows it sees before it
reads any data, and deletes just these when it is done: a transaction that commits meanwhile leaves its row, and the
tenant stays dirty.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.types import TypeEngine

from pymeai.clock import business_today
from pymeai.database.connections import engine_for
from pymeai.settings import Settings

LOCK = 7_066_311_042_217_001
"""Key of the advisory lock that one refresh holds."""

LOCK_POLL_SECONDS = 0.1
UUIDS: TypeEngine[Any] = ARRAY(PG_UUID(as_uuid=True))


@dataclass(frozen=True)
class Scope:
    """One refresh's tenants. What was committed before `taken_at` is in what it makes."""

    organizations: tuple[UUID, ...]
    business_day: date
    taken_at: datetime


@contextmanager
def refresh_lock(settings: Settings, wait_seconds: float) -> Iterator[bool]:
    """Be the only refresh. Yields whether the lock was got within `wait_seconds`; it goes with the connection."""
    engine = engine_for(settings, "pipeline").execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        deadline = time.monotonic() + wait_seconds
        # Asked for again and again rather than waited for: a waiting statement would hold a snapshot, and vacuum back.
        while not (got := bool(connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": LOCK}))):
            if time.monotonic() >= deadline:
                break
            time.sleep(LOCK_POLL_SECONDS)
        try:
            yield got
        finally:
            # With the connection, not by a statement: it may be lost already, and the lock with it.
            connection.invalidate()


def dirty_organizations(settings: Settings) -> list[UUID]:
    """The organizations with changes that no refresh has read, in the order of their keys."""
    statement = text(
        "select distinct organization_id from platform.tenant_changes "
        "join platform.organizations using (organization_id) order by 1"
    )
    with engine_for(settings, "pipeline").connect() as connection:
        return list(connection.scalars(statement))


@dataclass(frozen=True)
class Waiting:
    """Changes that no refresh has read."""

    organizations: int
    # Organizations among them that have never been refreshed: they have no marts at all yet.
    new: int
    oldest: datetime


def waiting_changes(settings: Settings) -> Waiting | None:
    """What waits for a refresh; None where nothing does."""
    statement = text(
        "select count(distinct c.organization_id), count(distinct c.organization_id) filter (where s.refreshed_at is null), "
        "min(c.changed_at) from platform.tenant_changes as c join platform.organizations using (organization_id) "
        "left join platform.tenant_status as s using (organization_id)"
    )
    with engine_for(settings, "pipeline").connect() as connection:
        organizations, new, oldest = cast("tuple[int, int, datetime]", connection.execute(statement).one())
    return Waiting(organizations, new, oldest) if organizations else None


def all_organizations(settings: Settings) -> list[UUID]:
    """Every organization of the platform, in the order of their keys."""
    with engine_for(settings, "pipeline").connect() as connection:
        return list(connection.scalars(text("select organization_id from platform.organizations order by 1")))


def take_scope(settings: Settings, organizations: Sequence[UUID] | None = None) -> Scope:
    """Fill platform.pipeline_scope; the caller holds the refresh lock.

    Args:
        settings: where the database is, and the business day.
        organizations: whom to refresh, changed or not; None: all that are dirty.

    """
    day = business_today(settings)
    filling = text(
        """
        insert into platform.pipeline_scope (organization_id, business_day, transaction_ids)
        select o.organization_id, :day, coalesce(array_agg(c.transaction_id) filter (where c.transaction_id is not null), '{}')
        from platform.organizations as o
        left join platform.tenant_changes as c using (organization_id)
        where case when :chosen then o.organization_id = any(:ids) else c.transaction_id is not null end
        group by o.organization_id
        order by o.organization_id
        returning organization_id
        """
    ).bindparams(day=day, chosen=organizations is not None)
    filling = filling.bindparams(uuids("ids", organizations or ()))
    with engine_for(settings, "pipeline").begin() as connection:
        # What a refresh that died has left behind.
        connection.execute(text("delete from platform.pipeline_scope"))
        # The clock before the snapshot: what commits in between is in the marts and may be said not to be, never the
        # other way round.
        taken_at = connection.scalars(text("select clock_timestamp()")).one()
        ids = sorted(connection.scalars(filling))
    return Scope(organizations=tuple(ids), business_day=day, taken_at=taken_at)


def mark_refreshed(settings: Settings, scope: Scope) -> None:
    """Say that the marts hold everything up to the scope: forget the changes read, write tenant_status."""
    with engine_for(settings, "pipeline").begin() as connection:
        connection.execute(
            text(
                "delete from platform.tenant_changes as c using platform.pipeline_scope as s "
                "where c.organization_id = s.organization_id and c.transaction_id = any(s.transaction_ids)"
            )
        )
        connection.execute(
            text(
                "insert into platform.tenant_status as t (organization_id, refreshed_at, last_error) "
                "select s.organization_id, :taken_at, null from platform.pipeline_scope as s "
                "join platform.organizations as o using (organization_id) order by 1 "
                "on conflict (organization_id) do update set refreshed_at = excluded.refreshed_at, last_error = null"
            ),
            {"taken_at": scope.taken_at},
        )


def mark_failed(settings: Settings, scope: Scope, message: str) -> None:
    """Say why the tenants of the scope were not refreshed (a Spanish sentence); they stay dirty."""
    statement = text(
        "insert into platform.tenant_status as t (organization_id, last_error) select o.organization_id, :message "
        "from platform.organizations as o where o.organization_id = any(:ids) order by 1 "
        "on conflict (organization_id) do update set last_error = excluded.last_error"
    ).bindparams(uuids("ids", scope.organizations), message=message)
    with engine_for(settings, "pipeline").begin() as connection:
        connection.execute(statement)


def finish_scope(settings: Settings) -> None:
    """Empty platform.pipeline_scope."""
    with engine_for(settings, "pipeline").begin() as connection:
        connection.execute(text("delete from platform.pipeline_scope"))


def uuids(name: str, values: Sequence[UUID]) -> BindParameter[list[UUID]]:
    """A bound array of keys: constants by which PostgreSQL leaves partitions out."""
    return bindparam(name, list(values), type_=UUIDS)
