"""Runs the layers of the dbt project inside this process, from a manifest that is parsed once and kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import text

from pymeai.database.connections import engine_for
from pymeai.errors import PymeError
from pymeai.metrics.dbt_command import dbt_environment, invoke_dbt
from pymeai.metrics.manifest import project_digest
from pymeai.settings import Settings

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

SEGMENTS = "source:analytics.customer_segments"
"""What the Python segmentation makes: models that stand on it are the second layer, all others the first."""

FIRST_LAYER = ("run", "--exclude", f"{SEGMENTS}+")
SECOND_LAYER = ("run", "--select", f"{SEGMENTS}+")
SEGMENTS_ID = "source.pymeai.analytics.customer_segments"
VIEWS = "config.materialized:view"
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
        self._digest = ""

    def prepare(self) -> None:
        """Parse the project, or load what was parsed before; a second with a warm cache, three without."""
        self._digest = project_digest()
        outcome = invoke_dbt([*FLAGS, "parse"], dbt_environment(self._settings))
        if outcome.exception is not None:
            raise RefreshFailed(f"{type(outcome.exception).__name__}: {outcome.exception}") from outcome.exception
        self._manifest = cast("Manifest", outcome.result)

    def views_are_current(self) -> bool:
        """Whether the views in the database are those of this project: they then need no making."""
        self._parsed()
        with engine_for(self._settings, "pipeline").connect() as connection:
            told = connection.scalar(text("select obj_description(to_regnamespace('staging'), 'pg_namespace')"))
        return bool(told == self._mark)

    def mark_views(self) -> None:
        """Say, in a comment on the schema, that the views are those of this project."""
        self._parsed()
        with engine_for(self._settings, "pipeline").begin() as connection:
            connection.execute(text(f"comment on schema staging is '{self._mark}'"))

    def forget_views(self) -> None:
        """Let the next refresh make the views again."""
        with engine_for(self._settings, "pipeline").begin() as connection:
            connection.execute(text("comment on schema staging is null"))

    def views(self, layer: Sequence[str]) -> list[str]:
        """The unique ids of a layer's views, each after those it stands on."""
        nodes: dict[str, Any] = {name: node for name, node in self._parsed().nodes.items() if name.startswith("model.")}
        order = TopologicalSorter({name: node.depends_on.nodes for name, node in nodes.items()}).static_order()
        later: set[str] = set()
        found = []
        for name in order:
            if name == SEGMENTS_ID or (name in nodes and later & set(nodes[name].depends_on.nodes)):
                later.add(name)
            is_view = name in nodes and nodes[name].config.materialized == "view"
            if is_view and (name in later) == (layer is SECOND_LAYER):
                found.append(name)
        return found

    @property
    def _mark(self) -> str:
        return f"views of {self._digest}"

    def _parsed(self) -> "Manifest":
        if self._manifest is None:
            self.prepare()
        return cast("Manifest", self._manifest)

    def invoke(self, command: Sequence[str], *, views: bool = True) -> list[NodeResult]:
        """Run one command of the project; without `views` its views are left as they are.

        Raises RefreshFailed where dbt did not get to the end by itself; failed nodes are in the results.
        """
        arguments = [*FLAGS, *command]
        if not views:
            arguments += [VIEWS] if "--exclude" in command else ["--exclude", VIEWS]
        outcome = invoke_dbt(arguments, dbt_environment(self._settings), self._parsed())
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
