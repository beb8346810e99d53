"""An import as two assets of the tenant's partition: the file as read and cleaned, and the rows in the tenant's tables."""

from collections.abc import Iterator

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    Backoff,
    Config,
    MaterializeResult,
    RetryPolicy,
    multi_asset,
)

from orchestration.dbt_assets import CRM_ROWS
from orchestration.partitions import TENANTS

IMPORT_FILE = AssetKey("import_file")
GATE_CHECK = "great_expectations"


AssetEvent = MaterializeResult[None] | AssetCheckResult


class ImportConfig(Config):
    """Which import of the partition's tenant."""

    import_id: str


@multi_asset(
    name="load_import",
    partitions_def=TENANTS,
    specs=[
        AssetSpec(
            IMPORT_FILE,
            description="A file that a tenant handed in: read, mapped and cleaned, with its rejected rows.",
            group_name="imports",
            kinds={"python", "csv", "excel"},
            skippable=True,
        ),
        AssetSpec(
            CRM_ROWS,
            deps=[IMPORT_FILE],
            description="The rows of the tenant's own tables; imports add to them in one transaction, and so does the CRM.",
            group_name="imports",
            kinds={"python", "postgres"},
            skippable=True,
        ),
    ],
    check_specs=[
        AssetCheckSpec(
            GATE_CHECK, asset=IMPORT_FILE, description="The gate's suite for the file's kind, over the cleaned rows."
        )
    ],
    retry_policy=RetryPolicy(max_retries=3, delay=5, backoff=Backoff.EXPONENTIAL),
)
def load_import(context: AssetExecutionContext, config: ImportConfig) -> Iterator[AssetEvent]:
    """Read -> map -> clean -> gate -> load."""
    yield from ()
