"""What only an administrator may do once in a server: the database, its extensions, and the platform's roles."""

import psycopg
from psycopg import sql
from sqlalchemy import URL

from pymeai.database.connections import ROLES, administrator_url, role_password
from pymeai.errors import ConfigurationError, Unavailable
from pymeai.settings import Settings

EXTENSIONS = ("citext", "pg_trgm", "unaccent")
MINIMUM_VERSION = 150000
MAINTENANCE_DATABASES = ("postgres", "template1")

# The group every tenant's application role belongs to: temporary tables for imports, and the functions of `platform`.
TENANT_GROUP = "pymeai_tenant"

# What SQL text could do beyond reading (kula.md, Safety 3). Only an administrator can take these from PUBLIC.
SIDE_EFFECTS = (
    "pg_advisory_lock(bigint)", "pg_advisory_lock(int, int)", "pg_advisory_lock_shared(bigint)",
    "pg_advisory_lock_shared(int, int)", "pg_advisory_xact_lock(bigint)", "pg_advisory_xact_lock(int, int)",
    "pg_advisory_xact_lock_shared(bigint)", "pg_advisory_xact_lock_shared(int, int)", "pg_try_advisory_lock(bigint)",
    "pg_try_advisory_lock(int, int)", "pg_try_advisory_lock_shared(bigint)", "pg_try_advisory_lock_shared(int, int)",
    "pg_try_advisory_xact_lock(bigint)", "pg_try_advisory_xact_lock(int, int)",
    "pg_try_advisory_xact_lock_shared(bigint)", "pg_try_advisory_xact_lock_shared(int, int)",
    "lo_creat(int)", "lo_create(oid)", "lo_from_bytea(oid, bytea)", "lo_unlink(oid)", "pg_notify(text, text)",
)  # fmt: skip


def connection_string(url: URL) -> str:
    """The same address for psycopg itself."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def bootstrap(settings: Settings) -> None:
    """Create the database (where it is missing), extensions and roles. Runs again without effect.

    Raises Unavailable when the server cannot be reached, ConfigurationError when it is too old or a right is missing.
    """
    url = administrator_url(settings)
    _ensure_database(url)
    try:
        with psycopg.connect(connection_string(url)) as connection:
            if connection.info.server_version < MINIMUM_VERSION:
                raise ConfigurationError("PymeAI necesita PostgreSQL 15 o más reciente.", code="database_version")
            # Two processes may start at once: the second waits and finds it done.
            connection.execute("select pg_advisory_xact_lock(hashtext('pymeai bootstrap'))")
            _ensure_roles(connection, settings)
            _ensure_rights(connection)
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigurationError(
            "El usuario de PYMEAI_DATABASE_URL no tiene permisos suficientes: necesita CREATEROLE y ser dueño de la "
            f"base de datos ({error.diag.message_primary}).",
            code="database_rights",
        ) from error


def _ensure_database(url: URL) -> None:
    try:
        psycopg.connect(connection_string(url), connect_timeout=10).close()
        return
    except psycopg.OperationalError as error:
        if f'database "{url.database}" does not exist' not in str(error):
            raise Unavailable("No se puede abrir la base de datos: revise que PostgreSQL esté encendido y la dirección "
                              "de PYMEAI_DATABASE_URL.", code="database_unavailable") from error  # fmt: skip
    with psycopg.connect(connection_string(url.set(database=MAINTENANCE_DATABASES[0])), autocommit=True) as connection:
        statement = sql.SQL("create database {} encoding 'UTF8' template template0")
        try:
            connection.execute(statement.format(sql.Identifier(str(url.database))))
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return


def _ensure_roles(connection: psycopg.Connection, settings: Settings) -> None:
    existing = {row[0] for row in connection.execute("select rolname from pg_roles")}
    attributes = {"pymeai_owner": "createrole", "pymeai_api": "noinherit"}
    for role in ROLES.values():
        verb = "alter" if role in existing else "create"
        statement = sql.SQL(verb + " role {} login password {} " + attributes.get(role, ""))
        connection.execute(statement.format(sql.Identifier(role), sql.Literal(role_password(settings, role))))
    if TENANT_GROUP not in existing:
        connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(TENANT_GROUP)))
    connection.execute(
        sql.SQL("grant pymeai_pipeline, pymeai_dagster, {} to pymeai_owner with admin option").format(
            sql.Identifier(TENANT_GROUP)
        )
    )


def _ensure_rights(connection: psycopg.Connection) -> None:
    database = sql.Identifier(connection.info.dbname)
    for extension in EXTENSIONS:
        connection.execute(
            sql.SQL("create extension if not exists {} with schema public").format(sql.Identifier(extension))
        )
    connection.execute(sql.SQL("revoke temporary on database {} from public").format(database))
    connection.execute(sql.SQL("grant create on database {} to pymeai_owner").format(database))
    connection.execute(
        sql.SQL("grant temporary on database {} to {}, pymeai_pipeline, pymeai_owner").format(
            database, sql.Identifier(TENANT_GROUP)
        )
    )
    superuser = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    if superuser and superuser[0]:
        _take_side_effects_from_public(connection)
        connection.execute("grant set on parameter temp_file_limit to pymeai_owner")


def _take_side_effects_from_public(connection: psycopg.Connection) -> None:
    functions = sql.SQL(", ").join(sql.SQL("pg_catalog." + function) for function in SIDE_EFFECTS)
    roles = sql.SQL(", ").join(sql.Identifier(role) for role in (*ROLES.values(), TENANT_GROUP))
    connection.execute(sql.SQL("revoke execute on function {} from public").format(functions))
    connection.execute(sql.SQL("grant execute on function {} to {}").format(functions, roles))
