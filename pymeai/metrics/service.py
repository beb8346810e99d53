"""Answers a MetricQuery: compile, guard, and run as the tenant's own reader."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from sqlglot import exp

from pymeai.errors import FieldError, Invalid, Unavailable
from pymeai.metrics.assembly import assemble
from pymeai.metrics.catalogue import DimensionInfo, load_catalogue, manifest_path
from pymeai.metrics.compiler import DIALECT, compile_plan
from pymeai.metrics.guard import SCHEMA, guard
from pymeai.metrics.periods import Shift, shift_for
from pymeai.metrics.plan import find_dimension, plan_query
from pymeai.metrics.query import MAX_ROWS, Column, MetricQuery, MetricResult, TimeRange
from pymeai.metrics.visibility import narrow
from pymeai.settings import Settings
from pymeai.tenancy.readers import reader_connection
from pymeai.tenancy.tenant import Tenant

logger = logging.getLogger(__name__)

FRESHNESS = f"select refreshed_at, currency from {SCHEMA}.tenant_freshness"
DEFAULT_CURRENCY = "CRC"


def run_query(settings: Settings, tenant: Tenant, query: MetricQuery, *, seen_by: UUID | None = None) -> MetricResult:
    """The answer to a query, from the tenant's own rows; with `seen_by` from those alone that this user sees.

    Raises Invalid where the query asks for what there is not, Unavailable where the database is down, the marts are not
    there yet, or the answer takes longer than a reader may.
    """
    catalogue = load_catalogue(settings)
    plan = plan_query(query, catalogue)
    compiled, parameters = compile_plan(plan, manifest_path(settings))
    time = plan.time_grouping
    shift = (
        shift_for(query.comparison, query.time_range, time.grain if time else None)
        if query.comparison and query.time_range
        else None
    )
    before = _range_before(shift, query.time_range) if shift and query.time_range else None
    limit = query.limit or MAX_ROWS
    statement, parameters = assemble(
        plan,
        compiled,
        parameters,
        catalogue,
        shift=shift,
        share_of_total=query.share_of_total,
        limit=limit + 1,
    )
    statement, own = narrow(statement, seen_by)
    sql = guard(statement, catalogue.tables)
    with _reading(settings, tenant) as connection:
        rows = connection.execute(sql, parameters | own, prepare=True).fetchall()
        refreshed_at, currency = _freshness(connection)
    return MetricResult(
        columns=list(plan.columns),
        rows=[_plain_row(row, plan.columns) for row in rows[:limit]],
        sql=sql,
        data_as_of=refreshed_at,
        currency=currency,
        truncated=len(rows) > limit,
        previous_range=before,
    )


def dimension_values(
    settings: Settings, tenant: Tenant, dimension: str, limit: int = 5000, *, seen_by: UUID | None = None
) -> list[str]:
    """The values that a dimension has in what `seen_by` sees of the tenant's data (None: all), in alphabetical order.

    Raises Invalid for a dimension of time.
    """
    catalogue = load_catalogue(settings)
    info = find_dimension(dimension, catalogue)
    if info.type == "time":
        raise Invalid(f"«{info.label}» es una fecha: no tiene una lista de valores.", code="dimension_of_time")
    statement, own = narrow(_distinct_values(info, limit), seen_by)
    sql = guard(statement, catalogue.tables)
    with _reading(settings, tenant) as connection:
        rows = connection.execute(sql, own, prepare=True).fetchall()
    return [str(row[0]).lower() if isinstance(row[0], bool) else str(row[0]) for row in rows]


def _range_before(shift: Shift, period: TimeRange) -> TimeRange:
    try:
        return shift.range_before(period)
    except (ValueError, OverflowError):
        message = "Un período tan antiguo no tiene días con qué compararlo."
        raise Invalid(
            message, code="comparison_without_range", errors=[FieldError("time_range.start", message)]
        ) from None


def _distinct_values(info: DimensionInfo, limit: int) -> exp.Query:
    value: exp.Expr = exp.maybe_parse(info.expression, dialect=DIALECT)
    return (
        exp.select(exp.alias_(value, "value"))
        .distinct()
        .from_(exp.table_(info.table, db=SCHEMA))
        .where(value.copy().is_(exp.null()).not_())
        .order_by("value")
        .limit(limit)
    )


def _freshness(connection: psycopg.Connection[Any]) -> tuple[datetime | None, str]:
    row = connection.execute(FRESHNESS, prepare=True).fetchone()
    return (row[0], row[1]) if row else (None, DEFAULT_CURRENCY)


@contextmanager
def _reading(settings: Settings, tenant: Tenant) -> Iterator[psycopg.Connection[Any]]:
    """The tenant's reader; what PostgreSQL says goes to the log as a code, and never to the person who asks."""
    try:
        with reader_connection(settings, tenant) as connection:
            yield connection
    except psycopg.errors.QueryCanceled as error:
        raise Unavailable(
            "La consulta tardó demasiado. Pruebe con un período más corto o con menos detalle.", code="query_timeout"
        ) from error
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn, psycopg.errors.InvalidSchemaName) as error:
        raise Unavailable(
            "Los datos de los tableros todavía se están preparando. Intente de nuevo en un minuto.",
            code="marts_not_ready",
        ) from error
    except psycopg.Error as error:
        logger.warning("metrics query failed: SQLSTATE %s", error.sqlstate)
        raise Unavailable("La consulta no se pudo hacer. Intente de nuevo.", code="query_failed") from error


def _plain_row(row: Sequence[Any], columns: Sequence[Column]) -> list[Any]:
    return [_plain(value, column) for value, column in zip(row, columns, strict=True)]


def _plain(value: Any, column: Column) -> Any:
    """A value that JSON can carry. Sums are exact in the database and leave it as the nearest float."""
    if isinstance(value, Decimal):
        return int(value) if column.format == "integer" else float(value)
    if isinstance(value, datetime):
        return value.date() if column.kind == "time" else value
    if isinstance(value, float) and column.format == "integer":
        return int(value)
    return value if isinstance(value, str | int | float | bool | date | None) else str(value)
