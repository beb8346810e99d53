"""The platform's schemas, tables, functions, parents and rights."""

from importlib import resources

from alembic import op

revision = "0001"
down_revision = None

SCHEMAS = {
    "crm": "pymeai_owner",
    "staging": "pymeai_pipeline",
    "analytics": "pymeai_pipeline",
    "dagster": "pymeai_dagster",
}
SCRIPTS = ("functions", "tables", "triggers", "rights")


def upgrade() -> None:
    """Build everything that is not one tenant's."""
    for schema, owner in SCHEMAS.items():
        op.execute(f"create schema if not exists {schema} authorization {owner}")
    # Straight to the driver, without parameters: several statements in one string, and "%" stays as it is.
    driver_connection = op.get_bind().connection.driver_connection
    assert driver_connection is not None
    for script in SCRIPTS:
        path = resources.files("pymeai.database.migrations") / "sql" / f"{revision}_{script}.sql"
        driver_connection.execute(path.read_text())
