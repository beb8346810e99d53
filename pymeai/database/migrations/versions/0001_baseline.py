"""The platform's schemas, tables, functions, parents and rights."""

from importlib import resources

from alembic import op

from pymeai.database.parents import attached_tables, create_parent
from pymeai.database.tables.platform import Organization

revision = "0001"
down_revision = None

SCHEMAS = {
    "crm": "pymeai_owner",
    "staging": "pymeai_pipeline",
    "analytics": "pymeai_pipeline",
    "dagster": "pymeai_dagster",
}


def upgrade() -> None:
    """Build everything that is not one tenant's."""
    for schema, owner in SCHEMAS.items():
        op.execute(f"create schema if not exists {schema} authorization {owner}")
    files = resources.files("pymeai.database.migrations") / "sql"
    _run_script((files / "0001_functions.sql").read_text())
    Organization.metadata.create_all(op.get_bind())
    for table in attached_tables():
        op.execute(create_parent(table))
    _run_script((files / "0001_triggers.sql").read_text())
    _run_script((files / "0001_rights.sql").read_text())


def _run_script(script: str) -> None:
    # Straight to the driver, without parameters: several statements in one string, and "%" stays as it is.
    driver_connection = op.get_bind().connection.driver_connection
    assert driver_connection is not None
    driver_connection.execute(script)
