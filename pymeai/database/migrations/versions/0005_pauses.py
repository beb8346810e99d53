"""Webhooks remember until when their receiver is believed to be down: what happens meanwhile waits with the rest."""

from alembic import op

from pymeai.database.migrations.scripts import run_script

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the pause, and let new deliveries begin where it ends."""
    run_script(op.get_bind().connection.driver_connection, "0005_platform")
