"""The readers' connections are kept, and nobody finds in one what the last question left there."""

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from pymeai.settings import Settings
from pymeai.tenancy.readers import READER_TIMEOUT_MS, forget_readers, reader_connection, reader_statements
from pymeai.tenancy.tenant import Tenant


def backend(settings: Settings, tenant: Tenant) -> int:
    with reader_connection(settings, tenant) as connection:
        return connection.info.backend_pid


def test_the_next_question_of_a_tenant_takes_the_same_connection(
    settings: Settings, tenant_a: Tenant, tenant_b: Tenant
) -> None:
    first = backend(settings, tenant_a)
    assert backend(settings, tenant_a) == first
    assert backend(settings, tenant_b) != first
    with reader_connection(settings, tenant_b) as connection:
        assert connection.execute("select session_user").fetchone() == (tenant_b.reader_role,)
    forget_readers()
    assert backend(settings, tenant_a) != first


def test_what_a_question_sets_is_gone_before_the_next(settings: Settings, tenant_a: Tenant) -> None:
    with reader_connection(settings, tenant_a) as connection:
        used = connection.info.backend_pid
        for name, value in (
            ("statement_timeout", "0"),
            ("search_path", "crm"),
            ("default_transaction_read_only", "off"),
        ):
            connection.execute("select set_config(%s, %s, false)", (name, value))
        connection.execute("prepare hidden as select 1")
        # Written down for good: the transaction in which it was set ends well.
        connection.commit()
    with reader_connection(settings, tenant_a) as connection:
        assert connection.info.backend_pid == used
        shown = {name: connection.execute(f"show {name}").fetchone() for name in ("statement_timeout", "search_path")}
        assert shown == {"statement_timeout": (f"{READER_TIMEOUT_MS // 1000}s",), "search_path": ("analytics",)}
        assert connection.execute("show transaction_read_only").fetchone() == ("on",)
        assert connection.execute("select count(*) from pg_prepared_statements").fetchone() == (0,)


def test_a_question_that_fails_leaves_a_working_connection(settings: Settings, tenant_a: Tenant) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), reader_connection(settings, tenant_a) as connection:
        connection.execute("select 1 / 0")
    with reader_connection(settings, tenant_a) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_connection_that_was_cut_is_replaced(settings: Settings, tenant_a: Tenant) -> None:
    with reader_connection(settings, tenant_a) as connection:
        cut = connection.info.backend_pid
        with psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True) as twin:
            twin.execute("select pg_terminate_backend(%s)", (cut,))
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    assert backend(settings, tenant_a) != cut


def test_statements_of_our_own_are_transactions_of_the_same_reader(
    settings: Settings, tenant_a: Tenant, tenant_b: Tenant
) -> None:
    for tenant in (tenant_a, tenant_b):
        used = backend(settings, tenant)
        with reader_statements(settings, tenant) as connection:
            assert connection.info.backend_pid == used
            first, second = (
                connection.execute("select session_user, pg_current_xact_id_if_assigned(), now()").fetchone()
                for _ in range(2)
            )
            assert first is not None
            assert second is not None
            assert first[0] == tenant.reader_role
            assert first[2] < second[2]
            assert connection.info.transaction_status == TransactionStatus.IDLE
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                connection.execute("create table t (n int)")
        with reader_connection(settings, tenant) as connection:
            assert connection.info.backend_pid == used
            connection.execute("select 1")
            assert connection.info.transaction_status == TransactionStatus.INTRANS


def test_statements_over_a_connection_that_was_cut(settings: Settings, tenant_a: Tenant) -> None:
    with reader_statements(settings, tenant_a) as connection:
        with psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True) as twin:
            twin.execute("select pg_terminate_backend(%s)", (connection.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    with reader_statements(settings, tenant_a) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
