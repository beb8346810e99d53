"""Dagster's code location `pymeai`.

Light to import, since the webserver, the daemon and every run from scratch pay for it: pandas, scikit-learn and Great
Expectations are imported inside the functions that use them.
"""

from dagster import Definitions, in_process_executor

from orchestration.dbt_manifest import load_manifest
from orchestration.import_assets import load_import
from orchestration.jobs import housekeeping, import_job, nightly, refresh_job, weekly_housekeeping
from orchestration.mart_assets import build_marts
from orchestration.sensors import edited_tenants, queued_imports, tenant_partitions
from pymeai.settings import Settings, get_settings


def build_definitions(settings: Settings) -> Definitions:
    """All that Dagster knows of the platform."""
    marts = build_marts(load_manifest(settings))
    importing, refreshing = import_job(marts), refresh_job(marts)
    return Definitions(
        assets=[load_import, marts],
        jobs=[importing, refreshing, housekeeping],
        schedules=[nightly(refreshing), weekly_housekeeping],
        sensors=[tenant_partitions, queued_imports(importing), edited_tenants(refreshing)],
        # One process a run: its steps share what it has imported, and a step costs no start.
        executor=in_process_executor,
    )


defs = build_definitions(get_settings())
