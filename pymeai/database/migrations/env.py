"""Alembic's environment: runs on the connection that migrate() hands over."""

from alembic import context

from pymeai.database.tables.platform import Organization

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Organization.metadata,
    include_schemas=True,
    version_table="alembic_version",
    version_table_schema="platform",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
