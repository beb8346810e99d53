"""How code reaches a tenant's data: always one transaction, always under the tenant's own role.

Each of these raises Unavailable (503) where the database cannot be reached; nothing is written then.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from pymeai.database.connections import engine_for, role_url
from pymeai.errors import Unavailable
from pymeai.settings import Settings
from pymeai.tenancy.tenant import Tenant

DATABASE_DOWN = "La base de datos no responde en este momento. Intente de nuevo en unos segundos."
READER_TIMEOUT_MS = 3000


@dataclass(frozen=True)
class Actor:
    """Who acts, in which request, and with which API key: what triggers write beside a change."""

    user_id: UUID | None = None
    request_id: str | None = None
    api_key_id: UUID | None = None


NOBODY = Actor()


@contextmanager
def tenant_connection(
    settings: Settings, tenant: Tenant, *, user_id: UUID | None = None, actor: Actor | None = None
) -> Iterator[Connection]:
    """A transaction in the tenant's schema, under the role that can reach no other; it commits at the end.

    `actor`, or `user_id` alone, is who acts: triggers write it into the history and the audit log.
    """
    with _connected(settings) as connection, connection.begin():
        enter_tenant(connection, tenant, actor or Actor(user_id))
        yield connection


@contextmanager
def tenant_session(
    settings: Settings, tenant: Tenant, *, user_id: UUID | None = None, actor: Actor | None = None
) -> Iterator[Session]:
    """The same as an ORM session."""
    with (
        tenant_connection(settings, tenant, user_id=user_id, actor=actor) as connection,
        _session(connection) as session,
    ):
        yield session


@contextmanager
def platform_session(settings: Settings) -> Iterator[Session]:
    """An ORM session on the platform's tables, one transaction, committed at the end."""
    with _connected(settings) as connection, connection.begin(), _session(connection) as session:
        yield session


@contextmanager
def reader_connection(settings: Settings, tenant: Tenant) -> Iterator[psycopg.Connection]:
    """A connection that logged in as the tenant's reader, inside `BEGIN READ ONLY`; closed at the end."""
    url = role_url(settings, tenant.reader_role).set(drivername="postgresql")
    try:
        connection = psycopg.connect(url.render_as_string(hide_password=False), connect_timeout=5)
    except psycopg.OperationalError as error:
        raise Unavailable(DATABASE_DOWN, code="database_unavailable") from error
    try:
        connection.read_only = True
        connection.execute(f"set local statement_timeout = {READER_TIMEOUT_MS}")
        yield connection
    finally:
        connection.close()


def enter_tenant(connection: Connection, tenant: Tenant, actor: Actor = NOBODY) -> None:
    """Make the running transaction the tenant's own, until it ends."""
    connection.execute(text(f'set local role "{tenant.app_role}"'))
    connection.execute(
        text(
            "select set_config('search_path', :path, true), set_config('pymeai.user_id', :user_id, true), "
            "set_config('pymeai.request_id', :request_id, true), set_config('pymeai.api_key_id', :api_key_id, true)"
        ),
        {
            "path": f"{tenant.schema}, public",
            "user_id": str(actor.user_id or ""),
            "request_id": actor.request_id or "",
            "api_key_id": str(actor.api_key_id or ""),
        },
    )


@contextmanager
def _session(connection: Connection) -> Iterator[Session]:
    with Session(connection, join_transaction_mode="rollback_only", expire_on_commit=False) as session:
        yield session
        session.flush()


@contextmanager
def _connected(settings: Settings) -> Iterator[Connection]:
    try:
        connection = engine_for(settings, "api").connect()
    except OperationalError as error:
        raise Unavailable(DATABASE_DOWN, code="database_unavailable") from error
    with connection:
        try:
            yield connection
        except OperationalError as error:
            if error.connection_invalidated:
                raise Unavailable(DATABASE_DOWN, code="database_unavailable") from error
            raise
