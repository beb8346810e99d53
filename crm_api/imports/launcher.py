"""Asks Dagster, over GraphQL, to start an import's run at once; a sensor finds what could not be asked for."""

from typing import Any
from uuid import UUID

import httpx

from crm_api.dagster_client import dagster_client
from crm_api.logs import LOGGER
from pymeai.errors import Unavailable
from pymeai.settings import Settings
from pymeai.tenancy.tenant import Tenant

LOCATION, REPOSITORY = "pymeai", "__repository__"
JOB, OP = "import_file", "load_import"
PARTITIONS = "tenants"
TIMEOUT = httpx.Timeout(20.0, connect=2.0)
"""Seconds. The webserver may be loading the code location when the first import comes."""

DAGSTER_DOWN = (
    "La importación quedó en cola: el servicio que la procesa no responde en este momento. "
    "Empezará sola apenas vuelva; no hace falta repetirla."
)

ADD_PARTITION = """
mutation AddPartition($repository: RepositorySelector!, $partitions: String!, $key: String!) {
  addDynamicPartition(repositorySelector: $repository, partitionsDefName: $partitions, partitionKey: $key) {
    __typename
  }
}"""

LAUNCH = """
mutation Launch($parameters: ExecutionParams!) {
  launchRun(executionParams: $parameters) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
  }
}"""


def launch_import(settings: Settings, tenant: Tenant, import_id: UUID) -> str:
    """Start the run of a queued import; gives the run's id. Raises Unavailable where Dagster does not take it."""
    repository = {"repositoryLocationName": LOCATION, "repositoryName": REPOSITORY}
    added = _send(
        settings,
        ADD_PARTITION,
        {"repository": repository, "partitions": PARTITIONS, "key": tenant.partition_key},
    )
    answer = added["addDynamicPartition"]["__typename"]
    if answer not in ("AddDynamicPartitionSuccess", "DuplicateDynamicPartitionError"):
        raise _refused("addDynamicPartition", answer)
    launched = _send(settings, LAUNCH, {"parameters": _parameters(repository, tenant, import_id)})["launchRun"]
    if launched["__typename"] != "LaunchRunSuccess":
        raise _refused("launchRun", launched["__typename"])
    return str(launched["run"]["runId"])


def _parameters(repository: dict[str, str], tenant: Tenant, import_id: UUID) -> dict[str, Any]:
    tags = {
        "dagster/partition": tenant.partition_key,
        "pymeai/import_id": str(import_id),
        "pymeai/tenant": tenant.partition_key,
    }
    return {
        "selector": {**repository, "jobName": JOB},
        "runConfigData": {"ops": {OP: {"config": {"import_id": str(import_id)}}}},
        "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
    }


def _send(settings: Settings, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    url = f"http://{settings.host}:{settings.dagster_port}/graphql"
    try:
        response = dagster_client().post(url, json={"query": query, "variables": variables}, timeout=TIMEOUT)
        response.raise_for_status()
        body = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise _refused("connection", type(error).__name__) from error
    if body.get("errors") or not isinstance(body.get("data"), dict):
        raise _refused("graphql", "errors")
    data: dict[str, Any] = body["data"]
    return data


def _refused(step: str, answer: str) -> Unavailable:
    LOGGER.error("dagster did not take the import", extra={"fields": {"step": step, "answer": answer}})
    return Unavailable(DAGSTER_DOWN, code="dagster_unavailable")
