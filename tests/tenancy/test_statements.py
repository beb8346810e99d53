"""Statements through the driver itself leave the pool as they found it, and see one tenant's rows."""

from uuid import uuid4

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import text

from pymeai.database.connections import engine_for
from pymeai.errors import Unavailable
from pymeai.settings import Settings
from pymeai.tenancy.sessions import Actor, tenant_connection
from pymeai.tenancy.statements import platform_statements, tenant_statements
from pymeai.tenancy.tenant import Tenant

NOBODY = Actor()
WHO = "select current_user, current_setting('search_path'), current_setting('pymeai.user_id', true)"


def cut(connection: psycopg.Connection) -> None:
    """What a server that stops does to a connection."""
    with psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True) as twin:
        assert twin.execute("select pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,)).fetchone() == (
            True,
        )


def failing(connection: psycopg.Connection, statement: str, parameters: tuple[object, ...]) -> None:
    """A statement, and another one that fails."""
    connection.execute(statement, parameters)
    connection.execute("select 1 / 0")


def asked_when_cut(connection: psycopg.Connection) -> None:
    """A statement through a connection that the server has ended."""
    cut(connection)
    connection.execute("select 1")


def test_each_tenant_sees_its_own_rows(settings: Settings, tenant_a: Tenant, tenant_b: Tenant) -> None:
    code = str(uuid4())
    with tenant_statements(settings, tenant_a, NOBODY) as connection:
        connection.execute("insert into customers (first_name, external_id) values ('Ana', %s)", (code,))
    found = "select first_name from customers where external_id = %s"
    with tenant_statements(settings, tenant_a, NOBODY) as connection:
        assert connection.execute(found, (code,)).fetchone() == ("Ana",)
    with tenant_statements(settings, tenant_b, NOBODY) as connection:
        assert connection.execute(found, (code,)).fetchone() is None


def test_nothing_of_a_tenant_stays_in_the_connection(settings: Settings, tenant_a: Tenant) -> None:
    user_id = uuid4()
    with tenant_statements(settings, tenant_a, Actor(user_id)) as connection:
        assert connection.execute(WHO).fetchone() == (tenant_a.app_role, f"{tenant_a.schema}, public", str(user_id))
    # As whoever borrows it next finds it.
    role, path, user = connection.execute(WHO).fetchone() or ()
    connection.rollback()
    assert (role, tenant_a.schema in path, user) == ("pymeai_api", False, "")


def test_what_fails_is_undone(settings: Settings, tenant_a: Tenant) -> None:
    code = str(uuid4())
    added = "insert into customers (first_name, external_id) values ('Ana', %s)"
    with pytest.raises(psycopg.errors.DivisionByZero), tenant_statements(settings, tenant_a, NOBODY) as connection:
        failing(connection, added, (code,))
    assert connection.info.transaction_status is TransactionStatus.IDLE
    with tenant_connection(settings, tenant_a) as own:
        found = text("select count(*) from customers where external_id = :code")
        assert own.execute(found, {"code": code}).scalar_one() == 0


def test_each_statement_of_the_platforms_is_a_transaction_of_its_own(settings: Settings, tenant_a: Tenant) -> None:
    settled = (
        "update platform.organizations set settings = settings || jsonb_build_object('tried', %s::text) "
        "where organization_id = %s"
    )
    with pytest.raises(psycopg.errors.DivisionByZero), platform_statements(settings) as connection:
        failing(connection, settled, ("yes", tenant_a.organization_id))
    with platform_statements(settings) as connection:
        undone = (
            "update platform.organizations o set settings = o.settings - 'tried' from platform.organizations was "
            "where o.organization_id = %s and was.organization_id = o.organization_id returning was.settings ->> 'tried'"
        )
        assert connection.execute(undone, (tenant_a.organization_id,)).fetchone() == ("yes",)
    with engine_for(settings, "api").connect() as following:
        driver = following.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        assert not driver.autocommit


def test_a_connection_that_was_cut_is_replaced(settings: Settings, tenant_a: Tenant) -> None:
    for _ in range(2):
        with (
            pytest.raises(Unavailable, match="no responde"),
            tenant_statements(settings, tenant_a, NOBODY) as connection,
        ):
            asked_when_cut(connection)
        with tenant_statements(settings, tenant_a, NOBODY) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    with pytest.raises(Unavailable), platform_statements(settings) as connection:
        asked_when_cut(connection)
    with platform_statements(settings) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_connections_that_were_cut_together_cost_one_answer(settings: Settings, tenant_a: Tenant) -> None:
    with (
        tenant_statements(settings, tenant_a, NOBODY) as first,
        tenant_statements(settings, tenant_a, NOBODY) as second,
    ):
        both = [first, second]
    for connection in both:
        cut(connection)
    refused = 0
    for _ in range(4):
        try:
            with tenant_statements(settings, tenant_a, NOBODY) as connection:
                assert connection.execute("select 1").fetchone() == (1,)
        except Unavailable:
            refused += 1
    assert refused == 1
