"""The whole platform as `pymeai up` starts it, in a folder and on ports of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import make_url

from orchestration.instance import dagster_home
from orchestration.run_server import SOCKET_NAME
from pymeai.database import embedded
from pymeai.settings import Settings
from pymeai.tenancy.tenant import Tenant
from tests.conftest import SECRET
from tests.prepared import drop_database
from tests.waiting import wait_for

START_SECONDS = 150
PASSWORD = "una clave larga de prueba 7"
RUNS = """query ($tag: ExecutionTag!) {
  runsOrError(filter: {tags: [$tag]}) { ... on Runs { results {
    runId status tags { key value } assetMaterializations { assetKey { path } partition }
  } } }
}"""


@dataclass
class Platform:
    """A running platform."""

    api: str
    dagster: str
    process: subprocess.Popen[bytes]
    home: Path
    settings: Settings

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of Dagster's answer over GraphQL."""
        content = {"query": query, "variables": variables}
        answer = _client().post(f"{self.dagster}/graphql", json=content, timeout=60).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def succeeded(self) -> set[str]:
        """The keys of all runs that ended well."""
        found = self.ask("{ runsOrError(filter: {statuses: [SUCCESS]}) { ... on Runs { results { runId } } } }")
        return {run["runId"] for run in found["runsOrError"]["results"]}

    def runs_of(self, import_id: UUID) -> list[dict[str, Any]]:
        """The runs of an import, newest first, with their tags as a dictionary."""
        found = self.ask(RUNS, tag={"key": "pymeai/import_id", "value": str(import_id)})["runsOrError"]["results"]
        return [{**run, "tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in found]


@dataclass
class Company:
    """A registered company and its signed-in owner."""

    client: httpx.Client
    tenant: Tenant
    imports: dict[str, dict[str, Any]] = field(default_factory=dict)

    def load(self, path: Path, kind: str, seconds: float = 240) -> None:
        """Upload a file, take what is proposed, commit, and wait until Dagster has loaded it and refreshed the marts."""
        self.start(path, kind)
        self.finish(path, seconds)

    def start(self, path: Path, kind: str) -> UUID:
        """Upload a file, take what is proposed and commit: Dagster does the rest. Returns the import's key."""
        with path.open("rb") as file:
            created = self.client.post("/api/imports", data={"kind": kind}, files={"file": (path.name, file)})
        assert created.status_code == 201, created.text
        address = f"/api/imports/{created.json()['id']}"
        committed = self.client.post(f"{address}/commit")
        assert committed.status_code == 202, committed.text
        self.imports[path.name] = {"address": address, "id": created.json()["id"]}
        return UUID(created.json()["id"])

    def finish(self, path: Path, seconds: float = 240) -> None:
        """Wait until a file that was started is in the marts."""
        address = self.imports[path.name]["address"]

        def finished() -> dict[str, Any] | None:
            found = self.client.get(address).json()
            return found if found["status"] in ("done", "failed") else None

        result = wait_for(finished, seconds, f"the import of {path.name}")
        assert result["status"] == "done", result
        wait_for(lambda: self.data_as_of() > datetime.fromisoformat(result["finished_at"]), seconds, "refreshed marts")
        self.imports[path.name] |= result

    def data_as_of(self) -> datetime:
        """When the marts were last refreshed; long ago if never."""
        answer = self.client.post("/api/analytics/query", json={"metrics": ["customers_count"]})
        found = answer.json().get("data_as_of") if answer.status_code == 200 else None
        return datetime.fromisoformat(found) if found else datetime.min.replace(tzinfo=UTC)

    def metrics(self, **query: Any) -> list[dict[str, Any]]:
        """The rows of a MetricQuery, by column name."""
        answer = self.client.post("/api/analytics/query", json=query)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        names = [column["name"] for column in body["columns"]]
        return [dict(zip(names, row, strict=True)) for row in body["rows"]]

    def ask(self, question: str) -> dict[str, Any]:
        """Kula's answer."""
        answer = self.client.post("/api/kula/query", json={"question": question})
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result


@cache
def _client() -> httpx.Client:
    """For what is asked again and again: a client for each question takes 43 ms of a core, which the platform needs to start."""
    return httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    # Not below pytest's own folder: each pytest that starts closes that to others, and the database runs as another user.
    home = Path(tempfile.mkdtemp(prefix="pymeai-main-job-"))
    ports = {name: free_port() for name in ("API", "DASHBOARD", "DAGSTER")}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYMEAI_")}
    environment |= {f"PYMEAI_{name}_PORT": str(port) for name, port in ports.items()}
    environment["PYMEAI_HOME"] = str(home)
    settings = Settings(home=home, database_url=None, secret_key=None)
    server = os.environ.get("PYMEAI_DATABASE_URL")
    if server is not None:
        # A database of the platform's own in that server. The roles are the server's: the same secret as the other tests.
        url = make_url(server).set(database=f"pymeai_main_job_{os.getpid()}")
        environment["PYMEAI_DATABASE_URL"] = url.render_as_string(hide_password=False)
        environment["PYMEAI_SECRET_KEY"] = SECRET
        settings = Settings(home=home, database_url=environment["PYMEAI_DATABASE_URL"], secret_key=SECRET)
    with (home / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "pymeai", "up"],
            env=environment,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
        running = Platform(
            f"http://127.0.0.1:{ports['API']}", f"http://127.0.0.1:{ports['DAGSTER']}", process, home, settings
        )
        try:
            wait_for(lambda: _ready(running), START_SECONDS, "the platform to be ready")
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
    assert process.returncode == 0, (home / "up.log").read_text()[-3000:]
    embedded.stop(settings)
    shutil.rmtree(home)
    if server is not None:
        drop_database(server, f"pymeai_main_job_{os.getpid()}")


def _ready(platform: Platform) -> bool:
    assert platform.process.poll() is None, (platform.home / "up.log").read_text()[-3000:]
    if not (dagster_home(platform.settings) / SOCKET_NAME).exists():
        # An import would be loaded, but by a process that starts from nothing.
        return False
    try:
        return _client().get(f"{platform.api}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def register(platform: Platform, name: str) -> Company:
    """A new company with its owner signed in."""
    client = httpx.Client(base_url=platform.api, timeout=120)
    email = f"{name.lower()}@ejemplo.cr"
    registered = client.post(
        "/api/auth/register",
        json={"organization_name": name, "email": email, "password": PASSWORD, "first_name": "Ana"},
    )
    assert registered.status_code == 201, registered.text
    session = client.post("/api/auth/login", json={"email": email, "password": PASSWORD}).json()
    client.headers["Authorization"] = f"Bearer {session['access_token']}"
    return Company(client, Tenant(UUID(session["organization"]["organization_id"])))
