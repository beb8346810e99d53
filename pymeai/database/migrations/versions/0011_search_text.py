"""What a customer is searched by is kept beside them: a search no longer folds again each row that the index offers."""

from alembic import op

from pymeai.database.migrations.scripts import run_for_each_tenant, run_script

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column to the parent and so to every tenant, between the old indexes and the new ones."""
    driver_connection = op.get_bind().connection.driver_connection
    run_for_each_tenant(driver_connection, "0011_tenant_before")
    run_script(driver_connection, "0011_parent")
    run_for_each_tenant(driver_connection, "0011_tenant")
