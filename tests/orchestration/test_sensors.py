"""The sensors: a partition a tenant, imports that nobody launched, edits in the CRM."""

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    RunRequest,
    SensorResult,
    SkipReason,
    build_sensor_context,
)
from sqlalchemy import text

from ingest import imports
from orchestration.definitions import build_definitions
from pymeai.clock import utc_now
from pymeai.database.connections import engine_for
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant
from tests.orchestration.sample_rows import add_customer


@pytest.fixture(scope="module")
def definitions(settings: Settings) -> Definitions:
    return build_definitions(settings)


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as instance:
        yield instance


def evaluated(definitions: Definitions, instance: DagsterInstance, name: str) -> Any:
    sensor = definitions.resolve_sensor_def(name)
    return sensor(build_sensor_context(instance=instance, definitions=definitions))


def queued(settings: Settings, tenant: Tenant, name: str, seconds_ago: int) -> UUID:
    content = io.BytesIO(f"Nombre,Correo\n{name},{name.lower()}@ejemplo.cr\n".encode())
    import_id = imports.create_import(
        settings, tenant, kind="customers", file_name="c.csv", stream=content, user_id=None
    )
    imports.set_mapping(settings, tenant, import_id, imports.propose(settings, tenant, import_id).columns)
    imports.queue(settings, tenant, import_id)
    with tenant_connection(settings, tenant) as connection:
        connection.execute(
            text("update imports set queued_at = :at where import_id = :id"),
            {"at": utc_now() - timedelta(seconds=seconds_ago), "id": import_id},
        )
    return import_id


def requests(
    settings: Settings, definitions: Definitions, instance: DagsterInstance, import_id: UUID
) -> list[RunRequest]:
    result = evaluated(definitions, instance, "queued_imports")
    found = result.run_requests or [] if isinstance(result, SensorResult) else []
    return [request for request in found if request.tags["pymeai/import_id"] == str(import_id)]


def test_tenants_get_and_lose_their_partition(
    environment: None, definitions: Definitions, instance: DagsterInstance, tenant_a: Tenant, tenant_b: Tenant
) -> None:
    instance.add_dynamic_partitions("tenants", [tenant_a.partition_key, "t_000000000000"])
    result = evaluated(definitions, instance, "tenant_partitions")
    [added, removed] = result.dynamic_partitions_requests
    assert tenant_b.partition_key in added.partition_keys
    assert tenant_a.partition_key not in added.partition_keys
    assert removed.partition_keys == ["t_000000000000"]


def test_an_import_without_a_run_gets_one(
    settings: Settings, environment: None, definitions: Definitions, instance: DagsterInstance, tenant_a: Tenant
) -> None:
    import_id = queued(settings, tenant_a, "Ana", seconds_ago=60)
    [request] = requests(settings, definitions, instance, import_id)
    assert request.run_key == str(import_id)
    assert request.partition_key == tenant_a.partition_key
    assert request.run_config["ops"]["load_import"]["config"] == {"import_id": str(import_id)}
    assert request.tags["pymeai/tenant"] == tenant_a.partition_key


def test_an_import_just_asked_for_is_the_apis_to_launch(
    settings: Settings, environment: None, definitions: Definitions, instance: DagsterInstance, tenant_a: Tenant
) -> None:
    assert requests(settings, definitions, instance, queued(settings, tenant_a, "Beto", seconds_ago=1)) == []


def add_run(definitions: Definitions, instance: DagsterInstance, import_id: UUID, status: DagsterRunStatus) -> None:
    instance.create_run_for_job(
        definitions.resolve_job_def("housekeeping"), tags={"pymeai/import_id": str(import_id)}, status=status
    )


def test_an_import_with_a_run_is_left_alone_until_the_run_has_ended_without_it(
    settings: Settings, environment: None, definitions: Definitions, instance: DagsterInstance, tenant_a: Tenant
) -> None:
    import_id = queued(settings, tenant_a, "Carla", seconds_ago=60)
    add_run(definitions, instance, import_id, DagsterRunStatus.FAILURE)
    [request] = requests(settings, definitions, instance, import_id)
    assert request.run_key == f"{import_id}:1"
    add_run(definitions, instance, import_id, DagsterRunStatus.STARTED)
    assert requests(settings, definitions, instance, import_id) == []


def test_after_five_runs_an_import_is_given_up_and_its_owner_told(
    settings: Settings, environment: None, definitions: Definitions, instance: DagsterInstance, tenant_a: Tenant
) -> None:
    import_id = queued(settings, tenant_a, "Dora", seconds_ago=60)
    for _ in range(5):
        add_run(definitions, instance, import_id, DagsterRunStatus.FAILURE)
    assert requests(settings, definitions, instance, import_id) == []
    record = imports.get_import(settings, tenant_a, import_id)
    assert record.status == "failed"
    assert record.error is not None
    assert record.error.startswith("La importación no se pudo terminar después de varios intentos")


@pytest.fixture
def only_change(settings: Settings, tenant_a: Tenant) -> Callable[[timedelta, bool], None]:
    """Make one change of this age the only one that waits, of a tenant refreshed before or not."""

    def change(age: timedelta, refreshed: bool) -> None:
        add_customer(settings, tenant_a, "Eva")
        with engine_for(settings, "pipeline").begin() as connection:
            connection.execute(
                text("delete from platform.tenant_changes where organization_id <> :id"),
                {"id": tenant_a.organization_id},
            )
            connection.execute(text("update platform.tenant_changes set changed_at = :at"), {"at": utc_now() - age})
            connection.execute(
                text("update platform.tenant_status set refreshed_at = :at"), {"at": utc_now() if refreshed else None}
            )

    return change


@pytest.mark.parametrize(
    ("minutes", "refreshed", "launches"), [(5, True, True), (3, True, False), (0, False, True), (5, False, True)]
)
def test_edits_gather_for_minutes_and_new_tenants_do_not_wait(
    environment: None,
    definitions: Definitions,
    instance: DagsterInstance,
    only_change: Callable[[timedelta, bool], None],
    minutes: int,
    refreshed: bool,
    launches: bool,
) -> None:
    only_change(timedelta(minutes=minutes), refreshed)
    assert isinstance(evaluated(definitions, instance, "edited_tenants"), RunRequest) is launches


def test_edits_wait_for_the_refresh_that_is_on_its_way(
    settings: Settings,
    environment: None,
    definitions: Definitions,
    instance: DagsterInstance,
    only_change: Callable[[timedelta, bool], None],
) -> None:
    only_change(timedelta(minutes=9), True)
    instance.create_run_for_job(definitions.resolve_job_def("refresh"), status=DagsterRunStatus.STARTED)
    assert isinstance(evaluated(definitions, instance, "edited_tenants"), SkipReason)


def test_nothing_to_refresh_launches_nothing(
    settings: Settings, environment: None, definitions: Definitions, instance: DagsterInstance
) -> None:
    with engine_for(settings, "pipeline").begin() as connection:
        connection.execute(text("delete from platform.tenant_changes"))
    assert isinstance(evaluated(definitions, instance, "edited_tenants"), SkipReason)
