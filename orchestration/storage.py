"""Dagster's PostgreSQL storage with connections kept open.

dagster-postgres connects anew for each statement outside its webserver (NullPool), and an event is three to five
statements: with SCRAM that is 20 to 50 ms an event, seconds for a refresh of a hundred events.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from dagster_postgres import DagsterPostgresStorage

if TYPE_CHECKING:
    from dagster._serdes import ConfigurableClassData

STATEMENT_TIMEOUT_MS = 60_000
RECYCLE_SECONDS = 600
MAX_OVERFLOW = 20


class PooledPostgresStorage(DagsterPostgresStorage):
    """DagsterPostgresStorage, pooled in every process as it is in the webserver."""

    @classmethod
    def from_config_value(cls, inst_data: "ConfigurableClassData | None", config_value: Mapping[str, Any]) -> Self:
        """Made by Dagster from dagster.yaml: `postgres_url`."""
        storage = cls(postgres_url=config_value["postgres_url"], inst_data=inst_data)
        for part in (storage.event_log_storage, storage.run_storage, storage.schedule_storage):
            part.optimize_for_webserver(STATEMENT_TIMEOUT_MS, RECYCLE_SECONDS, MAX_OVERFLOW)
        return storage
