"""What an alert finds: free of HTTP and of the CRM's tables, so that a schedule can ask it too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pymeai.costa_rica.money import format_money, format_number, format_percent
from pymeai.errors import invalid_field
from pymeai.metrics.catalogue import MetricInfo, load_catalogue
from pymeai.metrics.plan import plan_query
from pymeai.metrics.query import Column, MetricQuery, MetricResult, TimeRange
from pymeai.metrics.service import run_query
from pymeai.settings import Settings
from pymeai.templates.alerts import Condition, alert_dates
from pymeai.tenancy.tenant import Tenant

NAMED_ROWS = 3
"""How many groups the sentence of an alert names."""


@dataclass(frozen=True)
class Measured:
    """One row of an alert's query. `measured` is what the condition is held against; None where there is nothing."""

    group: list[Any]
    value: float | None
    previous: float | None
    measured: float | None
    fires: bool


@dataclass(frozen=True)
class Evaluation:
    """What an alert finds on one day; the rows that fire come first."""

    rows: list[Measured]
    text: str
    unit: str
    time_range: TimeRange | None
    previous_range: TimeRange | None
    currency: str
    data_as_of: datetime | None

    @property
    def fires(self) -> bool:
        """Whether there is anything to tell."""
        return any(row.fires for row in self.rows)


def check(settings: Settings, query: MetricQuery, condition: Condition) -> None:
    """Raise Invalid where the query cannot be asked or the condition cannot be held against its answer."""
    catalogue = load_catalogue(settings)
    if len(query.metrics) != 1:
        message = "Una alerta mira una sola métrica."
        raise invalid_field("query.metrics", message)
    plan_query(_asked(query, condition, date(2026, 1, 31)), catalogue)
    info = catalogue.metrics[query.metrics[0]]
    if condition.unit == "percent" and condition.comparison is None and info.format != "percent":
        message = f"«{info.label}» no es un porcentaje: use unit «absolute», o compare con otro período."
        raise invalid_field("condition.unit", message)


def evaluate(
    settings: Settings,
    tenant: Tenant,
    query: MetricQuery,
    condition: Condition,
    today: date,
    *,
    seen_by: UUID | None = None,
) -> Evaluation:
    """Ask the alert's question as of the business day `today`, of what `seen_by` sees (None: all).

    Raises Invalid or Unavailable as the metrics do.
    """
    check(settings, query, condition)
    catalogue = load_catalogue(settings)
    info = catalogue.metrics[query.metrics[0]]
    asked = _asked(query, condition, today)
    result = run_query(settings, tenant, asked, seen_by=seen_by)
    rows = [_measured(row, result.columns, info, condition) for row in result.rows]
    if not rows:
        rows = [_of_value([], None, None, info, condition)]
    # sorted() keeps the query's own order within each half.
    rows = sorted(rows, key=lambda row: not row.fires)
    return Evaluation(
        rows,
        _sentence(rows, info, condition, result),
        condition.unit,
        asked.time_range,
        result.previous_range,
        result.currency,
        result.data_as_of,
    )


def _asked(query: MetricQuery, condition: Condition, today: date) -> MetricQuery:
    days = alert_dates(condition.period, today)
    time_range = TimeRange(start=days[0], end=days[1]) if days else None
    return query.model_copy(update={"time_range": time_range, "comparison": condition.comparison})


def _measured(row: Sequence[Any], columns: Sequence[Column], info: MetricInfo, condition: Condition) -> Measured:
    cells = {column.name: cell for column, cell in zip(columns, row, strict=True)}
    group = [
        column.values.get(str(cell), cell) for column, cell in zip(columns, row, strict=True) if column.kind != "metric"
    ]
    return _of_value(group, _number(cells[info.name]), _number(cells.get(f"{info.name}__previous")), info, condition)


def _of_value(
    group: list[Any], value: float | None, previous: float | None, info: MetricInfo, condition: Condition
) -> Measured:
    if value is None and info.additive:
        # No sale is a sum of nothing; of an average, it is nothing.
        value = 0.0
    measured = _change(value, previous, condition) if condition.comparison else value
    if (
        measured is not None
        and condition.comparison is None
        and condition.unit == "percent"
        and info.format == "percent"
    ):
        measured *= 100
    return Measured(group, value, previous, measured, measured is not None and condition.holds(measured))


def _change(value: float | None, previous: float | None, condition: Condition) -> float | None:
    if condition.unit == "absolute":
        return (value or 0.0) - (previous or 0.0)
    if not previous or value is None:
        # From nothing, or to an average of nothing, no percentage leads.
        return None
    return (value - previous) / abs(previous) * 100


def _number(cell: Any) -> float | None:
    return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else None


def _sentence(rows: Sequence[Measured], info: MetricInfo, condition: Condition, result: MetricResult) -> str:
    firing = [row for row in rows if row.fires]
    if not firing:
        shown = _row_text(rows[0], info, condition, result) if len(rows) == 1 else f"{len(rows)} filas sin novedad"
        return f"Sin aviso. {info.label}: {shown}."
    parts = [
        f"{', '.join(str(part) for part in row.group)}: {_row_text(row, info, condition, result)}"
        if row.group
        else _row_text(row, info, condition, result)
        for row in firing[:NAMED_ROWS]
    ]
    more = len(firing) - NAMED_ROWS
    return f"{info.label}: {'; '.join(parts)}{f' (y {more} más)' if more > 0 else ''}."


def _row_text(row: Measured, info: MetricInfo, condition: Condition, result: MetricResult) -> str:
    now = _shown(row.value, info, result.currency)
    if condition.comparison is None:
        return now
    return f"{now} (antes {_shown(row.previous, info, result.currency)})"


def _shown(value: float | None, info: MetricInfo, currency: str) -> str:
    if value is None:
        return "sin dato"
    if info.format == "money":
        return format_money(value, currency)
    return format_percent(value) if info.format == "percent" else format_number(value)
