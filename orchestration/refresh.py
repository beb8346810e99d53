"""The refresh of the marts, without Dagster: scope -> dbt -> segments -> dbt -> analytics_data -> write-back -> tests.

One refresh at a time, for as many tenants as are dirty: the cost of dbt is paid once for all of them.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from orchestration.dbt_runs import FIRST_LAYER, SECOND_LAYER, TESTS, DbtRunner, NodeResult, RefreshFailed
from orchestration.run_state import prepared_runner
from orchestration.scope import (
    Scope,
    dirty_organizations,
    finish_scope,
    mark_failed,
    mark_refreshed,
    refresh_lock,
    take_scope,
)
from orchestration.steps.analytics_data import write_analytics_data
from orchestration.steps.customer_segments import write_customer_segments
from orchestration.steps.write_back import write_back_customers
from pymeai.settings import Settings

logger = logging.getLogger(__name__)

WAIT_SECONDS = 120.0


@dataclass(frozen=True)
class StepResult:
    """One thing a refresh has done: a model, a test, or one of the Python steps by its name."""

    name: str
    # "model", "view" (a view that stands as it is), "test" or "step".
    kind: str
    seconds: float
    rows: int | None = None
    node: NodeResult | None = None

    @property
    def failed(self) -> bool:
        """Only tests can have failed and the refresh have gone on."""
        return self.node is not None and self.node.failed


@dataclass(frozen=True)
class RefreshReport:
    """What a refresh did. `scope` is None where there was nothing to do or another refresh did it."""

    scope: Scope | None
    results: list[StepResult]
    seconds: float

    @property
    def failed_tests(self) -> list[NodeResult]:
        """The data tests that did not pass."""
        return [result.node for result in self.results if result.node is not None and result.failed]


def refresh(
    settings: Settings,
    organizations: Sequence[UUID] | None = None,
    on_event: Callable[[StepResult], None] | None = None,
    *,
    tests: bool = True,
    wait_seconds: float = WAIT_SECONDS,
) -> RefreshReport:
    """Bring the marts of these organizations up to date; of all dirty ones where none are named.

    Raises RefreshFailed (its message is Spanish) where the marts could not be made: the tenants stay dirty.
    """
    started = time.monotonic()
    results: list[StepResult] = []
    scope: Scope | None = None
    for happened in refresh_steps(settings, organizations, tests=tests, wait_seconds=wait_seconds):
        if isinstance(happened, Scope):
            scope = happened
            continue
        results.append(happened)
        if on_event is not None:
            on_event(happened)
    return RefreshReport(scope, results, time.monotonic() - started)


def refresh_steps(
    settings: Settings,
    organizations: Sequence[UUID] | None = None,
    *,
    tests: bool = True,
    views: bool = False,
    wait_seconds: float = WAIT_SECONDS,
    unless_clean: Sequence[UUID] | None = None,
    runner: DbtRunner | None = None,
) -> Iterator[Scope | StepResult]:
    """The refresh as it happens: first the Scope, then a StepResult each; nothing at all where nothing was to be done.

    Args:
        settings: where the database is.
        organizations: whom to refresh, changed or not; None: all that are dirty.
        tests: whether the data tests run, after the marts are published.
        views: whether the views are made again even where they are those of this project.
        wait_seconds: how long to wait for a refresh that is running. After that its tenants are left to the next one.
        unless_clean: do nothing if, once it is our turn, none of these is dirty any more: somebody else's refresh has
            covered them.
        runner: dbt with a manifest already loaded; None: this process's.

    """
    with refresh_lock(settings, wait_seconds) as got:
        if not got:
            logger.info("another refresh has been running for %.0f s; the tenants stay dirty", wait_seconds)
            return
        if unless_clean is not None and not set(unless_clean) & set(dirty_organizations(settings)):
            return
        scope = take_scope(settings, organizations)
        try:
            if scope.organizations:
                yield scope
                yield from _run(settings, scope, runner or prepared_runner(settings), tests=tests, views=views)
        except RefreshFailed as error:
            _tell(settings, scope, error)
            raise
        except DBAPIError as error:
            failure = RefreshFailed(str(error.orig))
            _tell(settings, scope, failure)
            raise failure from error
        finally:
            _empty_scope(settings)


def _run(settings: Settings, scope: Scope, dbt: DbtRunner, *, tests: bool, views: bool) -> Iterator[StepResult]:
    # A view shows what is below it by itself; making a dozen of them again is half of a small refresh.
    views = views or not dbt.views_are_current()
    yield from _layer(dbt, FIRST_LAYER, views=views)
    started = time.monotonic()
    summaries = write_customer_segments(settings, scope)
    yield StepResult("customer_segments", "step", time.monotonic() - started, len(summaries))
    yield from _layer(dbt, SECOND_LAYER, views=views)
    if views:
        dbt.mark_views()
    started = time.monotonic()
    written = write_analytics_data(settings, scope, summaries)
    yield StepResult("analytics_data", "step", time.monotonic() - started, written)
    started = time.monotonic()
    written = write_back_customers(settings, scope)
    yield StepResult("customers_write_back", "step", time.monotonic() - started, written)
    mark_refreshed(settings, scope)
    if tests:
        # After publishing: they say what is wrong, they do not make anybody wait. While the scope stands: they read it.
        yield from (_of_node(node) for node in dbt.invoke(TESTS))


def _layer(dbt: DbtRunner, layer: Sequence[str], *, views: bool) -> Iterator[StepResult]:
    """The models of a layer; raises RefreshFailed after the last if one was not made."""
    if not views:
        yield from (StepResult(name, "view", 0.0) for name in dbt.views(layer))
    nodes = dbt.invoke(layer, views=views)
    for node in nodes:
        if not node.failed:
            yield _of_node(node)
    failed = [node for node in nodes if node.failed]
    if failed:
        # What a view lacks, say after a restored backup, the next refresh makes.
        dbt.forget_views()
        raise RefreshFailed("; ".join(f"{node.unique_id}: {node.message}" for node in failed))


def _of_node(node: NodeResult) -> StepResult:
    return StepResult(node.unique_id, node.kind, node.seconds, node.rows, node)


def _tell(settings: Settings, scope: Scope, failure: RefreshFailed) -> None:
    try:
        mark_failed(settings, scope, failure.message)
    except DBAPIError:
        logger.exception("the failure could not be written to tenant_status")


def _empty_scope(settings: Settings) -> None:
    try:
        finish_scope(settings)
    except DBAPIError:
        # The database went away. The next refresh empties the scope before it takes its own.
        logger.exception("the scope could not be emptied")
