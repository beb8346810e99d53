"""Rows -> a reply: what was understood, the table, the chart, and what may be asked next."""

from typing import Any

from kula.figures import reply_columns, show, side_by_side, spanish_rows
from kula.followups import followups
from kula.knowledge import Knowledge
from kula.narrative import Narrative
from kula.reply import Chart, Reply, ReplyColumn
from kula.resolve import Resolved
from kula.understanding import Context
from pymeai.metrics.catalogue import Catalogue
from pymeai.metrics.query import Filter, MetricResult

_MAX_BARS = 40
_GRAINS = {"day": "día", "week": "semana", "month": "mes", "quarter": "trimestre", "year": "año"}
_OPERATORS = {
    "gt": "más de",
    "gte": "al menos",
    "lt": "menos de",
    "lte": "como máximo",
    "eq": "igual a",
    "ne": "distinto de",
}


def build_answer(resolved: Resolved, results: list[MetricResult], context: Context, known: Knowledge) -> Reply:
    """The reply to a plan that was run: `results` in the order of `resolved.queries`."""
    catalogue = context.catalogue
    first = results[0]
    names = [period.name if period else "todo el historial" for period in resolved.periods]
    if len(results) > 1:
        order = resolved.queries[0].order
        descending = order[0].descending if order else True
        additive = [catalogue.metrics[name].additive for name in resolved.plan.metrics]
        columns, rows = side_by_side(results, names, additive, resolved.plan.limit, descending)
    else:
        columns, rows = reply_columns(first.columns), spanish_rows(first)
        if len(names) == 2:
            columns = _named_periods(columns, resolved.plan.metrics, names, catalogue)
    columns, rows = _without_constant_count(resolved, columns, rows)
    text = Narrative(resolved, columns, rows, first.currency, names, catalogue, known).text()
    if first.truncated and resolved.plan.limit is None:
        text += f" Se muestran las primeras {len(rows)} filas."
    return Reply(
        kind="answer",
        text=text,
        understood=understood(resolved, first.currency, catalogue),
        assumptions=resolved.assumptions,
        columns=columns,
        rows=rows,
        chart=_chart(columns, rows, _title(resolved, catalogue)),
        followups=followups(resolved, context),
        sql=";\n".join(result.sql for result in results),
        data_as_of=first.data_as_of,
        currency=first.currency,
        plan=resolved.plan,
        query=resolved.queries[0].model_dump(mode="json") if len(results) == 1 else None,
    )


def understood(resolved: Resolved, currency: str, catalogue: Catalogue) -> str:
    """What was understood: "Entendí: ventas netas por categoría · 1–31 mar 2026 · CRC"."""
    plan = resolved.plan
    parts = [_title(resolved, catalogue)]
    for condition in (*resolved.filters, *resolved.queries[0].metric_filters):
        said = _condition(condition, catalogue, currency)
        if said:
            parts.append(said)
    if plan.limit is not None and plan.order is not None:
        which = "mayores" if plan.order.descending else "menores"
        parts.append(f"los {plan.limit} {which}" if plan.limit > 1 else f"el {which[:-2]}")
    parts.append(" frente a ".join(p.dates if p else "todo el historial" for p in resolved.periods))
    if any(catalogue.metrics[name].format == "money" for name in plan.metrics):
        parts.append(currency)
    return "Entendí: " + " · ".join(parts)


def _title(resolved: Resolved, catalogue: Catalogue) -> str:
    plan = resolved.plan
    text = " y ".join(catalogue.metrics[name].label for name in plan.metrics)
    text = text[:1].lower() + text[1:]
    if plan.intent == "list" and plan.metrics == ["customers_count"]:
        return "lista de clientes"
    by = [catalogue.dimensions[name].label.lower() for name in plan.dimensions]
    if plan.grain:
        by.insert(0, _GRAINS[plan.grain])
    return f"{text} por {' y '.join(by)}" if by else text


def _condition(condition: Filter, catalogue: Catalogue, currency: str) -> str | None:
    if condition.op == "not_null":
        return None
    metric = catalogue.metrics.get(condition.field)
    info = metric or catalogue.dimensions[condition.field]
    given: Any = condition.value
    values = given if isinstance(given, list) else [given]
    table = {} if metric else catalogue.dimensions[condition.field].values
    shown = [table.get(str(v), show(v, info.format, currency)) for v in values]
    if condition.op == "between":
        return f"{info.label.lower()} entre {shown[0]} y {shown[1]}"
    if condition.op in ("gt", "gte", "lt", "lte"):
        return f"{info.label.lower()} {_OPERATORS[condition.op]} {shown[0]}"
    joined = ", ".join(shown[:3]) + (f" y {len(shown) - 3} más" if len(shown) > 3 else "")
    negative = condition.op in ("ne", "not_in")
    return f"{info.label.lower()}{' menos' if negative else ''}: {joined}"


def _named_periods(
    columns: list[ReplyColumn], metrics: list[str], names: list[str], catalogue: Catalogue
) -> list[ReplyColumn]:
    labels = {name: f"{catalogue.metrics[name].label} · {names[0]}" for name in metrics}
    labels |= {f"{name}__previous": f"{catalogue.metrics[name].label} · {names[1]}" for name in metrics}
    labels |= {f"{name}__change": "Cambio" for name in metrics}
    return [column.model_copy(update={"label": labels.get(column.name, column.label)}) for column in columns]


def _without_constant_count(
    resolved: Resolved, columns: list[ReplyColumn], rows: list[list[Any]]
) -> tuple[list[ReplyColumn], list[list[Any]]]:
    """A list of customers needs no column that says 1 in every row."""
    if resolved.plan.intent != "list" or resolved.plan.metrics != ["customers_count"] or len(columns) < 2:
        return columns, rows
    if any(row[-1] != 1 for row in rows):
        return columns, rows
    return columns[:-1], [row[:-1] for row in rows]


def _chart(columns: list[ReplyColumn], rows: list[list[Any]], title: str) -> Chart | None:
    groups = [c for c in columns if c.kind != "metric"]
    series = [c.name for c in columns if c.kind == "metric" and not c.name.endswith(("__change", "__share"))]
    if not rows or not series:
        return None
    title = title[:1].upper() + title[1:]
    if not groups:
        return Chart(type="number" if len(series) == 1 else "bar", series=series, title=title)
    if groups[0].kind == "time":
        return Chart(type="line" if len(rows) > 1 else "bar", x=groups[0].name, series=series, title=title)
    return Chart(type="bar", x=groups[0].name, series=series, title=title) if len(rows) <= _MAX_BARS else None
