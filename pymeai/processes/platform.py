"""Brings the whole platform up: database, schema, dbt's manifest, and every server."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pymeai.database import embedded
from pymeai.database.migrate import migrate
from pymeai.processes.log import Log, Show
from pymeai.processes.programs import MANIFEST, Endpoint, Program, programs, write_workspace
from pymeai.processes.supervisor import Say, Supervisor, log_path, refuse_taken_ports, supervised
from pymeai.settings import Settings


@dataclass(frozen=True)
class Platform:
    """A running platform: its addresses, and how long it took to start."""

    api_url: str
    dashboard_url: str
    dagster_url: str
    log_path: Path
    seconds: float
    supervisor: Supervisor


@contextlib.contextmanager
def running(settings: Settings, say: Say, show: Show | None = None) -> Iterator[Platform]:
    """The platform, ready to be used; stopped at the end.

    `say` is told each step in Spanish, `show` each line of the processes' output. Raises Unavailable or
    ConfigurationError where it cannot start; a signal raises StopRequested.
    """
    started = time.monotonic()
    log = Log(log_path(settings), show)
    try:
        with supervised(settings, log, say) as supervisor:
            all_programs = programs(settings)
            endpoints = {p.name: p.endpoint for p in all_programs if p.endpoint is not None}
            _prepare(settings, all_programs, endpoints["code"], say)
            say("Encendiendo la API, Dagster y los tableros…")
            supervisor.start(all_programs, {MANIFEST: lambda: _parse_models(settings)})
            yield Platform(
                api_url=endpoints["api"].url,
                dashboard_url=endpoints["web"].url,
                dagster_url=endpoints["dagster"].url,
                log_path=log.path,
                seconds=time.monotonic() - started,
                supervisor=supervisor,
            )
    finally:
        log.close()


def _prepare(settings: Settings, all_programs: Sequence[Program], code: Endpoint, say: Say) -> None:
    from orchestration.instance import write_instance_config

    refuse_taken_ports(all_programs)
    settings.secret()
    if settings.embedded:
        say("Encendiendo PostgreSQL…")
        embedded.ensure_running(settings)
    say("Revisando el esquema de la base de datos…")
    migrate(settings)
    write_instance_config(settings)
    write_workspace(settings, code)


def _parse_models(settings: Settings) -> None:
    from pymeai.metrics.manifest import ensure_manifest

    ensure_manifest(settings)
