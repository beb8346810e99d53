"""The jobs, and the schedules of the night."""

from datetime import timedelta

from dagster import (
    AssetsDefinition,
    AssetSelection,
    DagsterRunStatus,
    DefaultScheduleStatus,
    OpExecutionContext,
    RunConfig,
    RunsFilter,
    ScheduleDefinition,
    define_asset_job,
    job,
    op,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.import_assets import load_import
from orchestration.mart_assets import RefreshConfig
from pymeai.clock import COSTA_RICA, utc_now

IMPORT_JOB = "import_file"
REFRESH_JOB = "refresh"

DAYS_TO_KEEP_RUNS = 30
RUNS_AT_ONCE = 200


def import_job(marts: AssetsDefinition) -> UnresolvedAssetJobDefinition:
    """One import, and at its end the refresh of whatever is dirty, in one run: a second run would cost its start again."""
    return define_asset_job(
        IMPORT_JOB,
        AssetSelection.assets(load_import, marts),
        description="Reads one file into its tenant's tables and refreshes the marts.",
    )


def refresh_job(marts: AssetsDefinition) -> UnresolvedAssetJobDefinition:
    """The marts of all dirty tenants, or of all."""
    return define_asset_job(
        REFRESH_JOB, AssetSelection.assets(marts), description="Refreshes the marts of dirty tenants, set-based."
    )


def nightly(refresh: UnresolvedAssetJobDefinition) -> ScheduleDefinition:
    """All tenants at two in the morning: the day has changed, and recency with it."""
    return ScheduleDefinition(
        name="nightly",
        job=refresh,
        cron_schedule="0 2 * * *",
        execution_timezone=COSTA_RICA.key,
        run_config=RunConfig(ops={"marts": RefreshConfig(everything=True)}),
        default_status=DefaultScheduleStatus.RUNNING,
    )


@op
def delete_old_runs(context: OpExecutionContext) -> None:
    """Delete the runs, with their events, that ended more than DAYS_TO_KEEP_RUNS days ago."""
    limit = utc_now() - timedelta(days=DAYS_TO_KEEP_RUNS)
    ended = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
    old = RunsFilter(statuses=ended, created_before=limit)
    deleted = 0
    while records := context.instance.get_run_records(old, limit=RUNS_AT_ONCE):
        for record in records:
            context.instance.delete_run(record.dagster_run.run_id)
        deleted += len(records)
    context.log.info("deleted %d runs", deleted)


@job
def housekeeping() -> None:
    """Keep Dagster's own storage small."""
    delete_old_runs()


weekly_housekeeping = ScheduleDefinition(
    name="weekly_housekeeping",
    job=housekeeping,
    cron_schedule="0 4 * * 0",
    execution_timezone=COSTA_RICA.key,
    default_status=DefaultScheduleStatus.RUNNING,
)
