"""The indexes of the lists: each order to the last tie, names as people read them, and the filters that had none."""

from alembic import op

from pymeai.database.migrations.scripts import run_for_each_tenant

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Give each tenant's lists their indexes."""
    run_for_each_tenant(op.get_bind().connection.driver_connection, "0008_tenant")
