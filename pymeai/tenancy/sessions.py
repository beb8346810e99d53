"""How code reaches a tenant's data: always one transaction, always under the tenant's own role.

Each of these raises Unavailable (503) where the database cannot be reached; nothing is written then.
"""

from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def tenant_connection(settings: Settings, tenant: Tenant, *, user_id: UUID | None = None) -> Iterator[Connection]:
    """A transaction in the tenant's schema, under the role that can reach no other; it commits at the end.

    `user_id` is who acts: triggers write it into the history.
    """
    with _connected(settings) as connection, connection.begin():
        enter_tenant(connection, tenant, user_id)
        yield connection


@contextmanager
def tenant_session(settings: Settings, tenant: Tenant, *, user_id: UUID | None = None) -> Iterator[Session]:
    """The same as an ORM session."""
    with tenant_connection(settings, tenant, user_id=user_id) as connection, _session(connection) as session:
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


def enter_tenant(connection: Connection, tenant: Tenant, user_id: UUID | None = None) -> None:
    """Make the running transaction the tenant's own, until it ends."""
    connection.execute(text(f'set local role "{tenant.app_role}"'))
    connection.execute(
        text("select set_config('search_path', :path, true), set_config('pymeai.user_id', :user_id, true)"),
        {"path": f"{tenant.schema}, public", "user_id": str(user_id) if user_id else ""},
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
