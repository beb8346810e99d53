"""The partitioned parents `crm.<table>`: columns alone, no key, no constraint, no index (see docs/architecture.md)."""

from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.dialects.postgresql.psycopg import dialect

from pymeai.database.tables.base import TenantBase
from pymeai.database.tables.tenant import ATTACHED

DIALECT = dialect()  # type: ignore[no-untyped-call]


def attached_tables() -> list[Table]:
    """The tenant tables that are partitions, in the order in which they can be created."""
    return [table for table in TenantBase.metadata.sorted_tables if table.name in ATTACHED]


def create_parent(table: Table) -> str:
    """The DDL of the parent of one tenant table."""
    columns = ", ".join(_bare(column) for column in table.columns)
    return f"create table crm.{table.name} ({columns}) partition by list (organization_id)"


def _bare(column: Column[Any]) -> str:
    return f'"{column.name}" {column.type.compile(dialect=DIALECT)}'
