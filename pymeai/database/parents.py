"""The partitioned parents `crm.<table>`: columns alone, no key, no constraint, no index (see docs/architecture.md)."""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateColumn

from pymeai.database.tables.base import TenantBase
from pymeai.database.tables.tenant import ATTACHED


def attached_tables() -> list[Table]:
    """The tenant tables that are partitions, in the order in which they can be created."""
    return [table for table in TenantBase.metadata.sorted_tables if table.name in ATTACHED]


def create_parent(table: Table) -> str:
    """The DDL of the parent of one tenant table."""
    columns = ", ".join(_bare(table, name) for name in table.columns.keys())
    return f"create table crm.{table.name} ({columns}) partition by list (organization_id)"


def _bare(table: Table, name: str) -> str:
    column = table.columns[name]
    return f'"{column.name}" {column.type.compile(dialect=postgresql.dialect())}'


def create_column(table: Table, name: str) -> str:
    """One column with its type, default and nullability, as a partition has it."""
    return str(CreateColumn(table.columns[name]).compile(dialect=postgresql.dialect()))
