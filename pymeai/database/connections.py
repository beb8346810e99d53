"""Where the database is, and engines for the platform's roles."""

from functools import cache
from typing import Any, Literal

from sqlalchemy import URL, Engine, create_engine, make_url

from pymeai.database import embedded
from pymeai.settings import Settings

DATABASE = "pymeai"
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


def engine_for(settings: Settings, role: PlatformRole) -> Engine:
    """The pooled engine of one of the platform's roles, one for each address in this process."""
    return _engine(role_url(settings, ROLES[role]))


@cache
def _engine(url: URL) -> Engine:
    arguments: dict[str, Any] = {"connect_timeout": 5, "application_name": "pymeai"}
    return create_engine(url, pool_size=5, max_overflow=15, pool_pre_ping=True, connect_args=arguments)


def dispose_engines() -> None:
    """Close the pooled connections of this process."""
    _engine.cache_clear()
