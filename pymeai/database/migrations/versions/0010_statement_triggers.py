"""The audit log and the history of stages are written once a statement, not once a row."""

from alembic import op

from pymeai.database.migrations.scripts import run_for_each_tenant, run_script

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Say what the triggers write, and make them anew for each tenant."""
    driver_connection = op.get_bind().connection.driver_connection
    run_script(driver_connection, "0010_functions")
    run_for_each_tenant(driver_connection, "0010_tenant")
