"""The walls between tenants, against real authentication. Each test of a wall has its counterpart without the wall."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from pymeai.database.bootstrap import connection_string
from pymeai.database.connections import engine_for, role_url
from pymeai.settings import Settings
from pymeai.tenancy.readers import reader_connection
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant

UNPROTECTED = """
    select c.relname
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'analytics' and (
        c.relkind in ('r', 'p') and c.relname <> 'dim_dates' and not (c.relrowsecurity and c.relforcerowsecurity and exists (
            select from pg_policy p where p.polrelid = c.oid and p.polcmd = 'r'
                and pg_get_expr(p.polqual, p.polrelid) like '%current_organization()%'
        ))
        or c.relkind = 'm'
        or c.relkind = 'v' and not coalesce(c.reloptions, '{}') && array['security_invoker=true', 'security_invoker=on']
    )
    order by 1
"""


# dim_dates is the calendar: the same days for everybody, and no column that could say whose they are.


def unprotected(connection: Connection) -> list[str]:
    return list(connection.execute(text(UNPROTECTED)).scalars())


@pytest.fixture(scope="module", autouse=True)
def rows(settings: Settings, tenant_a: Tenant, tenant_b: Tenant) -> None:
    for tenant, name in ((tenant_a, "Ana"), (tenant_b, "Berta")):
        with tenant_connection(settings, tenant) as connection:
            customer = connection.scalar(
                text("insert into customers (first_name) values (:name) returning customer_id"), {"name": name}
            )
        with engine_for(settings, "pipeline").begin() as connection:
            connection.execute(
                text(
                    "insert into analytics.customer_segments "
                    "(organization_id, customer_id, segment, frequency, monetary, thresholds_version) "
                    "values (:organization, :customer, :name, 1, 10, '1')"
                ),
                {"organization": tenant.organization_id, "customer": customer, "name": name},
            )


@pytest.fixture
def reader(settings: Settings, tenant_a: Tenant) -> Iterator[psycopg.Connection]:
    with reader_connection(settings, tenant_a) as connection:
        yield connection


def test_session_reads_its_own_schema(settings: Settings, tenant_a: Tenant, tenant_b: Tenant) -> None:
    for tenant, name in ((tenant_a, "Ana"), (tenant_b, "Berta")):
        with tenant_connection(settings, tenant) as connection:
            assert connection.execute(text("select first_name from customers")).scalars().all() == [name]


@pytest.mark.parametrize(
    "statement", ["select * from {}.customers", "insert into {}.customers (first_name) values ('x')"]
)
def test_session_cannot_name_another_schema(
    settings: Settings, tenant_a: Tenant, tenant_b: Tenant, statement: str
) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied for schema"),
        tenant_connection(settings, tenant_a) as c,
    ):
        c.execute(text(statement.format(tenant_b.schema)))


def test_session_cannot_read_all_tenants_through_the_parent(settings: Settings, tenant_a: Tenant) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied for schema crm"),
        tenant_connection(settings, tenant_a) as c,
    ):
        c.execute(text("select * from crm.customers"))


def test_session_cannot_write_another_organization(settings: Settings, tenant_a: Tenant, tenant_b: Tenant) -> None:
    for table, column in (("customers", "first_name"), ("dashboards", "name")):
        with (
            pytest.raises(DBAPIError, match="organization_id_check"),
            tenant_connection(settings, tenant_a) as connection,
        ):
            connection.execute(
                text(f"insert into {table} (organization_id, {column}) values (:other, 'x')"),
                {"other": tenant_b.organization_id},
            )


def test_role_ends_with_the_transaction(settings: Settings, tenant_a: Tenant) -> None:
    with tenant_connection(settings, tenant_a) as connection:
        assert connection.scalar(text("select current_user")) == tenant_a.app_role
    with engine_for(settings, "api").connect() as connection:
        assert connection.scalar(text("select current_user")) == "pymeai_api"
        assert tenant_a.schema not in str(connection.scalar(text("show search_path")))


def test_without_the_role_the_api_reaches_no_tenant(settings: Settings, tenant_a: Tenant) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        engine_for(settings, "api").connect() as connection,
    ):
        connection.execute(text(f"select * from {tenant_a.schema}.customers"))


def test_audit_log_cannot_be_rewritten(settings: Settings, tenant_a: Tenant) -> None:
    with tenant_connection(settings, tenant_a) as connection:
        connection.execute(text("insert into audit_log (action, entity) values ('probar', 'nada')"))
    for statement in ("delete from audit_log", "update audit_log set action = 'otra'"):
        with pytest.raises(ProgrammingError, match="permission denied"), tenant_connection(settings, tenant_a) as c:
            c.execute(text(statement))


def test_reader_sees_its_own_rows_alone(reader: psycopg.Connection) -> None:
    assert reader.execute("select segment from analytics.customer_segments").fetchall() == [("Ana",)]


def test_reader_cannot_become_another(reader: psycopg.Connection, tenant_b: Tenant) -> None:
    for role in (tenant_b.reader_role, tenant_b.app_role, "pymeai_pipeline", "pymeai_api"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), reader.transaction():
            reader.execute("select set_config('role', %s, true)", (role,))
    with pytest.raises(psycopg.errors.InsufficientPrivilege), reader.transaction():
        reader.execute(f"set session authorization {tenant_b.reader_role}".encode())
    for setting in ("search_path", "row_security", "pymeai.organization_id", "pymeai.user_id"):
        with reader.transaction():
            reader.execute("select set_config(%s, 'off', true)", (setting,))
    assert_only_ana(reader)


def assert_only_ana(connection: psycopg.Connection) -> None:
    try:
        seen = connection.execute("select segment from analytics.customer_segments").fetchall()
    except psycopg.errors.InsufficientPrivilege:
        # row_security = off: PostgreSQL refuses a query that a policy would have filtered.
        return
    assert seen == [("Ana",)]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into analytics.customer_segments default values",
        "update analytics.customer_segments set segment = 'x'",
        "delete from analytics.customer_segments",
        "create table analytics.mine (a int)",
        "create temporary table mine (a int)",
        "create schema mine",
        "select * from platform.users",
        "select * from crm.customers",
        "select pg_advisory_lock(1)",
        "select lo_creat(-1)",
        "select pg_read_file('/etc/passwd')",
        "copy (select 1) to '/tmp/pymeai'",
        "copy (select 1) to program 'true'",
    ],
)
def test_reader_writes_nothing_and_reads_nothing_else(settings: Settings, tenant_a: Tenant, statement: str) -> None:
    # Without BEGIN READ ONLY, and with the role's own default undone: the rights alone must hold.
    address = connection_string(role_url(settings, tenant_a.reader_role))
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_reader_needs_its_password(settings: Settings, tenant_a: Tenant) -> None:
    url = role_url(settings, tenant_a.reader_role)
    for password in ("", "wrong"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(connection_string(url.set(password=password)))


def test_reader_is_member_of_nothing(settings: Settings, tenant_a: Tenant) -> None:
    with engine_for(settings, "owner").connect() as connection:
        assert (
            connection.scalar(
                text("select count(*) from pg_auth_members where member = cast(:role as regrole)"),
                {"role": tenant_a.reader_role},
            )
            == 0
        )


def test_every_mart_is_under_row_level_security(settings: Settings) -> None:
    with engine_for(settings, "pipeline").connect() as connection:
        assert connection.scalar(text("select to_regclass('analytics.customer_segments')")) is not None
        assert unprotected(connection) == []


@pytest.mark.parametrize(
    "breach",
    [
        "drop policy reader on analytics.customer_segments",
        "alter table analytics.customer_segments no force row level security",
        "alter table analytics.customer_segments disable row level security",
        "create table analytics.leak (organization_id uuid)",
        "create view analytics.leak as select * from analytics.customer_segments",
        "create materialized view analytics.leak as select * from analytics.customer_segments",
    ],
)
def test_a_missing_wall_is_found(settings: Settings, breach: str) -> None:
    with engine_for(settings, "pipeline").connect() as connection:
        connection.execute(text(breach))
        assert unprotected(connection) in (["customer_segments"], ["leak"])
        connection.rollback()


def test_without_the_policy_the_rows_would_be_seen(settings: Settings, tenant_a: Tenant) -> None:
    """The wall is the policy and nothing else: take it away and A sees B."""
    pipeline = engine_for(settings, "pipeline")
    try:
        with pipeline.begin() as connection:
            connection.execute(text("alter table analytics.customer_segments disable row level security"))
        with reader_connection(settings, tenant_a) as reader:
            seen = {row[0] for row in reader.execute("select segment from analytics.customer_segments")}
        assert {"Ana", "Berta"} <= seen
    finally:
        with pipeline.begin() as connection:
            connection.execute(text("alter table analytics.customer_segments enable row level security"))
