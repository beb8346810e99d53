"""Runs the layers of the dbt project inside this process, from a manifest that is parsed once and kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pymeai.errors import PymeError
from pymeai.metrics.dbt_command import dbt_environment, invoke_dbt
from pymeai.settings import Settings

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

SEGMENTS = "source:analytics.customer_segments"
"""What the Python segmentation makes: models that stand on it are the second layer, all others the first."""

FIRST_LAYER = ("run", "--exclude", f"{SEGMENTS}+")
SECOND_LAYER = ("run", "--select", f"{SEGMENTS}+")
TESTS = ("test", "--resource-type", "test")
FLAGS = ("--quiet", "--no-use-colors", "--log-level-file", "none", "--no-write-json")

FAILED_STATUSES = frozenset({"error", "fail", "runtime error"})


class RefreshFailed(PymeError):
    """Some marts could not be made; `detail` is what the database or dbt said, for the log."""

    default_code = "refresh_failed"
    status = 503

    def __init__(self, detail: str) -> None:
        super().__init__(
            "No se pudieron actualizar los tableros con los últimos datos. Se volverá a intentar en unos minutos."
        )
        self.detail = detail


@dataclass(frozen=True)
class NodeResult:
    """How one model or test ended."""

    unique_id: str
    kind: str
    # "success", "pass", "warn", "fail", "error" or "skipped".
    status: str
    seconds: float
    message: str
    # Of a test: how many rows fail it. Of a model: how many rows were written, where the database says so.
    failures: int | None = None
    rows: int | None = None

    @property
    def failed(self) -> bool:
        """Whether the model was not made or the test not passed."""
        return self.status in FAILED_STATUSES


class DbtRunner:
    """dbt with this process's manifest. Not for several threads at once: dbt reads the process's environment."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._manifest: Manifest | None = None

    def prepare(self) -> None:
        """Parse the project, or load what was parsed before; a second with a warm cache, three without."""
        outcome = invoke_dbt([*FLAGS, "parse"], dbt_environment(self._settings))
        if outcome.exception is not None:
            raise RefreshFailed(f"{type(outcome.exception).__name__}: {outcome.exception}") from outcome.exception
        self._manifest = cast("Manifest", outcome.result)

    def invoke(self, command: Sequence[str]) -> list[NodeResult]:
        """Run one command of the project.

        Raises RefreshFailed where dbt did not get to the end by itself; failed nodes are in the results.
        """
        if self._manifest is None:
            self.prepare()
        outcome = invoke_dbt([*FLAGS, *command], dbt_environment(self._settings), self._manifest)
        if outcome.exception is not None:
            raise RefreshFailed(f"{type(outcome.exception).__name__}: {outcome.exception}") from outcome.exception
        return list(_node_results(outcome.result))


def _node_results(result: Any) -> Iterator[NodeResult]:
    for found in result.results:
        response = found.adapter_response or {}
        yield NodeResult(
            unique_id=found.node.unique_id,
            kind=str(found.node.resource_type),
            status=str(found.status),
            seconds=float(found.execution_time),
            message=str(found.message or ""),
            failures=found.failures,
            rows=response.get("rows_affected"),
        )
