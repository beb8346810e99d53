"""When an import wrote its rows: what is undone later is what nobody has changed since."""

from alembic import op

from pymeai.database.migrations.scripts import run_for_each_tenant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Give each tenant's imports the column; of imports before it, the time at which they ended takes its place."""
    run_for_each_tenant(op.get_bind().connection.driver_connection, "0004_tenant")
