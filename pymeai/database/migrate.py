"""Brings a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from pymeai.database.bootstrap import bootstrap
from pymeai.database.connections import engine_for
from pymeai.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(settings: Settings) -> str:
    """Create what is missing in the server, run the open migrations, and return the revision reached."""
    bootstrap(settings)
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine_for(settings, "owner").connect() as connection:
        # One process migrates; the others wait and find it done. A session lock: each migration has its own transaction.
        connection.execute(text("select pg_advisory_lock(hashtext('pymeai migrate'))"))
        connection.execute(text("create schema if not exists platform"))
        connection.commit()
        try:
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("select pg_advisory_unlock(hashtext('pymeai migrate'))"))
            connection.commit()
    return newest_revision()


def newest_revision() -> str:
    """The revision that the code expects."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


def current_revision(settings: Settings) -> str | None:
    """The revision that the database is at, or None where it was never migrated."""
    with engine_for(settings, "owner").connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table_schema": "platform"})
        return context.get_current_revision()
