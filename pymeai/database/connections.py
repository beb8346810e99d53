"""Where the database is, and engines for the platform's roles."""

import math
import time
from functools import cache
from typing import Any, Literal

import psycopg
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from pymeai.database import embedded
from pymeai.settings import Settings

DATABASE = "pymeai"
RESTED_SECONDS = 1.0
PlatformRole = Literal["owner", "api", "pipeline", "dagster"]
ROLES: dict[PlatformRole, str] = {
    "owner": "pymeai_owner",
    "api": "pymeai_api",
    "pipeline": "pymeai_pipeline",
    "dagster": "pymeai_dagster",
}


def administrator_url(settings: Settings) -> URL:
    """The administrator's address of the platform's database: ours, or PYMEAI_DATABASE_URL."""
    if settings.database_url is not None:
        return make_url(settings.database_url).set(drivername="postgresql+psycopg")
    return URL.create(
        "postgresql+psycopg",
        username=embedded.ADMINISTRATOR,
        password=role_password(settings, embedded.ADMINISTRATOR),
        host="127.0.0.1",
        port=embedded.ensure_running(settings),
        database=DATABASE,
    )


def role_password(settings: Settings, role_name: str) -> str:
    """The password of a database role of ours, derived from the server's secret."""
    return settings.derive(f"role:{role_name}")


def role_url(settings: Settings, role_name: str) -> URL:
    """The address at which a role of ours logs in."""
    return administrator_url(settings).set(username=role_name, password=role_password(settings, role_name))


@cache
def engine_for(settings: Settings, role: PlatformRole) -> Engine:
    """The pooled engine of one of the platform's roles, one for each address in this process.

    Where it cannot connect, `forget_engines` makes the next call look again for the server, which may have moved.
    """
    return _engine(role_url(settings, ROLES[role]))


@cache
def engine_beside(settings: Settings) -> Engine:
    """The API's engine for a short transaction while the same thread is within another.

    It has a connection of its own. Of the pool that all requests share, as many threads as it has connections could each
    hold one and wait for a second: measured with the last of the 20, an import waited 30 seconds and failed.
    """
    return _engine(role_url(settings, ROLES["api"]), pool_size=1, max_overflow=0)


def forget_engines() -> None:
    """Ask again where the server is; engines whose address still holds keep their connections."""
    engine_for.cache_clear()
    engine_beside.cache_clear()


@cache
def _engine(url: URL, *, pool_size: int = 16, max_overflow: int = 4) -> Engine:
    arguments: dict[str, Any] = {"connect_timeout": 5, "application_name": "pymeai"}
    engine = create_engine(url, pool_size=pool_size, max_overflow=max_overflow, connect_args=arguments)
    event.listen(engine, "checkin", note_return)
    event.listen(engine, "checkout", ping_after_rest)
    return engine


def note_return(_connection: Any, record: ConnectionPoolEntry) -> None:
    """Of a pool's `checkin`: when the connection came back."""
    record.info["returned"] = time.monotonic()


def ping_after_rest(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Of a pool's `checkout`: ask a connection that rested whether it lives; the pool takes another where it does not.

    pool_pre_ping asks at every checkout, which cost two of seven round trips of a small request. One that breaks within
    the second empties the whole pool, and its request is answered 503.
    """
    if time.monotonic() - record.info.get("returned", math.inf) < RESTED_SECONDS:
        return
    try:
        connection.execute("")
        connection.rollback()
    except psycopg.OperationalError as error:
        raise DisconnectionError from error
