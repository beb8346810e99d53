"""The marts' figures for the screens: run under the tenant's reader, kept for as long as the marts do not change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import streamlit as st

from dashboards import account, formats, periods
from dashboards.charts import Series
from pymeai.errors import Unavailable
from pymeai.metrics.catalogue import Catalogue, load_catalogue
from pymeai.metrics.query import Column, MetricQuery, MetricResult, Order, TimeRange
from pymeai.metrics.service import run_query
from pymeai.settings import get_settings
from pymeai.tenancy.tenant import Tenant

SEGMENT_LABELS = {"frecuente": "Frecuentes", "nuevo": "Nuevos", "ocasional": "Ocasionales", "inactivo": "Inactivos"}
"""The segments of intelligence.md as headings name them."""


# Tenant, who sees only their own, and the marts' age are arguments, and so parts of the key: all users share the cache.
@st.cache_data(ttl="10m", max_entries=2000, show_spinner=False)
def _result(
    organization_id: str,
    seen_by: UUID | None,
    data_as_of: str,  # noqa: ARG001 - part of the key
    query: str,
) -> MetricResult:
    asked = MetricQuery.model_validate_json(query)
    return run_query(get_settings(), Tenant(UUID(organization_id)), asked, seen_by=seen_by)


def ask(tenant: Tenant, query: MetricQuery, data_as_of: str) -> MetricResult:
    """The rows of a query, of what the signed-in user sees. Raises what the metrics raise: Invalid, Unavailable."""
    return _result(str(tenant.organization_id), account.seen_by(), data_as_of, query.model_dump_json())


@st.cache_resource(show_spinner=False)
def catalogue() -> Catalogue:
    """What can be asked: the same for all tenants."""
    return load_catalogue(get_settings())


def label_of(value: Any, column: Column) -> str:
    """A dimension's value as screens name it; nothing is "Sin dato"."""
    if value is None or value == "":
        return "Sin dato"
    if isinstance(value, bool) or column.format in ("date", "week", "month", "quarter", "year"):
        return formats.cell(value, column.format)
    text = str(value)
    return SEGMENT_LABELS.get(text) or column.values.get(text) or text


def as_number(value: Any) -> float | None:
    """A metric's value for drawing."""
    return None if value is None else float(value)


def metric_columns(result: MetricResult) -> list[int]:
    """The positions of the metrics among the columns."""
    return [index for index, column in enumerate(result.columns) if column.kind == "metric"]


def by_name(result: MetricResult) -> Series:
    """The first dimension against the first metric, as the query ordered it."""
    at = metric_columns(result)[0]
    column = result.columns[at]
    name = next(index for index, found in enumerate(result.columns) if found.kind != "metric")
    values = [as_number(row[at]) for row in result.rows]
    return Series(
        labels=[label_of(row[name], result.columns[name]) for row in result.rows],
        numbers=values,
        texts=[text_of(value, column, result.currency) for value in values],
        kind=column.format,
        currency=result.currency,
        short=[short_text_of(value, column, result.currency) for value in values],
    )


def by_time(result: MetricResult, grain: periods.Grain, dates: tuple[date, date] | None) -> Series:
    """The first metric over time, with the periods that have no row: zero for sums and counts, a gap for ratios."""
    at = metric_columns(result)[0]
    column = result.columns[at]
    when = next(index for index, found in enumerate(result.columns) if found.kind == "time")
    found = {}
    for row in result.rows:
        start = formats.as_date(row[when])
        if start is not None:
            found[start] = as_number(row[at])
    if not found:
        return Series([], [], [], column.format, result.currency)
    first, last = dates or (min(found), max(found))
    info = catalogue().metrics.get(column.name)
    empty = 0.0 if info is not None and info.additive else None
    starts = periods.buckets(max(first, min(found)) if dates is None else first, last, grain)
    values = [found.get(start, empty) for start in starts]
    texts = [text_of(value, column, result.currency) for value in values]
    if (
        starts
        and grain != "day"
        and dates is not None
        and periods.next_bucket(starts[-1], grain) > last + timedelta(days=1)
    ):
        # Or a month that has just begun looks like a fall.
        texts[-1] = f"{texts[-1]} hasta el {formats.day(last)}"
    return Series(
        labels=[formats.bucket(start, grain) for start in starts],
        numbers=values,
        texts=texts,
        kind=column.format,
        currency=result.currency,
    )


def text_of(value: Any, column: Column, currency: str) -> str:
    """A metric's value in full."""
    return formats.cell(value, column.format, currency)


def short_text_of(value: Any, column: Column, currency: str) -> str:
    """A metric's value for a card."""
    return formats.short_money(value, currency) if column.format == "money" else text_of(value, column, currency)


def with_dates(query: MetricQuery, dates: tuple[date, date] | None) -> MetricQuery:
    """The query over these dates; over all of history where there are none."""
    time_range = TimeRange(start=dates[0], end=dates[1]) if dates else None
    comparison = query.comparison if dates else None
    return query.model_copy(update={"time_range": time_range, "comparison": comparison})


def over_time(query: MetricQuery, grain: periods.Grain) -> MetricQuery:
    """The query's first metric by this grain: what a sparkline shows."""
    return MetricQuery(
        metrics=query.metrics[:1],
        group_by=["metric_time"],
        grain=grain,
        filters=query.filters,
        time_range=query.time_range,
    )


def shares(values: Sequence[float | None]) -> list[float]:
    """Each value's part of the whole, 0 to 1."""
    whole = sum(value for value in values if value is not None)
    return [(value or 0.0) / whole if whole else 0.0 for value in values]


@dataclass(frozen=True)
class Freshness:
    """When the marts were last brought up to date; None: never."""

    refreshed_at: datetime | None

    @property
    def key(self) -> str:
        """What changes with the marts."""
        return self.refreshed_at.isoformat() if self.refreshed_at else ""

    def sentence(self) -> str:
        """In Spanish, for under a title."""
        return f"Datos al {formats.moment(self.refreshed_at)}" if self.refreshed_at else "Todavía sin datos"


@st.cache_data(ttl=5, max_entries=1000, show_spinner=False)
def _refreshed_at(organization_id: str) -> datetime | None:
    query = MetricQuery(metrics=["customers_count"])
    return run_query(get_settings(), Tenant(UUID(organization_id)), query).data_as_of


def freshness(tenant: Tenant) -> Freshness:
    """The age of the tenant's marts, at most a few seconds behind."""
    try:
        return Freshness(_refreshed_at(str(tenant.organization_id)))
    except Unavailable as error:
        # A platform that has never refreshed anything has no marts at all.
        if error.code != "marts_not_ready":
            raise
        return Freshness(None)


def last_day_of_data(tenant: Tenant, age: Freshness) -> date | None:
    """The day of the last sale; None without sales."""
    if age.refreshed_at is None:
        return None
    query = MetricQuery(
        metrics=["sales_count"], group_by=["metric_time"], grain="day", order=[Order(field="metric_time")], limit=1
    )
    result = ask(tenant, query, age.key)
    when = next(index for index, column in enumerate(result.columns) if column.kind == "time")
    return formats.as_date(result.rows[0][when]) if result.rows else None


def any_rows(tenant: Tenant, age: Freshness) -> bool:
    """Whether the marts have a customer or an opportunity of the tenant."""
    if age.refreshed_at is None:
        return False
    result = ask(tenant, MetricQuery(metrics=["customers_count", "opportunities_count"]), age.key)
    return any(value for row in result.rows for value in row)


def compared(result: MetricResult) -> tuple[float | None, float | None]:
    """The first metric of a result without dimensions, and by which ratio it changed (0.25 is a quarter more)."""
    if not result.rows:
        return None, None
    names = [column.name for column in result.columns]
    at = metric_columns(result)[0]
    change = f"{names[at]}__change"
    row = result.rows[0]
    return as_number(row[at]), as_number(row[names.index(change)]) if change in names else None
