"""The search indexes of opportunities, interactions and sales."""

from alembic import op

from pymeai.database.migrations.scripts import run_for_each_tenant, run_script

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Say what is searched, and index it for each tenant."""
    driver_connection = op.get_bind().connection.driver_connection
    run_script(driver_connection, "0009_functions")
    run_for_each_tenant(driver_connection, "0009_tenant")
