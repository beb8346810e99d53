"""An import as two assets of the tenant's partition: the file as read and cleaned, and the rows in the tenant's tables."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    Config,
    Failure,
    MaterializeResult,
    MetadataValue,
    RetryRequested,
    multi_asset,
)
from sqlalchemy.exc import OperationalError

from orchestration.dbt_assets import CRM_ROWS
from orchestration.partitions import TENANTS, tenant_of
from pymeai.errors import PymeError, Unavailable
from pymeai.settings import get_settings

if TYPE_CHECKING:
    from ingest.gate import GateResult

MAX_RETRIES = 4
FIRST_WAIT_SECONDS = 3.0
"""Doubled each time: a database that restarts is waited for 45 s; then the sensor tries again."""

IMPORT_FILE = AssetKey("import_file")
GATE_CHECK = "great_expectations"


AssetEvent = MaterializeResult[None] | AssetCheckResult


class ImportConfig(Config):
    """Which import of the partition's tenant."""

    import_id: str


@multi_asset(
    name="load_import",
    partitions_def=TENANTS,
    # Only then may an output stay away: the check of an import that is done already.
    can_subset=True,
    specs=[
        AssetSpec(
            IMPORT_FILE,
            description="A file that a tenant handed in: read, mapped and cleaned, with its rejected rows.",
            group_name="imports",
            kinds={"python", "csv", "excel"},
        ),
        AssetSpec(
            CRM_ROWS,
            deps=[IMPORT_FILE],
            description="The rows of the tenant's own tables; imports add to them in one transaction, and so does the CRM.",
            group_name="imports",
            kinds={"python", "postgres"},
        ),
    ],
    check_specs=[
        AssetCheckSpec(
            GATE_CHECK, asset=IMPORT_FILE, description="The gate's suite for the file's kind, over the cleaned rows."
        )
    ],
)
def load_import(context: AssetExecutionContext, config: ImportConfig) -> Iterator[AssetEvent]:
    """Read -> map -> clean -> gate -> load: all of it, whatever was selected."""
    selected = context.selected_asset_keys | context.selected_asset_check_keys
    for event in _load(context, UUID(config.import_id)):
        if event_key(event) in selected:
            yield event


def event_key(event: AssetEvent) -> AssetKey | AssetCheckKey | None:
    """Which asset or check an event is about."""
    if isinstance(event, AssetCheckResult):
        return AssetCheckKey(event.asset_key, event.check_name) if event.asset_key and event.check_name else None
    return event.asset_key


def _load(context: AssetExecutionContext, import_id: UUID) -> Iterator[AssetEvent]:
    from ingest import imports
    from orchestration.imports import remember_run

    settings = get_settings()
    attempt = context.op_execution_context.retry_number
    with told_to_dagster(context.log, attempt):
        tenant = tenant_of(settings, context.partition_key)
        remember_run(settings, tenant, import_id, context.run.run_id)
        prepared = imports.prepare(settings, tenant, import_id)
    if prepared.gate is not None:
        yield _check(prepared.gate)
    cleaned = prepared.cleaned
    yield MaterializeResult(
        asset_key=IMPORT_FILE,
        metadata={
            "import": str(import_id),
            "kind": prepared.kind,
            "rows cleaned": cleaned.frame.num_rows,
            "rows rejected": len(cleaned.rejected),
            "warnings": len(cleaned.warnings),
        },
    )
    with told_to_dagster(context.log, attempt):
        counts = imports.commit(settings, tenant, prepared)
    done = {"inserted": counts.inserted, "updated": counts.updated, "unchanged": counts.unchanged}
    yield MaterializeResult(
        asset_key=CRM_ROWS,
        metadata={"import": str(import_id), **{name: MetadataValue.json(entities) for name, entities in done.items()}},
    )


def _check(gate: "GateResult") -> AssetCheckResult:
    failed = [expectation for expectation in gate.expectations if not expectation.success]
    return AssetCheckResult(
        passed=gate.success,
        asset_key=IMPORT_FILE,
        check_name=GATE_CHECK,
        severity=AssetCheckSeverity.ERROR,
        metadata={
            **gate.statistics,
            "not met": MetadataValue.json([f"{expectation.severity}: {expectation.message}" for expectation in failed]),
        },
    )


@contextmanager
def told_to_dagster(log: logging.Logger, attempt: int) -> Iterator[None]:
    """What goes wrong, in Dagster's terms: what may pass is tried again, a bad file is not.

    `attempt` counts from 0. The import's own status and its Spanish error are written by ingest.imports.
    """
    try:
        yield
    except (Unavailable, OperationalError, OSError) as error:
        log.warning("the import could not go on: %s", type(error).__name__)
        wait = FIRST_WAIT_SECONDS * 2**attempt
        raise RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=wait) from error
    except PymeError as error:
        raise Failure(error.message, metadata={"code": error.code}, allow_retries=False) from error
    except KeyError as error:
        raise Failure(f"no tenant has the partition {error}", allow_retries=False) from error
