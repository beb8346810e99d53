"""Webserver, daemon and run server as real processes: a run launched over GraphQL, and one whose process is killed."""

import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import yaml
from sqlalchemy import text

from ingest import imports
from orchestration.instance import write_instance_config
from orchestration.launcher import PROCESS_TAG
from orchestration.run_server import SOCKET_NAME
from pymeai.database.connections import engine_for
from pymeai.settings import Settings
from pymeai.tenancy.provisioning import provision
from pymeai.tenancy.tenant import Tenant
from tests.conftest import OwnDatabase
from tests.orchestration.conftest import environment_of
from tests.orchestration.sample_rows import rows
from tests.waiting import wait_for

PROJECT = Path(__file__).resolve().parents[2]
# Three processes import Dagster and dbt at once, on machines that may be busy.
START_SECONDS = 240
RUN_SECONDS = 120
REPOSITORY = {"repositoryLocationName": "pymeai", "repositoryName": "__repository__"}
OVER = {"SUCCESS", "FAILURE", "CANCELED"}

ADD_PARTITION = """mutation ($repository: RepositorySelector!, $key: String!) {
  addDynamicPartition(repositorySelector: $repository, partitionsDefName: "tenants", partitionKey: $key) { __typename }
}"""
LAUNCH = """mutation ($parameters: ExecutionParams!) {
  launchRun(executionParams: $parameters) { __typename ... on LaunchRunSuccess { run { runId } } }
}"""
RUNS = """query ($tag: ExecutionTag!) {
  runsOrError(filter: {tags: [$tag]}) { ... on Runs { results { runId status tags { key value } } } }
}"""
LATEST = """query { assetNodes { assetKey { path } assetMaterializations(limit: 1) { runId partition } } }"""


class Platform:
    """The running processes, asked over GraphQL."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    def answers(self) -> bool:
        """Whether the webserver is there."""
        try:
            return httpx.get(f"{self._url}/server_info", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of an answer."""
        answer = httpx.post(
            f"{self._url}/graphql", json={"query": query, "variables": variables}, timeout=60, trust_env=False
        ).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def launch_import(self, tenant: Tenant, import_id: UUID) -> str:
        """Launch as the API does."""
        self.ask(ADD_PARTITION, repository=REPOSITORY, key=tenant.partition_key)
        tags = {
            "dagster/partition": tenant.partition_key,
            "pymeai/import_id": str(import_id),
            "pymeai/tenant": tenant.partition_key,
        }
        launched = self.ask(
            LAUNCH,
            parameters={
                "selector": {**REPOSITORY, "jobName": "import_file"},
                "runConfigData": {"ops": {"load_import": {"config": {"import_id": str(import_id)}}}},
                "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
            },
        )["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess"
        return str(launched["run"]["runId"])

    def runs_of(self, import_id: UUID) -> list[dict[str, Any]]:
        """The runs of an import, newest first, with their tags as a dictionary."""
        found = self.ask(RUNS, tag={"key": "pymeai/import_id", "value": str(import_id)})["runsOrError"]["results"]
        return [{**run, "tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in found]


@pytest.fixture(scope="module")
def settings(own_database: OwnDatabase) -> Iterator[Settings]:
    with own_database("platform") as ours:
        yield ours


@pytest.fixture(scope="module")
def tenant_a(settings: Settings) -> Tenant:
    return provision(settings, name="Ferretería de prueba")


@pytest.fixture(scope="module")
def tenant_b(settings: Settings) -> Tenant:
    return provision(settings, name="Tours de prueba")


@pytest.fixture(scope="module")
def platform(settings: Settings) -> Iterator[Platform]:
    config = write_instance_config(settings)
    _watch_closely(config)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, **environment_of(settings), "DAGSTER_HOME": str(config.parent), "OMP_NUM_THREADS": "1"}
    workspace = ("-w", str(PROJECT / "workspace.yaml"))
    commands = (
        ("-m", "orchestration.run_server"),
        ("-m", "dagster_webserver", *workspace, "-h", "127.0.0.1", "-p", str(port)),
        ("-m", "dagster._daemon", "run", *workspace),
    )
    log = (settings.home / "platform.log").open("wb")
    processes = [_start(command, environment, log) for command in commands]
    try:
        platform = Platform(port)
        wait_for(platform.answers, START_SECONDS, "the webserver")
        wait_for((config.parent / SOCKET_NAME).exists, START_SECONDS, "the run server")
        yield platform
    finally:
        for process in processes:
            process.send_signal(signal.SIGINT if process is not processes[0] else signal.SIGTERM)
        for process in processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        log.close()


def _watch_closely(config: Path) -> None:
    """Look for dead runs each second, not each twenty."""
    content = yaml.safe_load(config.read_text())
    content["run_monitoring"]["poll_interval_seconds"] = 1
    config.write_text(yaml.safe_dump(content))


def _start(command: tuple[str, ...], environment: Mapping[str, str], log: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *command], env=environment, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
    )


def queue_sales(settings: Settings, tenant: Tenant, invoices: int, prefix: str) -> UUID:
    lines = [f"{prefix}-{number},0{number % 9 + 1}/10/2026,Cliente {number % 5},100" for number in range(invoices)]
    content = io.BytesIO("\n".join(["Factura,Fecha,Cliente,Total", *lines]).encode())
    import_id = imports.create_import(
        settings, tenant, kind="sales", file_name="ventas.csv", stream=content, user_id=None
    )
    imports.set_mapping(settings, tenant, import_id, imports.propose(settings, tenant, import_id).columns)
    imports.queue(settings, tenant, import_id)
    return import_id


def total(settings: Settings, tenant: Tenant) -> tuple[int, Decimal | None]:
    statement = "select count(*), sum(amount) from analytics.fct_sales where organization_id = :id"
    [found] = rows(settings, statement, id=tenant.organization_id)
    return found


def test_an_import_launched_over_graphql_ends_in_the_marts(
    settings: Settings, platform: Platform, tenant_a: Tenant
) -> None:
    import_id = queue_sales(settings, tenant_a, 30, "A")
    run_id = platform.launch_import(tenant_a, import_id)

    def ended() -> dict[str, Any] | None:
        [run] = platform.runs_of(import_id)
        return run if run["status"] in OVER else None

    run = wait_for(ended, RUN_SECONDS, "the run")
    assert (run["runId"], run["status"]) == (run_id, "SUCCESS")
    assert total(settings, tenant_a) == (30, Decimal(3000))
    record = imports.get_import(settings, tenant_a, import_id)
    assert (record.status, record.run_id) == ("done", run_id)

    latest = {"/".join(n["assetKey"]["path"]): n["assetMaterializations"] for n in platform.ask(LATEST)["assetNodes"]}
    assert latest["crm_rows"] == [{"runId": run_id, "partition": tenant_a.partition_key}]
    assert latest["analytics_data"] == [{"runId": run_id, "partition": None}]


def test_a_run_whose_process_is_killed_is_started_again_and_loads_all(
    settings: Settings, platform: Platform, tenant_b: Tenant
) -> None:
    import_id = queue_sales(settings, tenant_b, 20, "B")
    with engine_for(settings, "owner").connect() as connection, connection.begin():
        # The import's transaction waits here, so that the kill finds it in the middle.
        connection.execute(text(f'lock table "{tenant_b.schema}".sales in access exclusive mode'))
        platform.launch_import(tenant_b, import_id)

        def waiting() -> int | None:
            [run] = platform.runs_of(import_id)
            blocked = connection.scalar(
                text("select count(*) from pg_locks where not granted and relation = cast(:table as regclass)"),
                {"table": f"{tenant_b.schema}.sales"},
            )
            return int(run["tags"][PROCESS_TAG]) if blocked and PROCESS_TAG in run["tags"] else None

        os.kill(wait_for(waiting, RUN_SECONDS, "the import to wait for the lock"), signal.SIGKILL)
    assert rows(
        settings, "select count(*) from crm.sales where organization_id = :id", id=tenant_b.organization_id
    ) == [0]

    def loaded() -> bool:
        return total(settings, tenant_b)[0] > 0

    wait_for(loaded, RUN_SECONDS, "the second run")
    assert total(settings, tenant_b) == (20, Decimal(2000))
    assert imports.get_import(settings, tenant_b, import_id).status == "done"
    assert min(run["status"] for run in platform.runs_of(import_id)) == "FAILURE"
