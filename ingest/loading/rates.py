"""Colones for one unit of a row's currency, on its day."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from ingest.loading.context import Load
from ingest.loading.staging import distinct_rows

Rates = Sequence[tuple[date, str, Decimal]]
"""Day, currency, colones for one unit; ascending by day."""

_RATE = pa.decimal128(28, 8)


def with_rates(load: Load, table: pa.Table, day: str, rates: Rates) -> pa.Table:
    """`table` with `currency` filled in every row, and `exchange_rate` where it is known.

    The currency is the file's, or the import's; the rate is the file's, the import's, or that of the last day known
    by the instant in column `day`; a colón is a colón. A rate that nobody knows stays empty, and the marts leave such an
    amount out of sums in another currency: 1 would add dollars to colones.
    """
    count = table.num_rows
    currency = pa.array([load.options.currency]).take(pa.array([0] * count, pa.int32()))
    if "currency" in table.column_names:
        currency = pc.fill_null(table.column("currency").combine_chunks(), load.options.currency)
        table = table.drop_columns(["currency"])
    given = pa.nulls(count, _RATE)
    if "exchange_rate" in table.column_names:
        given = table.column("exchange_rate").combine_chunks().cast(_RATE)
        table = table.drop_columns(["exchange_rate"])
    one = pa.scalar(Decimal(1), _RATE)
    if load.options.exchange_rate:
        fallback: pa.Array = pa.array([Decimal(load.options.exchange_rate)] * count, _RATE)
    else:
        fallback = _of_days(table.column(day).combine_chunks(), currency, rates)
    foreign = pc.not_equal(currency, "CRC")
    rate = pc.if_else(foreign, pc.coalesce(given, fallback), one)
    lacking = pc.sum(pc.and_(rate.is_null(), pc.not_equal(currency, load.options.currency))).as_py() or 0
    if lacking:
        load.notes.append(
            f"{lacking} montos en otra moneda no tienen tipo de cambio y no se suman con los demás: "
            "indíquelo en las opciones y vuelva a importar."
        )
    return table.append_column("currency", currency).append_column("exchange_rate", rate)


def _of_days(moments: pa.Array, currency: pa.Array, rates: Rates) -> pa.Array:
    if not rates or not pc.any(pc.not_equal(currency, "CRC")).as_py():
        return pa.nulls(len(moments), _RATE)
    known: dict[str, tuple[list[date], list[Decimal]]] = {}
    for day, name, rate in rates:
        days, values = known.setdefault(name, ([], []))
        days.append(day)
        values.append(rate)
    local = pc.local_timestamp(moments.cast(pa.timestamp("us", "America/Costa_Rica"))).cast(pa.date32(), safe=False)
    groups, distinct = distinct_rows(pa.table({"day": local, "currency": currency}), ["day", "currency"])
    found = [_of_day(known.get(pair["currency"]), pair["day"]) for pair in distinct.to_pylist()]
    return pa.array(found, _RATE).take(pa.array(groups))


def _of_day(known: tuple[list[date], list[Decimal]] | None, day: date | None) -> Decimal | None:
    """The rate of the last known day up to `day`, or the first one known; the newest where there is no day."""
    if known is None:
        return None
    days, values = known
    return values[max(bisect_right(days, day) - 1, 0)] if day is not None else values[-1]
