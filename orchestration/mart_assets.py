"""The refresh as one multi-asset: every dbt model, the segmentation and what is made of it, with dbt's tests as checks."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Backoff,
    Config,
    Failure,
    MaterializeResult,
    MetadataValue,
    RetryPolicy,
    multi_asset,
)

from orchestration.dbt_assets import SEGMENTS_ASSET, DbtAssets, read_dbt_assets
from orchestration.import_assets import AssetEvent, event_key
from orchestration.partitions import IMPORT_TAG, TENANT_TAG, tenant_of
from pymeai.settings import get_settings

if TYPE_CHECKING:
    from orchestration.refresh import StepResult
    from orchestration.scope import Scope

ANALYTICS_DATA = AssetKey("analytics_data")
WRITE_BACK = AssetKey("customers_write_back")

STEP_KEYS = {
    "customer_segments": SEGMENTS_ASSET,
    "analytics_data": ANALYTICS_DATA,
    "customers_write_back": WRITE_BACK,
}

PYTHON_SPECS = [
    AssetSpec(
        SEGMENTS_ASSET,
        deps=[AssetKey(["staging", "stg_customers"]), AssetKey(["analytics", "fct_sales"])],
        description="Every customer's segment, flags and similar group, with the reasons in Spanish.",
        group_name="segmentation",
        kinds={"python", "scikitlearn", "postgres"},
    ),
    AssetSpec(
        ANALYTICS_DATA,
        deps=[SEGMENTS_ASSET, AssetKey(["analytics", "fct_sales"]), AssetKey(["analytics", "fct_opportunities"])],
        description="crm.analytics_data: one document per organization, data_type and month.",
        group_name="results",
        kinds={"python", "postgres"},
    ),
    AssetSpec(
        WRITE_BACK,
        deps=[AssetKey(["analytics", "dim_customers"])],
        description="customers.segment and customers.lifetime_value in every tenant's schema.",
        group_name="results",
        kinds={"python", "postgres"},
    ),
]


class RefreshConfig(Config):
    """Which tenants: the dirty ones, or `everything`."""

    everything: bool = False
    tests: bool = True


def build_marts(manifest: Mapping[str, Any]) -> AssetsDefinition:
    """The multi-asset for the models of a manifest."""
    dbt = read_dbt_assets(manifest)

    @multi_asset(
        name="marts",
        specs=[*dbt.specs, *PYTHON_SPECS],
        check_specs=dbt.check_specs,
        # Only then may outputs stay away, checks too: all of them, where another refresh has done the work.
        can_subset=True,
        retry_policy=RetryPolicy(max_retries=3, delay=5, backoff=Backoff.EXPONENTIAL),
    )
    def marts(context: AssetExecutionContext, config: RefreshConfig) -> Iterator[AssetEvent]:
        """Refresh the marts of the dirty tenants, or of all."""
        from orchestration.dbt_runs import RefreshFailed
        from orchestration.refresh import StepResult, refresh_steps
        from orchestration.run_state import prepared_runner
        from orchestration.scope import Scope, all_organizations

        settings = get_settings()
        partition = context.run.tags.get(TENANT_TAG) if IMPORT_TAG in context.run.tags else None
        own = None if partition is None else [tenant_of(settings, partition).organization_id]
        steps = refresh_steps(
            settings,
            all_organizations(settings) if config.everything else None,
            tests=config.tests,
            views=config.everything,
            unless_clean=own,
            runner=prepared_runner(settings),
        )
        happened: list[StepResult] = []
        scope: Scope | None = None
        # An event costs Dagster 20 to 50 ms in its storage. They wait until the refresh lock is let go: readers and other
        # refreshes should not.
        failure: RefreshFailed | None = None
        try:
            for step in steps:
                if isinstance(step, Scope):
                    scope = step
                else:
                    happened.append(step)
        except RefreshFailed as error:
            failure = error
        if scope is None:
            context.log.info("nothing to refresh: no tenant is dirty, or another refresh has it")
            return
        context.log.info("refreshed %d organizations", len(scope.organizations))
        # A refresh is whole whatever was selected: the marts of one day and scope. Only the selection is reported.
        selected = context.selected_asset_keys | context.selected_asset_check_keys
        for step in happened:
            event = _event(step, scope, dbt)
            if event is not None and event_key(event) in selected:
                yield event
        if failure is not None:
            raise Failure(failure.message, metadata={"detail": failure.detail}) from failure

    return marts


def _event(step: "StepResult", scope: "Scope", dbt: DbtAssets) -> AssetEvent | None:
    seconds = MetadataValue.float(round(step.seconds, 3))
    key = STEP_KEYS.get(step.name) or dbt.keys.get(step.name)
    if key is not None:
        metadata: dict[str, Any] = {"seconds": seconds, "organizations": len(scope.organizations)}
        if step.rows is not None and step.rows >= 0:
            metadata["rows written"] = step.rows
        return MaterializeResult(asset_key=key, metadata={**metadata, "business day": scope.business_day.isoformat()})
    check = dbt.check_keys.get(step.name)
    if check is None or step.node is None:
        return None
    return AssetCheckResult(
        passed=step.node.status == "pass",
        asset_key=check.asset_key,
        check_name=check.name,
        severity=AssetCheckSeverity.WARN if step.node.status == "warn" else AssetCheckSeverity.ERROR,
        metadata={"seconds": seconds, "failing rows": step.node.failures or 0, "message": step.node.message},
    )
