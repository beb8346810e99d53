"""No mart without row-level security, and no row of another organization, whatever the SQL."""

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection, text

from pymeai.database.connections import engine_for
from pymeai.tenancy.readers import reader_connection

OWN_ROWS = "(organization_id = ( SELECT platform.current_organization() AS current_organization))"
SHARED = {"dim_dates"}

RELATIONS = """
select c.relname, c.relkind, c.relrowsecurity and c.relforcerowsecurity as forced,
    coalesce(c.reloptions, '{}') as options,
    coalesce(
        (
            select array_agg(pg_get_expr(p.polqual, p.polrelid) order by p.polname)
            from pg_policy as p
            where p.polrelid = c.oid and p.polroles <> array[(select oid from pg_roles where rolname = 'pymeai_pipeline')]
        ),
        '{}'
    ) as conditions
from pg_class as c
where c.relnamespace = 'analytics'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
order by 1
"""


def unprotected(connection: Connection) -> list[str]:
    """Relations of the schema `analytics` that could show a reader a row of another organization."""
    found = []
    for name, kind, forced, options, conditions in connection.execute(text(RELATIONS)):
        if kind == "v":
            safe = "security_invoker=true" in options
        else:
            safe = kind in "rp" and forced and conditions == (["true"] if name in SHARED else [OWN_ROWS])
        if not safe:
            found.append(name)
    return found


@pytest.fixture
def pipeline(settings, refreshed):
    with engine_for(settings, "pipeline").connect() as connection:
        yield connection
        connection.rollback()


def test_every_relation_is_protected(pipeline):
    assert unprotected(pipeline) == []
    names = [row[0] for row in pipeline.execute(text(RELATIONS))]
    assert {"customer_segments", "dim_customers", "fct_sale_lines", "tenant_freshness"} <= set(names)


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        ("drop policy reader on analytics.fct_sales", "fct_sales"),
        ("alter policy reader on analytics.fct_sales using (true)", "fct_sales"),
        ("create policy more on analytics.fct_sales for select using (true)", "fct_sales"),
        ("alter table analytics.dim_customers no force row level security", "dim_customers"),
        ("alter table analytics.dim_customers disable row level security", "dim_customers"),
        ("create view analytics.shortcut as select * from analytics.fct_sales", "shortcut"),
        ("create materialized view analytics.copied as select * from analytics.fct_sales", "copied"),
        ("create table analytics.bare (organization_id uuid)", "bare"),
    ],
)
def test_the_check_finds_what_is_taken_away(pipeline, damage, name):
    pipeline.execute(text(damage))
    assert unprotected(pipeline) == [name]


def test_a_reader_sees_its_own_rows_in_every_mart(settings, refreshed, pipeline):
    first, _ = refreshed
    marts = [row[0] for row in pipeline.execute(text(RELATIONS)) if row[0] not in SHARED]
    with reader_connection(settings, first) as connection:
        for escape in ("select 1", "select set_config('role', 'pymeai_pipeline', true)"):
            try:
                with connection.transaction():
                    connection.execute(escape)
                    for mart in marts:
                        statement = sql.SQL("select distinct organization_id from analytics.{}")
                        seen = {row[0] for row in connection.execute(statement.format(sql.Identifier(mart)))}
                        assert seen <= {first.organization_id}, mart
            except psycopg.errors.InsufficientPrivilege:
                assert escape != "select 1"
        sales = connection.execute("select count(*) from analytics.fct_sales").fetchone()
        assert sales is not None
        assert sales[0] > 0


def test_a_reader_writes_nothing(settings, refreshed):
    first, _ = refreshed
    for statement in ("delete from analytics.fct_sales", "create temporary table t (a int)", "create table t (a int)"):
        with reader_connection(settings, first) as connection:
            connection.rollback()
            connection.read_only = False
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
                connection.execute(statement)


def test_a_refresh_locks_no_reader_out(settings, refreshed, refresh, rows):
    """A reader in the middle of a transaction, which holds its locks, does not stop a refresh."""
    first, _ = refreshed
    with reader_connection(settings, first) as connection:
        connection.execute("select count(*) from analytics.fct_sales").fetchone()
        refresh(first)
        assert connection.execute("select count(*) from analytics.fct_sales").fetchone() is not None
