"""What an import wrote over: beside what a row was, the columns that it changed, for the customer's timeline."""

from alembic import op

from pymeai.database.migrations.scripts import run_for_each_tenant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Give each tenant's import_changes the column; of imports before it nobody knows."""
    run_for_each_tenant(op.get_bind().connection.driver_connection, "0007_tenant")
