"""What looks for work that nobody launched: new tenants, queued imports without a run, edits in the CRM."""

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.partitions import TENANTS, tenants_of
from pymeai.settings import get_settings

ACTIVE = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]
EDITS_INTERVAL_SECONDS = 300
"""How far the marts may be behind what people type into the CRM."""


@sensor(minimum_interval_seconds=30, default_status=DefaultSensorStatus.RUNNING)
def tenant_partitions(context: SensorEvaluationContext) -> SensorResult | SkipReason:
    """A partition for each tenant, and none for those that left."""
    known = set(context.instance.get_dynamic_partitions(TENANTS.name or ""))
    present = {tenant.partition_key for tenant in tenants_of(get_settings())}
    added, removed = sorted(present - known), sorted(known - present)
    if not added and not removed:
        return SkipReason("Every tenant has its partition.")
    requests = [TENANTS.build_add_request(added)] if added else []
    deletions = [TENANTS.build_delete_request(removed)] if removed else []
    return SensorResult(dynamic_partitions_requests=[*requests, *deletions])


def edited_tenants(refresh: UnresolvedAssetJobDefinition) -> SensorDefinition:
    """Refreshes what was edited in the CRM; imports refresh for themselves."""

    @sensor(
        name="edited_tenants",
        job=refresh,
        minimum_interval_seconds=EDITS_INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
    )
    def edited(context: SensorEvaluationContext) -> RunRequest | SkipReason:
        from orchestration.scope import dirty_organizations

        dirty = dirty_organizations(get_settings())
        if not dirty:
            return SkipReason("No tenant has changes that are not in the marts.")
        if _active(context.instance, RunsFilter(job_name=refresh.name, statuses=ACTIVE)):
            return SkipReason("A refresh is on its way.")
        return RunRequest(tags={"pymeai/dirty": str(len(dirty))})

    return edited


def _active(instance: DagsterInstance, wanted: RunsFilter) -> bool:
    return bool(instance.get_run_ids(wanted, limit=1))
