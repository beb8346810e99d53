"""Instants and days of the years 1900 to 2100 alone: one row of the year 0 would stop the refresh of all tenants."""

from alembic import op

from pymeai.database.migrations.scripts import run_for_each_tenant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring each tenant's rows into the years that are allowed, and keep them there."""
    run_for_each_tenant(op.get_bind().connection.driver_connection, "0003_tenant")
