"""The one place that runs dbt: with the platform's database, its own target folder, and no telemetry.

`subprocess` costs seconds of imports but leaves no state behind; the runner inside the process is for a caller that
keeps a manifest (Dagster) and refreshes often.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pymeai.database.connections import ROLES, role_url
from pymeai.errors import PymeError
from pymeai.settings import Settings

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

PROJECT_DIR = Path(__file__).resolve().parents[2] / "dbt_project"


class DbtFailed(PymeError):
    """A dbt command ended with an error; `output` is what it printed, for the log."""

    default_code = "dbt_failed"

    def __init__(self, message: str, output: str) -> None:
        super().__init__(message)
        self.output = output


def target_path(settings: Settings) -> Path:
    """Where dbt keeps what it makes (manifest.json and others), apart for each PYMEAI_HOME."""
    return settings.home_path / "dbt" / "target"


def project_environment(settings: Settings) -> dict[str, str]:
    """What dbt needs to know without a database, as `dbt parse` runs."""
    return {
        "DBT_PROJECT_DIR": str(PROJECT_DIR),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "DBT_TARGET_PATH": str(target_path(settings)),
        "DBT_LOG_PATH": str(settings.home_path / "dbt" / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The environment variables of a dbt command that reaches the database, as the pipeline's role."""
    url = role_url(settings, ROLES["pipeline"])
    return {
        **project_environment(settings),
        "PYMEAI_DBT_HOST": url.host or "127.0.0.1",
        "PYMEAI_DBT_PORT": str(url.port or 5432),
        "PYMEAI_DBT_USER": url.username or "",
        "PYMEAI_DBT_PASSWORD": str(url.password or ""),
        "PYMEAI_DBT_DATABASE": url.database or "",
    }


def run_dbt(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run `dbt <arguments>` in a process of its own and return what it printed.

    Raises DbtFailed when it exits with an error.
    """
    # In this Python, not through PATH: the console script may not be there, or be another environment's.
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *arguments]
    finished = subprocess.run(
        command,
        env={**os.environ, **environment},
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    output = finished.stdout + finished.stderr
    if finished.returncode != 0:
        raise DbtFailed("No se pudieron actualizar los datos de los tableros.", output)
    return output


def invoke_dbt(
    arguments: Sequence[str], environment: Mapping[str, str], manifest: "Manifest | None" = None
) -> "dbtRunnerResult":
    """Run `dbt <arguments>` inside this process, with a manifest that was parsed before if there is one.

    dbt reads its settings from the process's environment: callers in threads must take turns.
    """
    from dbt.cli.main import dbtRunner

    # dbt opens its log file at each call and closes none; the caller keeps what it reports.
    environment = {**environment, "DBT_LOG_LEVEL_FILE": "none"}
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        return dbtRunner(manifest=manifest).invoke(list(arguments))
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
