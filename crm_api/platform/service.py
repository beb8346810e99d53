"""Whether the platform can do its work right now."""

import httpx
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from crm_api.dagster_client import dagster_client
from crm_api.logs import LOGGER
from pymeai.errors import PymeError
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session

TIMEOUT = 2.0
"""Seconds that Dagster's webserver has to answer."""


def database_answers(settings: Settings) -> bool:
    """Whether a query comes back."""
    try:
        with platform_session(settings) as session:
            return session.execute(select(1)).scalar_one() == 1
    except (PymeError, SQLAlchemyError) as error:
        LOGGER.error("database unreachable", extra={"fields": {"error": type(error).__name__}})
        return False


def dagster_answers(settings: Settings) -> bool:
    """Whether Dagster's webserver is up."""
    try:
        url = f"http://{settings.host}:{settings.dagster_port}/server_info"
        return dagster_client().get(url, timeout=TIMEOUT).is_success
    except httpx.HTTPError as error:
        LOGGER.error("dagster unreachable", extra={"fields": {"error": type(error).__name__}})
        return False
