"""How code reaches a tenant's data: always one transaction, always under the tenant's own role.

Each of these raises Unavailable (503) where the database cannot be reached; nothing is written then.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from pymeai.database.connections import engine_for, forget_engines
from pymeai.errors import Unavailable
from pymeai.settings import Settings
from pymeai.tenancy.tenant import Tenant

DATABASE_DOWN = "La base de datos no responde en este momento. Intente de nuevo en unos segundos."


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
def platform_statements(settings: Settings) -> Iterator[Session]:
    """An ORM session on the platform's tables in which each statement is a transaction of its own.

    For single statements on every request's way: BEGIN and COMMIT would be two round trips more.
    """
    with _connected(settings) as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        with _session(connection) as session:
            yield session


@contextmanager
def platform_within(session: Session, tenant: Tenant, actor: Actor = NOBODY) -> Iterator[None]:
    """Inside a tenant's transaction, the login's own role for a while: it alone reaches the platform's tables.

    So that a change of the platform's and its line in the tenant's audit log are there together or not at all.
    """
    session.flush()
    session.connection().execute(text("set local role none"))
    yield
    session.flush()
    enter_tenant(session.connection(), tenant, actor)


def enter_tenant(connection: Connection, tenant: Tenant, actor: Actor = NOBODY) -> None:
    """Make the running transaction the tenant's own, until it ends."""
    # set_config('role', …, true) is SET LOCAL ROLE, here in one round trip with the rest.
    connection.execute(
        text(
            "select set_config('role', :role, true), set_config('search_path', :path, true), "
            "set_config('pymeai.user_id', :user_id, true), set_config('pymeai.request_id', :request_id, true), "
            "set_config('pymeai.api_key_id', :api_key_id, true)"
        ),
        {
            "role": tenant.app_role,
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
        forget_engines()
        raise Unavailable(DATABASE_DOWN, code="database_unavailable") from error
    with connection:
        try:
            yield connection
        except OperationalError as error:
            if error.connection_invalidated:
                raise Unavailable(DATABASE_DOWN, code="database_unavailable") from error
            raise
