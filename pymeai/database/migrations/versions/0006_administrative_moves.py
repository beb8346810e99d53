"""Moves between stages that archiving made, and nobody who sells: marked in the history, and no new start of a closed deal."""

from alembic import op

from pymeai.database.migrations.scripts import run_for_each_tenant, run_script

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Give the history its mark, each tenant's rows what it should have been, and the triggers the setting that they read."""
    driver_connection = op.get_bind().connection.driver_connection
    run_script(driver_connection, "0006_functions")
    run_for_each_tenant(driver_connection, "0006_tenant")
