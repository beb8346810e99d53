"""Cells as Costa Ricans read them, and rows of two periods side by side."""

from collections.abc import Sequence
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
    if kind == "percent":
        return format_percent(value)
    if kind == "integer":
        return format_number(value, 0)
    if kind == "number":
        return format_number(round(float(value), 2))
    if isinstance(value, date):
        return show_date(value, kind)
    return plain(str(value))


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

    `additive` says of each metric whether no row means 0. Groups of the same name are added up.
    """
    first = results[0]
    keys = [c for c in first.columns if c.kind != "metric"]
    metrics = [c for c in first.columns if c.kind == "metric"]
    width = len(keys)
    table: dict[tuple[Any, ...], list[list[Any]]] = {}
    for number, result in enumerate(results):
        starts = [row[0] for row in result.rows] if keys and keys[0].kind == "time" else []
        for position, row in enumerate(spanish_rows(result)):
            # Months of one year beside those of another: the first with the first.
            key = (position, *row[1:width]) if starts else tuple(row[:width])
            cells = table.setdefault(key, [[None] * len(metrics) for _ in results])
            for index, value in enumerate(row[width:]):
                if value is not None:
                    cells[number][index] = value if cells[number][index] is None else cells[number][index] + value
    columns = reply_columns(keys)
    for metric in metrics:
        for number, name in enumerate(names):
            suffix = "" if number == 0 else "__previous" if len(names) == 2 else f"__{number}"
            columns.append(
                ReplyColumn(
                    name=f"{metric.name}{suffix}", label=f"{metric.label} · {name}", kind="metric", format=metric.format
                )
            )
        if len(names) == 2:
            columns.append(ReplyColumn(name=f"{metric.name}__change", label="Cambio", kind="metric", format="percent"))
    rows: list[list[Any]] = []
    for key, cells in table.items():
        head = list(key)
        if keys and keys[0].kind == "time":
            buckets = [row[0] for row in first.rows]
            head[0] = buckets[key[0]] if key[0] < len(buckets) else None
        row = head
        for index, adds in enumerate(additive):
            values = [cell[index] if cell[index] is not None or not adds else 0 for cell in cells]
            row += values
            if len(values) == 2:
                row.append(change(values[0], values[1]))
        rows.append(row)
    if keys and keys[0].kind != "time":
        rows.sort(key=lambda row: (row[width] is None, -(row[width] or 0) if descending else (row[width] or 0)))
    return columns, rows[:limit] if limit else rows


def change(now: Any, before: Any) -> float | None:
    """By which part of what was before: 0.25 is a quarter more; None where there was nothing."""
    if now is None or not before:
        return None
    return (float(now) - float(before)) / abs(float(before))
