"""What MetricFlow cannot say is built around its SELECT: the period before, shares, conditions on metrics, order, limit."""

from typing import Any

from sqlglot import exp, parse_one

from pymeai.metrics.catalogue import Catalogue
from pymeai.metrics.compiler import DIALECT, END, START, condition_sql
from pymeai.metrics.periods import Shift
from pymeai.metrics.plan import Plan

PREVIOUS = "previous_"


def assemble(
    plan: Plan,
    compiled: exp.Query,
    parameters: dict[str, Any],
    catalogue: Catalogue,
    *,
    shift: Shift | None,
    share_of_total: bool,
    limit: int,
) -> tuple[exp.Query, dict[str, Any]]:
    """The whole statement, with the columns of the plan in their order, and the values of its placeholders.

    `shift` is how far back the period lies that this one is compared with; None compares with nothing.
    """
    keys = [*plan.identities, *(grouping.compiled_name for grouping in plan.groupings)]
    values = [*plan.metrics, *plan.hidden_metrics]
    ctes = {"result": compiled}
    if shift and plan.time_range:
        before = shift.range_before(plan.time_range)
        parameters = {**parameters, f"{PREVIOUS}{START}": before.start, f"{PREVIOUS}{END}": before.end}
        ctes["before"] = _of_the_period_before(compiled)
        ctes["compared"] = _side_by_side(plan, keys, values, shift)
    ctes["measured"] = _measured(
        plan, keys, values, catalogue, compared=shift is not None, share_of_total=share_of_total
    )
    statement = exp.select(
        *(_aliased(grouping.compiled_name, grouping.name) for grouping in plan.groupings),
        *(exp.column(column.name) for column in plan.columns if column.kind == "metric"),
    ).from_("measured")
    for number, condition in enumerate(plan.metric_conditions):
        clause, bound = condition_sql(f'"{condition.field}"', condition, f"metric_filter_{number}")
        statement = statement.where(clause, dialect=DIALECT)
        parameters = {**parameters, **bound}
    compiled_names = {grouping.name: grouping.compiled_name for grouping in plan.groupings}
    for name, descending in plan.order:
        column = exp.column(compiled_names.get(name, name), table="measured")
        statement = statement.order_by(exp.Ordered(this=column, desc=descending, nulls_first=False))
    for name in plan.identities:
        statement = statement.order_by(exp.Ordered(this=exp.column(name, table="measured"), nulls_first=False))
    for name, query in ctes.items():
        statement = statement.with_(name, as_=query, dialect=DIALECT)
    return statement.limit(limit), parameters


def _of_the_period_before(compiled: exp.Query) -> exp.Query:
    copy = compiled.copy()
    for placeholder in copy.find_all(exp.Placeholder):
        if placeholder.name in {START, END}:
            placeholder.set("this", exp.to_identifier(f"{PREVIOUS}{placeholder.name}"))
    return copy


def _side_by_side(plan: Plan, keys: list[str], values: list[str], shift: Shift) -> exp.Query:
    """One row a key that either period has. A union, because a full join does not match keys that are null."""
    time = plan.time_grouping
    moved = f"months => {shift.months}, days => {shift.days}"
    current = [_quoted(key) for key in keys]
    before = [
        f"cast({_quoted(key)} + make_interval({moved}) as date)" if time and key == time.compiled_name else _quoted(key)
        for key in keys
    ]
    both = ", ".join(
        f"max({_quoted(name)}) as {_quoted(name)}" for value in values for name in (value, f"{value}__previous")
    )
    first = ", ".join([*current, *(f"{_quoted(v)}, null as {_quoted(f'{v}__previous')}" for v in values)])
    second = ", ".join([*before, *(f"null, {_quoted(value)}" for value in values)])
    statement = f"""
        select {", ".join([*current, both])}
        from (select {first} from result union all select {second} from before) as periods
        {f"group by {', '.join(current)}" if keys else ""}
    """
    return _parsed(statement)


def _measured(
    plan: Plan, keys: list[str], values: list[str], catalogue: Catalogue, *, compared: bool, share_of_total: bool
) -> exp.Query:
    """The columns that are computed from the metrics.

    A count of no rows is 0 (MetricFlow sums ones, and no ones sum to null); a sum of none is 0 only beside another.
    """
    columns = [_quoted(key) for key in keys]
    for value in values:
        info = catalogue.metrics[value]
        now, earlier = _quoted(value), _quoted(f"{value}__previous")
        if info.additive and (compared or info.format == "integer"):
            now, earlier = f"coalesce({now}, 0)", f"coalesce({earlier}, 0)"
        columns.append(f"{now} as {_quoted(value)}")
        if value in plan.hidden_metrics:
            continue
        if compared:
            columns.append(f"{earlier} as {_quoted(f'{value}__previous')}")
            columns.append(
                f"cast({now} - {earlier} as double precision) / nullif(abs({earlier}), 0) as {_quoted(f'{value}__change')}"
            )
        if share_of_total:
            columns.append(
                f"cast({now} as double precision) / nullif(sum({now}) over (), 0) as {_quoted(f'{value}__share')}"
            )
    return _parsed(f"select {', '.join(columns)} from {'compared' if compared else 'result'}")


def _aliased(name: str, alias: str) -> exp.Expr:
    return exp.alias_(exp.column(name), alias) if name != alias else exp.column(name)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _parsed(statement: str) -> exp.Query:
    tree = parse_one(statement, dialect=DIALECT)
    assert isinstance(tree, exp.Query)
    return tree
