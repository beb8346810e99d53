"""The import job, run by Dagster in this process: a file's rows end in the marts; a bad file ends in a clear failure."""

import io
import logging
from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

import pytest
from dagster import (
    AssetKey,
    DagsterEventType,
    DagsterInstance,
    Definitions,
    ExecuteInProcessResult,
    Failure,
    RetryRequested,
)
from sqlalchemy.exc import OperationalError

from ingest import imports
from ingest.model import Kind
from orchestration.definitions import build_definitions
from orchestration.import_assets import told_to_dagster
from orchestration.scope import dirty_organizations
from pymeai.errors import Invalid, Unavailable
from pymeai.settings import Settings
from pymeai.tenancy.provisioning import provision
from pymeai.tenancy.tenant import Tenant
from tests.conftest import OwnDatabase
from tests.orchestration.sample_rows import add_customer, rows

LOG = logging.getLogger(__name__)
SALES = """Factura,Fecha,Cliente,Correo,Producto,Categoría,Cantidad,Total
F-1,03/11/2026,Ana Mora,ana@ejemplo.cr,Martillo,Herramientas,1,"12.500,50"
F-1,03/11/2026,Ana Mora,ana@ejemplo.cr,Clavos,Ferretería,2,"1.000,25"
F-2,14/11/2026,Beto Solís,beto@ejemplo.cr,Pintura,Pinturas,1,"20.000,00"
F-3,30/13/2026,Carla Rojas,carla@ejemplo.cr,Pintura,Pinturas,1,"5.000,00"
"""


@pytest.fixture(scope="module")
def settings(own_database: OwnDatabase) -> Iterator[Settings]:
    with own_database("import") as ours:
        yield ours


@pytest.fixture(scope="module")
def tenant_a(settings: Settings) -> Tenant:
    return provision(settings, name="Ferretería de prueba")


@pytest.fixture(scope="module")
def tenant_b(settings: Settings) -> Tenant:
    return provision(settings, name="Tours de prueba")


@pytest.fixture(scope="module")
def definitions(settings: Settings) -> Definitions:
    return build_definitions(settings)


def queue_import(settings: Settings, tenant: Tenant, kind: Kind, content: str) -> UUID:
    stream = io.BytesIO(content.encode())
    import_id = imports.create_import(settings, tenant, kind=kind, file_name="datos.csv", stream=stream, user_id=None)
    imports.set_mapping(settings, tenant, import_id, imports.propose(settings, tenant, import_id).columns)
    imports.queue(settings, tenant, import_id)
    return import_id


def run_import(
    definitions: Definitions, instance: DagsterInstance, tenant: Tenant, import_id: UUID
) -> ExecuteInProcessResult:
    instance.add_dynamic_partitions("tenants", [tenant.partition_key])
    return definitions.resolve_job_def("import_file").execute_in_process(
        instance=instance,
        partition_key=tenant.partition_key,
        run_config={"ops": {"load_import": {"config": {"import_id": str(import_id)}}}},
        tags={"pymeai/import_id": str(import_id), "pymeai/tenant": tenant.partition_key},
        raise_on_error=False,
    )


def test_a_file_ends_in_the_marts(
    settings: Settings, environment: None, definitions: Definitions, tenant_a: Tenant, tenant_b: Tenant
) -> None:
    add_customer(settings, tenant_b, "Dora")
    import_id = queue_import(settings, tenant_a, "sales", SALES)
    with DagsterInstance.ephemeral() as instance:
        result = run_import(definitions, instance, tenant_a, import_id)
        assert result.success
        record = imports.get_import(settings, tenant_a, import_id)
        assert (record.status, record.run_id, record.error) == ("done", result.run_id, None)
        assert record.counts["rejected"] == 1

        total = "select count(*), sum(amount) from analytics.fct_sales where organization_id = :id"
        assert rows(settings, total, id=tenant_a.organization_id) == [(2, Decimal("33500.75"))]
        by_category = "select category, sum(amount) from analytics.fct_sale_lines where organization_id = :id group by 1 order by 1"
        assert rows(settings, by_category, id=tenant_a.organization_id) == [
            ("Ferretería", Decimal("1000.25")),
            ("Herramientas", Decimal("12500.50")),
            ("Pinturas", Decimal(20000)),
        ]
        # The other tenant was dirty too, and went along.
        assert {tenant_a.organization_id, tenant_b.organization_id} & set(dirty_organizations(settings)) == set()

        made = {
            event.asset_key.to_user_string(): event
            for event in result.get_asset_materialization_events()
            if event.asset_key
        }
        assert {
            "import_file",
            "crm_rows",
            "analytics/fct_sales",
            "analytics/customer_segments",
            "analytics_data",
        } <= set(made)
        file = made["import_file"].step_materialization_data.materialization
        assert file.partition == tenant_a.partition_key
        assert file.metadata["rows rejected"].value == 1
        assert made["analytics/fct_sales"].step_materialization_data.materialization.partition is None
        loaded = made["crm_rows"].step_materialization_data.materialization.metadata["inserted"].value
        assert (loaded["sales"], loaded["customers"]) == (2, 2)

        checks = {evaluation.check_name: evaluation.passed for evaluation in result.get_asset_check_evaluations()}
        assert checks["great_expectations"]
        assert len(checks) > 10
        assert all(checks.values())


def test_a_run_repeated_after_its_end_loads_nothing_twice(
    settings: Settings, environment: None, definitions: Definitions, tenant_a: Tenant
) -> None:
    import_id = queue_import(settings, tenant_a, "customers", "Nombre,Correo\nEva Ruiz,eva@ejemplo.cr\n")
    people = "select count(*) from crm.customers where organization_id = :id"
    with DagsterInstance.ephemeral() as instance:
        assert run_import(definitions, instance, tenant_a, import_id).success
        before = rows(settings, people, id=tenant_a.organization_id)
        again = run_import(definitions, instance, tenant_a, import_id)
        assert again.success
        assert rows(settings, people, id=tenant_a.organization_id) == before
        # Nothing was dirty any more: no mart was made again.
        assert [e.asset_key for e in again.get_asset_materialization_events()] == [
            AssetKey("import_file"),
            AssetKey("crm_rows"),
        ]


def test_a_file_that_cannot_be_loaded_fails_once_and_says_why(
    settings: Settings, environment: None, definitions: Definitions, tenant_a: Tenant
) -> None:
    content = "Nombre,Correo\nFabio Mena,fabio@ejemplo.cr\n"
    first = queue_import(settings, tenant_a, "customers", content)
    # Asked for twice before either ran: the second finds the same content loaded.
    second = queue_import(settings, tenant_a, "customers", content)
    with DagsterInstance.ephemeral() as instance:
        assert run_import(definitions, instance, tenant_a, first).success
        result = run_import(definitions, instance, tenant_a, second)
        assert not result.success
        record = imports.get_import(settings, tenant_a, second)
        assert record.status == "failed"
        assert record.error is not None
        assert record.error.startswith("Este mismo archivo ya se importó")
        assert result.filter_events(lambda event: event.event_type == DagsterEventType.STEP_UP_FOR_RETRY) == []
        assert not any(event.is_step_start and event.step_key == "marts" for event in result.all_events)


def test_an_import_of_nobody_fails(environment: None, definitions: Definitions, tenant_a: Tenant) -> None:
    with DagsterInstance.ephemeral() as instance:
        result = run_import(definitions, instance, tenant_a, UUID(int=7))
        assert not result.success
        [failure] = [event for event in result.all_events if event.is_step_failure]
        assert "No existe esa importación." in str(failure.step_failure_data.error)


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("La base no responde."),
        OperationalError("select 1", {}, Exception("deadlock")),
        OSError(28, "no space"),
    ],
)
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    with pytest.raises(RetryRequested) as raised, told_to_dagster(LOG, attempt=2):
        raise error
    assert (raised.value.max_retries, raised.value.seconds_to_wait) == (4, 12.0)


def test_what_is_wrong_with_the_file_is_not_tried_again() -> None:
    with pytest.raises(Failure, match="Falta la columna") as raised, told_to_dagster(LOG, attempt=0):
        raise Invalid("Falta la columna de «Fecha».", code="invalid_mapping")
    assert not raised.value.allow_retries
