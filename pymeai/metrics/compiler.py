"""A plan -> SQL through MetricFlow. Values never enter the SQL: they travel beside it, under the names of placeholders."""

import threading
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlglot import exp, parse_one

from pymeai.metrics.catalogue import METRIC_TIME
from pymeai.metrics.plan import Condition, Plan
from pymeai.metrics.query import Operator

if TYPE_CHECKING:
    from metricflow.engine.metricflow_engine import MetricFlowEngine
    from metricflow.protocols.sql_client import SqlClient

DIALECT = "postgres"
START, END = "range_start", "range_end"
# `ne` and `not_in` keep the rows without a value: "all but X" leaves out X alone.
CONDITIONS: dict[Operator, str] = {
    "eq": "{element} = %({name})s",
    "ne": "{element} is distinct from %({name})s",
    "in": "{element} = any(%({name})s)",
    "not_in": "({element} is null or not {element} = any(%({name})s))",
    "contains": "{element} ilike %({name})s",
    "gt": "{element} > %({name})s",
    "gte": "{element} >= %({name})s",
    "lt": "{element} < %({name})s",
    "lte": "{element} <= %({name})s",
    "between": "{element} between %({name}_least)s and %({name}_most)s",
    "is_null": "{element} is null",
    "not_null": "{element} is not null",
}

# MetricFlow numbers its aliases from a sequence of the module: one question at a time.
_turn = threading.Lock()


def compile_plan(plan: Plan, manifest: Path) -> tuple[exp.Query, dict[str, Any]]:
    """The syntax tree of MetricFlow's SELECT, with a column a metric and a grouping, and the values of its placeholders."""
    where: list[str] = []
    parameters: dict[str, Any] = {}
    for number, condition in enumerate(plan.conditions):
        element = _element(condition)
        clause, values = condition_sql(element, condition, f"filter_{number}")
        where.append(clause)
        parameters.update(values)
    if plan.time_range:
        where.append(f"{{{{ TimeDimension('{METRIC_TIME}', 'day') }}}} between %({START})s and %({END})s")
        parameters.update({START: plan.time_range.start, END: plan.time_range.end})
    names = (*plan.identities, *(grouping.compiled_name for grouping in plan.groupings))
    tree = _compile(manifest, (*plan.metrics, *plan.hidden_metrics), names, tuple(where))
    return tree.copy(), parameters


def condition_sql(element: str, condition: Condition, name: str) -> tuple[str, dict[str, Any]]:
    """A condition on `element` as SQL with placeholders, and their values."""
    clause = CONDITIONS[condition.op].format(element=element, name=name)
    match condition.op:
        case "is_null" | "not_null":
            return clause, {}
        case "between":
            least, most = condition.value
            return clause, {f"{name}_least": least, f"{name}_most": most}
        case "contains":
            escaped = condition.value.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
            return clause, {name: f"%{escaped}%"}
        case _:
            return clause, {name: condition.value}


def _element(condition: Condition) -> str:
    if condition.is_time:
        return f"{{{{ TimeDimension('{condition.field}', 'day') }}}}"
    return f"{{{{ Dimension('{condition.field}') }}}}"


@lru_cache(maxsize=512)
def _compile(manifest: Path, metrics: Sequence[str], group_by: Sequence[str], where: Sequence[str]) -> exp.Query:
    from metricflow.engine.metricflow_engine import MetricFlowQueryRequest, OutputColumnOrderMode

    request = MetricFlowQueryRequest.create(
        metric_names=metrics,
        group_by_names=group_by,
        where_constraints=where,
        output_column_order_mode=OutputColumnOrderMode.INPUT_ORDER,
    )
    with _turn:
        statement = _engine(manifest).explain(request).sql_statement.without_descriptions.sql
    return _simplified(parse_one(statement, dialect=DIALECT))


@cache
def _engine(manifest: Path) -> "MetricFlowEngine":
    from metricflow.engine.metricflow_engine import MetricFlowEngine
    from metricflow.protocols.sql_client import SqlEngine
    from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer
    from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

    class Renderer:
        """All of a client that compiling needs; nothing is run through it."""

        sql_engine_type = SqlEngine.POSTGRES
        sql_plan_renderer = PostgresSQLSqlPlanRenderer()

    parsed = parse_manifest_from_dbt_generated_manifest(manifest.read_text(encoding="utf-8"))
    return MetricFlowEngine(SemanticManifestLookup(parsed), cast("SqlClient", Renderer()))


def _simplified(tree: exp.Expr) -> exp.Query:
    """The same query as PostgreSQL does it faster.

    All times of the marts are dates: DATE_TRUNC('day', x) is x itself, which an index serves, and longer grains are
    dates again, free of the session's time zone. A CTE that only reads a table is not built first when it is read twice:
    its readers' conditions reach the table.
    """
    for table in tree.find_all(exp.Table):
        # The manifest's database is the one that dbt parsed with, not the one that is asked.
        table.set("catalog", None)
    for cte in tree.find_all(exp.CTE):
        if not cte.find(exp.Group, exp.AggFunc):
            cte.set("materialized", False)
    for node in list(tree.find_all(exp.TimestampTrunc)):
        if node.text("unit").lower() == "day":
            node.replace(node.this)
        else:
            inner = exp.TimestampTrunc(this=exp.cast(node.this, "timestamp"), unit=node.args["unit"])
            node.replace(exp.cast(inner, "date"))
    assert isinstance(tree, exp.Query)
    return tree
