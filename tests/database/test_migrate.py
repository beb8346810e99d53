"""The migrated database is what the code's tables say."""

import re
from importlib import resources

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.psycopg import dialect

from pymeai.database.bootstrap import connection_string
from pymeai.database.connections import administrator_url, engine_for
from pymeai.database.migrate import current_revision, migrate, newest_revision
from pymeai.database.migrations.scripts import TENANTS, run_for_each_tenant, run_script
from pymeai.database.tables.indexes import CUSTOMER_SEARCH
from pymeai.database.tables.partitions import attached_tables
from pymeai.database.tables.platform import Organization
from pymeai.settings import Settings
from pymeai.tenancy.provisioning import provision
from tests.conftest import OwnDatabase
from tests.prepared import Prepared

DIALECT = dialect()
TYPES = {
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "NUMERIC(18, 5)": "numeric(18,5)",
    "NUMERIC(12, 5)": "numeric(12,5)",
    "NUMERIC(5, 2)": "numeric(5,2)",
    "FLOAT": "double precision",
}


def test_migrating_again_changes_nothing(settings: Settings, prepared: Prepared) -> None:
    with prepared.turn():
        assert migrate(settings) == newest_revision() == current_revision(settings)


def test_platform_tables_are_as_declared(settings: Settings) -> None:
    with engine_for(settings, "owner").connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == "platform",
                "include_object": lambda _object, name, kind, *_: not (kind == "table" and name == "alembic_version"),
            },
        )
        assert compare_metadata(context, Organization.metadata) == []


def test_parents_carry_columns_alone(settings: Settings) -> None:
    with engine_for(settings, "owner").connect() as connection:
        for table in attached_tables():
            columns = connection.execute(
                text(
                    "select attname, attnotnull, format_type(atttypid, atttypmod) from pg_attribute "
                    "where attrelid = cast(:parent as regclass) and attnum > 0 order by attnum"
                ),
                {"parent": f"crm.{table.name}"},
            ).all()
            assert [tuple(row) for row in columns] == [
                (column.name, False, TYPES.get(name := column.type.compile(dialect=DIALECT), name.lower()))
                for column in table.columns
            ]
            assert (
                connection.scalar(
                    text("select count(*) from pg_index where indrelid = cast(:parent as regclass)"),
                    {"parent": f"crm.{table.name}"},
                )
                == 0
            )


@pytest.mark.parametrize("name", ["0008_tenant", "0009_tenant"])
def test_the_lists_of_older_tenants_get_the_indexes_of_new_ones(own_database: OwnDatabase, name: str) -> None:
    listed = "select indexname, replace(indexdef, schemaname, '') from pg_indexes where schemaname = %s order by 1"
    sql = (resources.files("pymeai.database.migrations") / "sql" / f"{name}.sql").read_text()
    made = re.findall(r"create index (\w+) on (\w+)", sql)
    with own_database(f"indexes_{name}") as settings:
        tenants = [provision(settings, name=name) for name in ("Ferretería", "Tours")]
        with psycopg.connect(connection_string(administrator_url(settings))) as connection:
            as_new = connection.execute(listed, (tenants[0].schema,)).fetchall()
            for tenant in tenants:
                for index, _table in made:
                    connection.execute(f"drop index {tenant.schema}.{index}")
            # As they were: some orders had an index, without the key.
            connection.execute(f"create index if not exists sales_sold_at_idx on {tenants[1].schema}.sales (sold_at)")
            run_for_each_tenant(connection, name)
            for tenant in tenants:
                assert connection.execute(listed, (tenant.schema,)).fetchall() == as_new
    assert made


def test_older_tenants_keep_what_their_customers_are_searched_by(own_database: OwnDatabase) -> None:
    """What 0011 does to tenants that were there before it."""
    made = """
        select indexname, replace(indexdef, schemaname, '') from pg_indexes where schemaname = %(schema)s
        union all
        select tgname, replace(pg_get_triggerdef(oid), %(schema)s, '') from pg_trigger
        where tgrelid = (%(schema)s || '.customers')::regclass and not tgisinternal
        order by 1"""
    with own_database("search_text") as settings:
        tenants = [provision(settings, name=name) for name in ("Ferretería", "Tours")]
        with psycopg.connect(connection_string(administrator_url(settings))) as connection:
            as_new = [connection.execute(made, {"schema": tenant.schema}).fetchall() for tenant in tenants]
            connection.execute("alter table crm.customers drop column search_text")
            for tenant in tenants:
                connection.execute(f"set search_path = {tenant.schema}, public")
                connection.execute("insert into customers (first_name, phone) values ('José', '+50688887777')")
                connection.execute(
                    f"create index customers_search_idx on customers using gin ({CUSTOMER_SEARCH} gin_trgm_ops)"
                )
                for event in ("insert", "update", "delete"):
                    # As another one: the revision makes the three anew.
                    connection.execute(f"alter trigger write_audit_{event} on customers rename to was_{event}")
                    connection.execute(
                        f"create trigger write_audit_{event} after {event} on customers for each statement "
                        "execute function platform.mark_changed()"
                    )
                    connection.execute(f"drop trigger was_{event} on customers")
            run_for_each_tenant(connection, "0011_tenant_before")
            run_script(connection, "0011_parent")
            run_for_each_tenant(connection, "0011_tenant")
            for tenant, new in zip(tenants, as_new, strict=True):
                assert connection.execute(made, {"schema": tenant.schema}).fetchall() == new
                kept = connection.execute(f"select search_text from {tenant.schema}.customers").fetchall()
                assert kept == [("jose    +50688887777   ",)]


def test_keys_are_version_seven_and_in_order_of_time(settings: Settings) -> None:
    with engine_for(settings, "owner").connect() as connection:
        keys = (
            connection.execute(text("select platform.uuid_v7() from generate_series(1, 3), pg_sleep(0.002)"))
            .scalars()
            .all()
        )
        one = connection.scalar(text("select platform.uuid_v7()"))
        now = connection.scalar(text("select extract(epoch from clock_timestamp()) * 1000"))
    assert {key.version for key in keys} == {7}
    assert len(set(keys)) == 3
    assert abs(int(one.hex[:12], 16) - float(now)) < 5000


def test_rows_of_impossible_years_are_brought_back(own_database: OwnDatabase) -> None:
    """What 0003 does to tenants that were there before it. In a database of their own: it is done to all."""
    with own_database("years") as settings:
        tenants = [provision(settings, name=name) for name in ("Ferretería", "Tours")]
        limits = (
            "select conname from pg_constraint where conrelid = 'sales'::regclass and conname = 'sales_sold_at_check'"
        )
        with psycopg.connect(connection_string(administrator_url(settings))) as connection:
            for _organization, schema in connection.execute(TENANTS).fetchall():
                connection.execute(f"set search_path = {schema}, public")
                for table, columns in (
                    ("customers", ["created_at"]),
                    ("opportunities", ["created_at", "expected_close_date", "won_at", "lost_at", "next_step_at"]),
                    ("interactions", ["date_time", "followup_date"]),
                    ("sales", ["sold_at"]),
                ):
                    for column in columns:
                        connection.execute(f"alter table {table} drop constraint {table}_{column}_check")
                connection.execute("insert into sales (amount, sold_at) values (1, '0001-01-01 BC'), (2, '2026-11-01')")
            run_for_each_tenant(connection, "0003_tenant")
            for tenant in tenants:
                connection.execute(f"set search_path = {tenant.schema}, public")
                assert connection.execute(limits).fetchall() == [("sales_sold_at_check",)]
                found = connection.execute("select amount::int, sold_at = created_at from sales order by 1")
                assert found.fetchall() == [(1, True), (2, False)]


def test_imports_keep_when_they_wrote_their_rows(own_database: OwnDatabase) -> None:
    """What 0004 does to tenants that were there before it."""
    with own_database("loaded") as settings:
        tenants = [provision(settings, name=name) for name in ("Ferretería", "Tours")]
        with psycopg.connect(connection_string(administrator_url(settings))) as connection:
            for tenant in tenants:
                connection.execute(f"alter table {tenant.schema}.imports drop column loaded_at")
                connection.execute(
                    f"insert into {tenant.schema}.imports (file_hash, file_name, kind, status) values ('a', 'a', 'sales', 'done')"
                )
            run_for_each_tenant(connection, "0004_tenant")
            for tenant in tenants:
                found = connection.execute(f"select status, loaded_at from {tenant.schema}.imports").fetchall()
                assert found == [("done", None)]


def test_imports_keep_what_they_changed(own_database: OwnDatabase) -> None:
    """What 0007 does to tenants that were there before it."""
    with own_database("changed") as settings:
        tenants = [provision(settings, name=name) for name in ("Ferretería", "Tours")]
        with psycopg.connect(connection_string(administrator_url(settings))) as connection:
            for tenant in tenants:
                changes = f"{tenant.schema}.import_changes"
                connection.execute(f"alter table {changes} drop column after")
                load = connection.execute(
                    f"insert into {tenant.schema}.imports (file_hash, file_name, kind, status) "
                    "values ('a', 'a', 'customers', 'done') returning import_id"
                ).fetchone()
                assert load is not None
                statement = f"insert into {changes} (import_id, action, table_name, before) values (%s, 'update', 'customers', '{{}}')"
                connection.execute(statement, load)
            run_for_each_tenant(connection, "0007_tenant")
            for tenant in tenants:
                found = connection.execute(f"select before, after from {tenant.schema}.import_changes").fetchall()
                assert found == [({}, None)]


def test_moves_that_archiving_made_are_known_by_their_notes(own_database: OwnDatabase) -> None:
    """What 0006 does to tenants that were there before it."""
    notes = (None, "Se archivó la etapa Uno.", "Se archivó el embudo Viejo.", "Se archivó la etapa")
    with own_database("moves") as settings:
        tenants = [provision(settings, name=name) for name in ("Ferretería", "Tours")]
        with psycopg.connect(connection_string(administrator_url(settings))) as connection:
            connection.execute("alter table crm.stage_history drop column is_administrative")
            for tenant in tenants:
                connection.execute(f"set search_path = {tenant.schema}, public")
                connection.execute("alter table opportunities disable trigger user")
                connection.execute("insert into pipelines (name) values ('Ventas')")
                connection.execute("insert into stages (pipeline_id, name) select pipeline_id, 'Uno' from pipelines")
                connection.execute(
                    "insert into opportunities (pipeline_id, stage_id, title) select pipeline_id, stage_id, 'A' from stages"
                )
                for text_ in notes:
                    connection.execute(
                        "insert into stage_history (opportunity_id, stage_id, from_stage_id, notes) "
                        "select opportunity_id, stage_id, stage_id, %s from opportunities",
                        (text_,),
                    )
                connection.execute("alter table opportunities enable trigger user")
            run_script(connection, "0006_functions")
            run_for_each_tenant(connection, "0006_tenant")
            for tenant in tenants:
                found = connection.execute(f"select notes, is_administrative from {tenant.schema}.stage_history")
                assert dict(found.fetchall()) == dict(zip(notes, (False, True, True, False), strict=True))
                connection.execute(
                    f"insert into {tenant.schema}.stage_history (opportunity_id, stage_id) "
                    f"select opportunity_id, stage_id from {tenant.schema}.opportunities"
                )
