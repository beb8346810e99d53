"""Audit log by triggers, webhooks, API keys, throttles, merges, template keys, and the indexes of the lists."""

from alembic import op

from pymeai.database.migrations.scripts import run_for_each_tenant, run_script

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Change the platform's tables and the parents, and then each tenant's own."""
    driver_connection = op.get_bind().connection.driver_connection
    run_script(driver_connection, "0002_tables")
    run_script(driver_connection, "0002_functions")
    run_for_each_tenant(driver_connection, "0002_tenant")
