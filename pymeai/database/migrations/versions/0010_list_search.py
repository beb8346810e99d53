"""The search indexes of opportunities, interactions and sales."""

from alembic import op

from pymeai.database.migrations.scripts import run_for_each_tenant, run_script

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Say what is searched, and index it for each tenant."""
    driver_connection = op.get_bind().connection.driver_connection
    run_script(driver_connection, "0010_functions")
    run_for_each_tenant(driver_connection, "0010_tenant")
