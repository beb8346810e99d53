"""The yardsticks: the file's rows copied into a table without a log, and from there into the customers of a tenant."""

import time
from pathlib import Path
from typing import Any

from psycopg import Connection, sql

from benchmarks.importing.dataset import CLEAN_COLUMNS, HEADER
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant

_PIECE = 1 << 20
_UPSERT = """
insert into customers (external_id, identification_type, identification_number, first_name, last_name, phone, email,
    address, created_at, tags, source, custom_fields)
select distinct on (identification_number) external_id, '01', identification_number, first_name, last_name, phone, email,
    address, coalesce(created_at, now()), case when tag is null then '{}' else array[tag] end, 'import',
    jsonb_build_object('limite_de_credito', credit)
from bare_rows order by identification_number, row desc
on conflict (identification_number) where deleted_at is null do update set
    phone = coalesce(excluded.phone, customers.phone), custom_fields = customers.custom_fields || excluded.custom_fields
"""


def seconds_to_copy(settings: Settings, tenant: Tenant, messy: Path) -> float:
    """Seconds to COPY the file, every column a text, into an unlogged table."""
    columns = [(name, "text") for name in HEADER]
    with tenant_connection(settings, tenant) as connection:
        driver: Any = connection.connection.driver_connection
        begun = time.perf_counter()
        _copy(driver, columns, messy, sql.SQL("format csv, delimiter ';', header"))
        taken = time.perf_counter() - begun
        connection.rollback()
    return taken


def seconds_to_copy_and_upsert(settings: Settings, tenant: Tenant, clean: Path) -> float:
    """Seconds to COPY rows that need no cleaning and to upsert them into the tenant's customers, all of it committed."""
    begun = time.perf_counter()
    with tenant_connection(settings, tenant) as connection:
        driver: Any = connection.connection.driver_connection
        # As an import does.
        driver.execute("set local pymeai.unaudited = 'benchmark'")
        _copy(driver, CLEAN_COLUMNS, clean, sql.SQL("format csv"))
        driver.execute("analyze bare_rows")
        driver.execute(_UPSERT)
        driver.execute("drop table bare_rows")
    return time.perf_counter() - begun


def _copy(
    driver: Connection[Any], columns: list[tuple[str, str]] | tuple[tuple[str, str], ...], path: Path, form: sql.SQL
) -> None:
    named = sql.SQL(", ").join(sql.SQL("{} " + kind).format(sql.Identifier(name)) for name, kind in columns)
    names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns)
    driver.execute(
        sql.SQL("create temporary table bare_rows (row bigint generated always as identity, {})").format(named)
    )
    statement = sql.SQL("copy bare_rows ({}) from stdin ({})").format(names, form)
    with path.open("rb") as file, driver.cursor().copy(statement) as copy:
        while piece := file.read(_PIECE):
            copy.write(piece)
