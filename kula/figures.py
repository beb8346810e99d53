"""Cells as Costa Ricans read them, and rows of two periods side by side."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from kula.echo import plain
from kula.reply import ReplyColumn
from pymeai.costa_rica.money import MONTHS, format_date, format_money, format_number, format_percent
from pymeai.metrics.query import Column, MetricResult

NO_VALUE = "(sin dato)"
GRAIN_LABELS = {"date": "Día", "week": "Semana", "month": "Mes", "quarter": "Trimestre", "year": "Año"}


def show(value: Any, kind: str, currency: str) -> str:
    """A cell as text: ₡1 234,00, 12,5 %, 1 234, marzo 2017."""
    if value is None or value == "":
        return NO_VALUE
    if isinstance(value, bool):
        return "Sí" if value else "No"
    if kind == "money":
        return format_money(value, currency)
    if kind in _NUMBERS:
        return _NUMBERS[kind](value)
    return show_date(value, kind) if isinstance(value, date) else plain(str(value))


_NUMBERS: dict[str, Callable[[Any], str]] = {
    "percent": format_percent,
    "integer": lambda value: format_number(value, 0),
    "number": lambda value: format_number(round(float(value), 2)),
}


def show_date(day: date, kind: str) -> str:
    """The name of a bucket of time by its first day."""
    if kind == "month":
        return f"{MONTHS[day.month - 1]} {day.year}"
    if kind == "quarter":
        return f"{('I', 'II', 'III', 'IV')[(day.month - 1) // 3]} trimestre {day.year}"
    if kind == "year":
        return str(day.year)
    if kind == "week":
        return f"semana del {format_date(day)}"
    return format_date(day)


def reply_columns(columns: Sequence[Column]) -> list[ReplyColumn]:
    """The columns of a result, without what only the dashboard needs."""
    return [ReplyColumn(name=c.name, label=label_of(c), kind=c.kind, format=c.format) for c in columns]


def label_of(column: Column) -> str:
    """A column's heading: a column of time is called by its grain."""
    return GRAIN_LABELS.get(column.format, column.label) if column.kind == "time" else column.label


def spanish_rows(result: MetricResult) -> list[list[Any]]:
    """The rows with coded values ("won") as their Spanish names ("Ganada")."""
    tables = [column.values for column in result.columns]
    return [
        [
            table.get(str(value), value) if table and value is not None else value
            for value, table in zip(row, tables, strict=True)
        ]
        for row in result.rows
    ]


def side_by_side(
    results: Sequence[MetricResult], names: Sequence[str], additive: Sequence[bool], limit: int | None, descending: bool
) -> tuple[list[ReplyColumn], list[list[Any]]]:
    """One row a group that any period has, one column a metric and period; two periods get their change as well.

    `additive` says of each metric whether no row means 0. Groups of the same name are added up; of months and the like,
    the first of one period stands beside the first of the other.
    """
    first = results[0]
    keys = [column for column in first.columns if column.kind != "metric"]
    metrics = [column for column in first.columns if column.kind == "metric"]
    timed = bool(keys) and keys[0].kind == "time"
    rows: list[list[Any]] = []
    for head, cells in _joined(results, len(keys), timed=timed).items():
        row: list[Any] = list(head)
        for index, adds in enumerate(additive):
            values = [cell[index] if cell[index] is not None or not adds else 0 for cell in cells]
            row += values
            if len(values) == 2:
                row.append(change(values[0], values[1]))
        rows.append(row)
    place = len(keys)
    if timed:
        buckets = _buckets(first)
        rows.sort(key=lambda row: row[0])
        for row in rows:
            row[0] = buckets[row[0]] if row[0] < len(buckets) else None
    elif keys:
        rows.sort(key=lambda row: (row[place] is None, -(row[place] or 0) if descending else (row[place] or 0)))
    return [*reply_columns(keys), *_period_columns(metrics, names)], rows[:limit] if limit else rows


def _buckets(result: MetricResult) -> list[Any]:
    """The first days of a result's months (weeks, …), in order."""
    return sorted({row[0] for row in result.rows if row[0] is not None})


def _joined(results: Sequence[MetricResult], width: int, *, timed: bool) -> dict[tuple[Any, ...], list[list[Any]]]:
    """The metric cells of each result by group; the group of a time column is its place in its own period."""
    table: dict[tuple[Any, ...], list[list[Any]]] = {}
    for number, result in enumerate(results):
        places = {bucket: place for place, bucket in enumerate(_buckets(result))} if timed else {}
        for row in spanish_rows(result):
            key = (places.get(row[0], len(places)), *row[1:width]) if timed else tuple(row[:width])
            cells = table.setdefault(key, [[None] * (len(row) - width) for _ in results])[number]
            for index, value in enumerate(row[width:]):
                if value is not None:
                    cells[index] = value if cells[index] is None else cells[index] + value
    return table


def _period_columns(metrics: Sequence[Column], names: Sequence[str]) -> list[ReplyColumn]:
    columns = []
    for metric in metrics:
        for number, name in enumerate(names):
            suffix = "" if number == 0 else "__previous" if len(names) == 2 else f"__{number}"
            label = f"{metric.label} · {name}"
            columns.append(ReplyColumn(name=f"{metric.name}{suffix}", label=label, kind="metric", format=metric.format))
        if len(names) == 2:
            changed = ReplyColumn(name=f"{metric.name}__change", label="Cambio", kind="metric", format="percent")
            columns.append(changed)
    return columns


def change(now: Any, before: Any) -> float | None:
    """By which part of what was before: 0.25 is a quarter more; None where there was nothing."""
    if now is None or not before:
        return None
    return (float(now) - float(before)) / abs(float(before))
