"""What `pymeai doctor` looks at in the server, each with what to do when it falls short."""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from pymeai.database.bootstrap import EXTENSIONS, MINIMUM_VERSION, connection_string
from pymeai.database.connections import administrator_url
from pymeai.database.migrate import current_revision, newest_revision
from pymeai.errors import PymeError
from pymeai.settings import Settings

# One statement over every tenant's table and its indexes: PostgreSQL's default of 64 is enough for some 150 tenants.
MINIMUM_LOCKS = 256


@dataclass(frozen=True)
class Check:
    """One line of the report: what was looked at, whether it holds, what was seen, and what to do."""

    name: str
    holds: bool
    seen: str
    remedy: str = ""


def check_server(settings: Settings) -> list[Check]:
    """Look at the server behind the platform; never raises, never writes."""
    try:
        with psycopg.connect(connection_string(administrator_url(settings)), connect_timeout=10) as connection:
            connection.read_only = True
            checks = [check for look in (_version, _extensions, _rights, _locks) for check in look(connection)]
    except (psycopg.Error, PymeError) as error:
        detail = error.message if isinstance(error, PymeError) else type(error).__name__
        remedy = "Encienda PostgreSQL o corrija PYMEAI_DATABASE_URL (postgresql://usuario:clave@servidor:5432/base)."
        return [Check("Conexión a PostgreSQL", holds=False, seen=detail, remedy=remedy)]
    return [Check("Conexión a PostgreSQL", holds=True, seen="responde"), *checks, _schema(settings)]


def _version(connection: psycopg.Connection) -> Iterator[Check]:
    seen = connection.info.server_version
    version = f"{seen // 10000}.{seen % 10000}"
    yield Check("Versión de PostgreSQL", seen >= MINIMUM_VERSION, version, "Instale PostgreSQL 15 o más reciente.")


def _extensions(connection: psycopg.Connection) -> Iterator[Check]:
    available = {row[0] for row in connection.execute("select name from pg_available_extensions")}
    for extension in EXTENSIONS:
        there = extension in available
        remedy = "Instale el paquete contrib de PostgreSQL (en Debian: postgresql-contrib)."
        yield Check(f"Extensión {extension}", there, "disponible" if there else "no está", remedy)


def _rights(connection: psycopg.Connection) -> Iterator[Check]:
    row = connection.execute(
        "select rolsuper or rolcreaterole, rolsuper or has_database_privilege(current_database(), 'create'), current_user "
        "from pg_roles where rolname = current_user"
    ).fetchone()
    roles, create, user = row or (False, False, "?")
    yield Check("Permiso de crear roles", roles, user, f"Como administrador: alter role {user} createrole;")
    remedy = f"Como administrador: alter database {connection.info.dbname} owner to {user};"
    yield Check("Permiso de crear esquemas", create, user, remedy)


def _locks(connection: psycopg.Connection) -> Iterator[Check]:
    row = connection.execute("show max_locks_per_transaction").fetchone()
    seen = int(row[0]) if row else 0
    remedy = f"En postgresql.conf: max_locks_per_transaction = {MINIMUM_LOCKS} o más, y reinicie PostgreSQL."
    yield Check("Candados por transacción", seen >= MINIMUM_LOCKS, str(seen), remedy)


def _schema(settings: Settings) -> Check:
    try:
        seen = current_revision(settings)
    except Exception:  # noqa: BLE001 - the role does not exist before the first migration, whatever the driver calls it
        seen = None
    return Check("Esquema de la plataforma", seen == newest_revision(), seen or "sin crear", "Ejecute: pymeai migrate")
