"""What looks for work that nobody launched: new tenants, queued imports without a run, edits in the CRM."""

from datetime import timedelta
from typing import TYPE_CHECKING

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunConfig,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.import_assets import ImportConfig
from orchestration.partitions import IMPORT_TAG, TENANT_TAG, TENANTS, tenants_of
from pymeai.clock import utc_now
from pymeai.settings import Settings, get_settings

if TYPE_CHECKING:
    from orchestration.imports import PendingImport

ACTIVE = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]
EDITS_INTERVAL_SECONDS = 60
GATHERING = timedelta(minutes=4)
"""With the interval, five minutes: how far the marts may be behind what people type into the CRM."""

IMPORTS_INTERVAL_SECONDS = 30
GRACE_SECONDS = 20
"""An import younger than this is the API's to launch."""

MAX_RUNS = 5
GIVEN_UP = (
    "La importación no se pudo terminar después de varios intentos; no se guardó nada. Intente de nuevo o avísenos."
)
PARTITIONS = "tenants"


@sensor(minimum_interval_seconds=30, default_status=DefaultSensorStatus.RUNNING)
def tenant_partitions(context: SensorEvaluationContext) -> SensorResult | SkipReason:
    """A partition for each tenant, and none for those that left."""
    known = set(context.instance.get_dynamic_partitions(PARTITIONS))
    present = {tenant.partition_key for tenant in tenants_of(get_settings())}
    added, removed = sorted(present - known), sorted(known - present)
    if not added and not removed:
        return SkipReason("Every tenant has its partition.")
    requests = [TENANTS.build_add_request(added)] if added else []
    deletions = [TENANTS.build_delete_request(removed)] if removed else []
    return SensorResult(dynamic_partitions_requests=[*requests, *deletions])


def queued_imports(importing: UnresolvedAssetJobDefinition) -> SensorDefinition:
    """Starts the imports that the API could not launch, and those whose run ended without them."""

    @sensor(
        name="queued_imports",
        job=importing,
        minimum_interval_seconds=IMPORTS_INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
    )
    def queued(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        from orchestration.imports import pending_imports

        settings = get_settings()
        limit = utc_now() - timedelta(seconds=GRACE_SECONDS)
        late = [each for each in pending_imports(settings, tenants_of(settings)) if each.queued_at < limit]
        requests = [request for each in late if (request := _request(context.instance, settings, each)) is not None]
        if not requests:
            return SkipReason("Every import that was asked for has its run.")
        known = set(context.instance.get_dynamic_partitions(PARTITIONS))
        missing = sorted({str(request.partition_key) for request in requests} - known)
        adding = [TENANTS.build_add_request(missing)] if missing else []
        return SensorResult(run_requests=requests, dynamic_partitions_requests=adding)

    return queued


def _request(instance: DagsterInstance, settings: Settings, pending: "PendingImport") -> RunRequest | None:
    """The run that an import lacks; None where it has one, or has had too many."""
    from ingest.imports import fail

    tags = {IMPORT_TAG: str(pending.import_id)}
    runs = instance.get_runs(RunsFilter(tags=tags))
    if any(not run.is_finished for run in runs):
        return None
    if len(runs) >= MAX_RUNS:
        fail(settings, pending.tenant, pending.import_id, GIVEN_UP)
        return None
    return RunRequest(
        # The import's key: however often this looks, one run; a second one only after the first has ended.
        run_key=str(pending.import_id) if not runs else f"{pending.import_id}:{len(runs)}",
        partition_key=pending.tenant.partition_key,
        run_config=RunConfig(ops={"load_import": ImportConfig(import_id=str(pending.import_id))}),
        tags={**tags, TENANT_TAG: pending.tenant.partition_key},
    )


def edited_tenants(refresh: UnresolvedAssetJobDefinition) -> SensorDefinition:
    """Refreshes what was edited in the CRM; imports refresh for themselves."""

    @sensor(
        name="edited_tenants",
        job=refresh,
        minimum_interval_seconds=EDITS_INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
    )
    def edited(context: SensorEvaluationContext) -> RunRequest | SkipReason:
        from orchestration.scope import waiting_changes

        waiting = waiting_changes(get_settings())
        if waiting is None:
            return SkipReason("No tenant has changes that are not in the marts.")
        # Edits come in bursts: they are let to gather. A tenant without any marts is not kept waiting.
        if not waiting.new and utc_now() - waiting.oldest < GATHERING:
            return SkipReason("The changes are minutes old; the next refreshes may join them.")
        if _active(context.instance, RunsFilter(job_name=refresh.name, statuses=ACTIVE)):
            return SkipReason("A refresh is on its way.")
        return RunRequest(tags={"pymeai/dirty": str(waiting.organizations)})

    return edited


def _active(instance: DagsterInstance, wanted: RunsFilter) -> bool:
    return bool(instance.get_run_ids(wanted, limit=1))
