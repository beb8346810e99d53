"""What the API asks of Dagster for an import, and what it makes of Dagster's troubles."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Thread
from typing import Any
from unittest.mock import Mock
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from crm_api.main import create_app
from ingest import imports
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from tests.crm_api.conftest import Company, problem
from tests.crm_api.imports import create_import, unique_customers


@dataclass
class Dagster:
    """What a webserver that speaks Dagster's GraphQL was asked, and what it answers."""

    port: int = 0
    partition: str = "AddDynamicPartitionSuccess"
    launch: str = "LaunchRunSuccess"
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The data of one GraphQL request."""
        self.asked.append(request["variables"])
        if "addDynamicPartition" in request["query"]:
            return {"data": {"addDynamicPartition": {"__typename": self.partition}}}
        run = {"run": {"runId": f"run-{len(self.asked)}"}} if self.launch == "LaunchRunSuccess" else {}
        return {"data": {"launchRun": {"__typename": self.launch} | run}}


@pytest.fixture
def dagster() -> Iterator[Dagster]:
    """A loopback server in place of Dagster's."""
    state = Dagster()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            content = json.dumps(state.answer(request)).encode()
            self.send_response(state.status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: the tests' output is not this server's log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_port
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def with_dagster(settings: Settings, company_a: Company, dagster: Dagster) -> Iterator[Company]:
    """Company A before an API whose Dagster answers."""
    with TestClient(create_app(settings.model_copy(update={"dagster_port": dagster.port}))) as client:
        yield Company(**(vars(company_a) | {"client": client}))


def test_who_asks_dagster_again_does_not_read_the_authorities_of_https_again(
    with_dagster: Company, dagster: Dagster, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [create_import(with_dagster, unique_customers()) for _ in range(2)]
    with_dagster.post(f"{paths[0]}/commit")
    reading = Mock()
    monkeypatch.setattr(SSLContext, "load_verify_locations", reading)
    assert with_dagster.post(f"{paths[1]}/commit").status_code == 202
    assert with_dagster.get("/readyz").json()["checks"]["dagster"] == "down"
    assert len(dagster.asked) == 4
    assert reading.call_count == 0


def test_dagster_is_asked_for_one_run_of_the_tenants_partition(with_dagster: Company, dagster: Dagster) -> None:
    path = create_import(with_dagster, unique_customers())
    first = with_dagster.post(f"{path}/commit").json()
    assert (first["status"], first["run_id"]) == ("queued", "run-2")
    schema, import_id = with_dagster.tenant.schema, path.rsplit("/", 1)[1]
    added, launched = dagster.asked
    repository = {"repositoryLocationName": "pymeai", "repositoryName": "__repository__"}
    assert added == {"repository": repository, "partitions": "tenants", "key": schema}
    parameters = launched["parameters"]
    assert parameters["selector"] == repository | {"jobName": "import_file"}
    assert parameters["runConfigData"] == {"ops": {"load_import": {"config": {"import_id": import_id}}}}
    tags = {tag["key"]: tag["value"] for tag in parameters["executionMetadata"]["tags"]}
    assert tags == {"dagster/partition": schema, "pymeai/import_id": import_id, "pymeai/tenant": schema}
    assert with_dagster.get(path).json()["run_id"] == "run-2"
    # Asked again: the same run.
    assert with_dagster.post(f"{path}/commit").json() == first
    assert len(dagster.asked) == 2


@pytest.mark.parametrize(
    "trouble",
    [
        {"launch": "PythonError"},
        {"launch": "PipelineNotFoundError"},
        {"partition": "UnauthorizedError"},
        {"status": 500},
    ],
)
def test_what_dagster_refuses_stays_queued(with_dagster: Company, dagster: Dagster, trouble: dict[str, Any]) -> None:
    path = create_import(with_dagster, unique_customers())
    for name, value in trouble.items():
        setattr(dagster, name, value)
    answer = problem(with_dagster.post(f"{path}/commit"), 503, "dagster_unavailable")
    assert "en cola" in answer["detail"]
    assert (with_dagster.get(path).json()["status"], with_dagster.get(path).json()["run_id"]) == ("queued", None)
    # Dagster recovers, and its partition is there already.
    dagster.launch, dagster.partition, dagster.status = "LaunchRunSuccess", "DuplicateDynamicPartitionError", 200
    assert with_dagster.post(f"{path}/commit").json()["run_id"].startswith("run-")


def test_a_failed_import_can_be_asked_for_again(with_dagster: Company, settings: Settings) -> None:
    path = create_import(with_dagster, unique_customers())
    first = with_dagster.post(f"{path}/commit").json()["run_id"]
    import_id = UUID(path.rsplit("/", 1)[1])
    imports.fail(settings, with_dagster.tenant, import_id, "No se pudo.")
    assert with_dagster.get(path).json()["error"] == "No se pudo."
    second = with_dagster.post(f"{path}/commit").json()["run_id"]
    assert second not in (None, first)
    with tenant_connection(settings, with_dagster.tenant) as connection:
        stored = connection.execute(
            text("select status, run_id from imports where import_id = :id"), {"id": import_id}
        ).one()
    assert tuple(stored) == ("queued", second)
