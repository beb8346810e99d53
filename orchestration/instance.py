"""Dagster's instance: its storage in PostgreSQL, its queue, its launcher, written to PYMEAI_HOME/dagster/dagster.yaml."""

import os
from pathlib import Path

import yaml

from pymeai.database.connections import ROLES, role_url
from pymeai.settings import Settings

SCHEMA = "dagster"
MAX_CONCURRENT_RUNS = 2
DAYS_TO_KEEP_TICKS = 7


def dagster_home(settings: Settings) -> Path:
    """The folder that DAGSTER_HOME must name; it may not exist yet."""
    return settings.home_path / "dagster"


def dagster_database_url(settings: Settings) -> str:
    """The address of Dagster's storage, with its schema as the search path. Holds a password.

    The driver is named: without a name SQLAlchemy 2.1 takes psycopg 3, and dagster-postgres speaks psycopg2.
    """
    url = role_url(settings, ROLES["dagster"]).set(drivername="postgresql+psycopg2")
    return url.update_query_dict({"options": f"-csearch_path={SCHEMA}"}).render_as_string(hide_password=False)


def write_instance_config(settings: Settings) -> Path:
    """Write dagster.yaml for these settings, readable by nobody else, and return its path.

    Called before the processes start: the port of the embedded server may have changed since.
    """
    home = dagster_home(settings)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = {
        "storage": {
            "custom": {
                "module": "orchestration.storage",
                "class": "PooledPostgresStorage",
                "config": {"postgres_url": dagster_database_url(settings)},
            }
        },
        "local_artifact_storage": {
            "module": "dagster._core.storage.root",
            "class": "LocalArtifactStorage",
            "config": {"base_dir": str(home / "artifacts")},
        },
        "compute_logs": {
            "module": "dagster._core.storage.noop_compute_log_manager",
            "class": "NoOpComputeLogManager",
            "config": {},
        },
        "run_launcher": {
            "module": "orchestration.launcher",
            "class": "PreloadedRunLauncher",
            "config": {"home": str(home)},
        },
        "run_coordinator": {
            "module": "dagster.core.run_coordinator",
            "class": "QueuedRunCoordinator",
            # A run that waits five seconds, which is the default, would be a quarter of an import's budget.
            "config": {"max_concurrent_runs": MAX_CONCURRENT_RUNS, "dequeue_interval_seconds": 1},
        },
        "run_monitoring": {
            "enabled": True,
            "start_timeout_seconds": 120,
            "cancel_timeout_seconds": 60,
            "poll_interval_seconds": 20,
        },
        # Only a run whose process died (a kill, no memory) is started again; a bad file stays bad.
        "run_retries": {"enabled": True, "max_retries": 2, "retry_on_asset_or_op_failure": False},
        "retention": {
            "sensor": {
                "purge_after_days": {"skipped": 1, "failure": DAYS_TO_KEEP_TICKS, "success": DAYS_TO_KEEP_TICKS}
            },
            "schedule": {"purge_after_days": 30},
        },
        # Every event is kept in the storage; the processes' log has what somebody should read.
        "python_logs": {"python_log_level": "INFO"},
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
    }
    path = home / "dagster.yaml"
    draft = home / f".dagster.yaml.{os.getpid()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yaml.safe_dump(config, file, sort_keys=False)
    draft.replace(path)
    return path
