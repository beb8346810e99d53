"""What the platform consists of: each server's command, port, and how it says that it is ready."""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from pymeai.settings import Settings

PROJECT = Path(__file__).resolve().parents[2]
CODE_LOCATION = "pymeai"
# The task that dbt's manifest must be parsed by: the definitions are made from it.
MANIFEST = "manifest"
RUN_SERVER = "runs"
LOOPBACK = "127.0.0.1"
# Addresses that mean "all of this machine's": asked at loopback.
_ANY = {"0.0.0.0": LOOPBACK, "::": "::1", "": LOOPBACK}  # noqa: S104 - compared with, not listened on


@dataclass(frozen=True)
class Endpoint:
    """Where a server listens, and the setting by which to move it."""

    host: str
    port: int
    setting: str | None = None
    # Asked over HTTP; None: an open port is enough.
    health_path: str | None = None

    @property
    def reachable_host(self) -> str:
        """The host to connect to."""
        return _ANY.get(self.host, self.host)

    @property
    def url(self) -> str:
        """The address for a browser."""
        host = self.reachable_host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


@dataclass(frozen=True)
class Program:
    """One process of the platform. `after` names the programs and tasks that must be done before it starts."""

    name: str
    title: str
    color: str
    command: tuple[str, ...]
    endpoint: Endpoint | None = None
    # A file or socket that appears when the program is ready.
    ready_file: Path | None = None
    # The platform can be used before this program is ready, only slower.
    background: bool = False
    after: tuple[str, ...] = ()


def programs(settings: Settings) -> tuple[Program, ...]:
    """All programs of the platform, for these settings."""
    python = (sys.executable, "-m")
    dagster = settings.home_path / "dagster"
    workspace = ("--workspace", str(dagster / "workspace.yaml"))
    code = Endpoint(LOOPBACK, free_port())
    return (
        Program(
            "api",
            "la API",
            "cyan",
            (*python, "uvicorn", "crm_api.main:create_app", "--factory", "--host", settings.host, "--port",
             str(settings.api_port), "--no-access-log", "--timeout-graceful-shutdown", "5"),
            Endpoint(settings.host, settings.api_port, "PYMEAI_API_PORT", "/healthz"),
        ),
        Program(
            "web",
            "los tableros",
            "green",
            (*python, "uvicorn", "dashboards.server:app", "--host", settings.host, "--port",
             str(settings.dashboard_port), "--no-access-log", "--timeout-graceful-shutdown", "2"),
            Endpoint(settings.host, settings.dashboard_port, "PYMEAI_DASHBOARD_PORT", "/_stcore/health"),
        ),
        Program(
            RUN_SERVER,
            "el ejecutor de Dagster",
            "magenta",
            (*python, "orchestration.run_server"),
            ready_file=dagster / "runs.sock",
            background=True,
            after=(MANIFEST,),
        ),
        # One code server for the webserver and the daemon: each would load the definitions for itself otherwise.
        Program(
            "code",
            "el código de Dagster",
            "blue",
            (*python, "dagster", "api", "grpc", "--module-name", "orchestration.definitions", "--working-directory",
             str(PROJECT), "--host", code.host, "--port", str(code.port), "--location-name", CODE_LOCATION,
             "--log-level", "warning", "--use-python-environment-entry-point"),
            code,
            after=(MANIFEST,),
        ),
        Program(
            "dagster",
            "Dagster",
            "yellow",
            (*python, "dagster_webserver", *workspace, "--host", settings.host, "--port", str(settings.dagster_port),
             "--dagster-log-level", "warning", "--suppress-warnings"),
            Endpoint(settings.host, settings.dagster_port, "PYMEAI_DAGSTER_PORT", "/server_info"),
            after=("code",),
        ),
        Program(
            "daemon",
            "el programador de Dagster",
            "bright_yellow",
            (*python, "dagster._daemon", "run", *workspace, "--log-level", "warning"),
            after=("code",),
        ),
    )  # fmt: skip


def write_workspace(settings: Settings, endpoint: Endpoint) -> Path:
    """Write the workspace of the webserver and the daemon, which names the running code server."""
    path = settings.home_path / "dagster" / "workspace.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "load_from:\n"
        "  - grpc_server:\n"
        f"      host: {endpoint.host}\n"
        f"      port: {endpoint.port}\n"
        f"      location_name: {CODE_LOCATION}\n"
    )
    return path


def environment(settings: Settings) -> dict[str, str]:
    """What the programs are told: the same home wherever they run, Dagster's home, no telemetry, no waiting output."""
    return {
        **os.environ,
        "PYMEAI_HOME": str(settings.home_path),
        "DAGSTER_HOME": str(settings.home_path / "dagster"),
        "DAGSTER_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "1",
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
        "PYTHONUNBUFFERED": "1",
        # The programs of one machine share its cores: one thread each for linear algebra.
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
        "OPENBLAS_NUM_THREADS": os.environ.get("OPENBLAS_NUM_THREADS", "1"),
    }


def free_port() -> int:
    """A port of loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(endpoint: Endpoint) -> bool:
    """Whether a server could listen there."""
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    with socket.socket(family) as probe:
        # As servers do: connections of an earlier run that are still closing do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((endpoint.host, endpoint.port))
        except OSError:
            return False
        return True
