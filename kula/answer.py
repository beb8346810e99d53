"""Rows -> an answer in Spanish. Every figure of the text is a cell of the rows, or a sum of cells."""

from typing import Any

from kula.figures import change, reply_columns, show, side_by_side, spanish_rows
from kula.followups import followups
from kula.knowledge import Knowledge
from kula.periods.period import Period
from kula.reply import Chart, Reply, ReplyColumn
from kula.resolve import Resolved
from kula.understanding import Context
from pymeai.metrics.catalogue import Catalogue
from pymeai.metrics.query import Filter, MetricResult

_LISTED = 10
_MAX_BARS = 40
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
    text = _narrate(resolved, columns, rows, first.currency, names, catalogue, known)
    text = text[:1].upper() + text[1:]
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
        followups=followups(resolved, context, known),
        sql=";\n".join(result.sql for result in results),
        data_as_of=first.data_as_of,
        currency=first.currency,
        plan=resolved.plan,
        query=resolved.queries[0].model_dump(mode="json") if len(results) == 1 else None,
    )


def understood(resolved: Resolved, currency: str, catalogue: Catalogue) -> str:
    """ "Entendí: ventas netas por categoría · 1–31 mar 2026 · CRC"."""
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
        by.insert(
            0, {"day": "día", "week": "semana", "month": "mes", "quarter": "trimestre", "year": "año"}[plan.grain]
        )
    return f"{text} por {' y '.join(by)}" if by else text


def _condition(condition: Filter, catalogue: Catalogue, currency: str) -> str | None:
    if condition.op == "not_null":
        return None
    metric = catalogue.metrics.get(condition.field)
    info = metric or catalogue.dimensions[condition.field]
    values = condition.value if isinstance(condition.value, list) else [condition.value]
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


def _narrate(
    resolved: Resolved,
    columns: list[ReplyColumn],
    rows: list[list[Any]],
    currency: str,
    names: list[str],
    catalogue: Catalogue,
    known: Knowledge,
) -> str:
    plan = resolved.plan
    metric = catalogue.metrics[plan.metrics[0]]
    metrics = [c for c in columns if c.kind == "metric"]
    if _is_empty(rows, columns):
        return _nothing(resolved, metric.label, known)
    groups = [c for c in columns if c.kind != "metric"]
    place = [i for i, c in enumerate(columns) if c.kind == "metric"]
    if not metrics:
        listed = ", ".join(show(row[0], columns[0].format, currency) for row in rows[:_LISTED])
        more = f" y {len(rows) - _LISTED} más" if len(rows) > _LISTED else ""
        return f"Son {len(rows)}: {listed}{more}."
    if not groups:
        return _single(resolved, columns, rows[0], currency, names, catalogue)

    def cell(row: list[Any], index: int) -> str:
        return show(row[index], columns[index].format, currency)

    def label(row: list[Any]) -> str:
        return " · ".join(show(row[i], c.format, currency) for i, c in enumerate(groups))

    value = place[0]
    if len(names) == 2 and len(place) > 1:
        return _compared_groups(
            resolved, columns, rows, [label(row) for row in rows], place[:2], currency, names, catalogue
        )
    if len(rows) == 1:
        return f"{label(rows[0])}: {cell(rows[0], value)} de {metric.label.lower()}{_when(resolved.periods)}."
    if plan.order is not None and plan.limit is not None:
        ranked = "; ".join(f"{n}. {label(row)} ({cell(row, value)})" for n, row in enumerate(rows[:_LISTED], 1))
        return f"{ranked}."
    filled = [row for row in rows if row[value] is not None]
    best, worst = max(filled, key=lambda row: row[value]), min(filled, key=lambda row: row[value])
    text = f"El mayor es {label(best)} ({cell(best, value)}) y el menor {label(worst)} ({cell(worst, value)})"
    if metric.additive and columns[value].format in ("money", "integer", "number"):
        total = sum(row[value] for row in filled)
        text = (
            f"{metric.label}{_when(resolved.periods)}: {show(total, columns[value].format, currency)} en total. {text}"
        )
    return f"{text}."


def _compared_groups(
    resolved: Resolved,
    columns: list[ReplyColumn],
    rows: list[list[Any]],
    labels: list[str],
    pair: list[int],
    currency: str,
    names: list[str],
    catalogue: Catalogue,
) -> str:
    """Both totals, where they can be added, and the group that moved most."""
    metric = catalogue.metrics[resolved.plan.metrics[0]]
    now, before = pair
    moved = [
        (row[now] - row[before], name)
        for row, name in zip(rows, labels, strict=True)
        if row[now] is not None and row[before] is not None
    ]
    text = f"{metric.label}, {names[0]} frente a {names[1]}."
    if metric.additive and resolved.plan.limit is None:
        totals = [sum(row[i] or 0 for row in rows) for i in pair]
        said = "; ".join(
            f"{name}: {show(total, metric.format, currency)}" for name, total in zip(names, totals, strict=True)
        )
        text = f"{metric.label} — {said}.{_difference(totals[0], totals[1], metric.format, currency)}"
    if moved and metric.format != "percent":
        most, name = max(moved, key=lambda item: abs(item[0]))
        if most:
            word = "más" if most > 0 else "menos"
            text += f" El mayor cambio es {name}: {show(abs(most), metric.format, currency)} {word}."
    return text


def _single(
    resolved: Resolved,
    columns: list[ReplyColumn],
    row: list[Any],
    currency: str,
    names: list[str],
    catalogue: Catalogue,
) -> str:
    if len(names) == 1:
        parts = [
            f"{c.label}{_when(resolved.periods)}: {show(v, c.format, currency)}"
            for c, v in zip(columns, row, strict=True)
        ]
        return ". ".join(parts) + "."
    sentences = []
    for name in resolved.plan.metrics:
        info = catalogue.metrics[name]
        own = [
            i
            for i, c in enumerate(columns)
            if c.name == name or (c.name.startswith(f"{name}__") and not c.name.endswith("__change"))
        ]
        said = "; ".join(
            f"{period}: {show(row[i], columns[i].format, currency)}" for period, i in zip(names, own, strict=False)
        )
        sentence = f"{info.label} — {said}."
        if len(own) == 2:
            sentence += _difference(row[own[0]], row[own[1]], info.format, currency)
        elif info.additive:
            sentence += f" En total: {show(sum(row[i] or 0 for i in own), info.format, currency)}."
        sentences.append(sentence)
    return " ".join(sentences)


def _difference(now: Any, before: Any, kind: str, currency: str) -> str:
    if now is None or before is None:
        return ""
    if now == before:
        return " Es lo mismo."
    word = "más" if now > before else "menos"
    if kind == "percent":
        return f" Son {show(abs(now - before) * 100, 'number', currency)} puntos {word}."
    part = change(now, before)
    return f" Es {show(abs(now - before), kind, currency)} {word}" + (
        f" ({show(abs(part), 'percent', currency)})." if part else "."
    )


def _when(periods: list[Period | None]) -> str:
    period = periods[0]
    return f" ({period.name})" if period is not None and not period.is_all else ""


def _is_empty(rows: list[list[Any]], columns: list[ReplyColumn]) -> bool:
    places = [i for i, c in enumerate(columns) if c.kind == "metric" and not c.name.endswith("__change")]
    if not rows:
        return True
    return bool(places) and all(not row[i] for row in rows for i in places)


def _nothing(resolved: Resolved, label: str, known: Knowledge) -> str:
    """ "No hay ventas en ese período" is not "no tengo ese dato": says which days there is data of."""
    plan = resolved.plan
    subject = (
        "opportunities"
        if any(
            "opportunit" in m or m in ("open_value", "won_value", "weighted_value", "win_rate") for m in plan.metrics
        )
        else "sales"
    )
    if plan.metrics[0] in ("customers_count", "new_customers"):
        subject = "customers"
    noun = {"sales": "ventas", "opportunities": "oportunidades", "customers": "clientes"}[subject]
    span = known.spans.get(subject)
    if span is None:
        return (
            f"Todavía no hay {noun} registradas." if subject != "customers" else "Todavía no hay clientes registrados."
        )
    period = resolved.periods[0]
    conditions = [f for f in resolved.filters if f.op != "not_null"]
    what = f"No hay {noun} que cumplan eso" if conditions else f"No hay {noun}"
    if plan.metrics[0] in ("gross_profit", "gross_margin"):
        what = f"No hay datos de {label.lower()} (hace falta el costo en las ventas)"
    when = f" en ese período ({period.dates})" if period is not None and not period.is_all else ""
    return f"{what}{when}. Hay datos de {Period(*span).dates}."


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
