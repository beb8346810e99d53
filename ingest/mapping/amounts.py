"""Amounts of a sales sheet: whether one is a line's or a document's, and with or without its tax."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.mapping.leftovers import depends, values_of
from ingest.mapping.shapes import LOOKED_AT
from ingest.mapping.wording import normalized
from ingest.model import RawTable
from pymeai.costa_rica.money import parse_number

NET, GROSS, ANY, TAX = "amount.net", "amount.gross", "amount.any", "amount.tax"

_LINE_MARKS = ("line.quantity", "line.unit_price", "line.code", "line.profit", "line.cost")
_REPEATED = 0.02
_DOCUMENT_WORDS = frozenset(["factura", "documento", "pedido", "orden", "order", "invoice", "comprobante", "general"])


def has_line_grain(table: RawTable, sources: Mapping[str, str]) -> bool:
    """Whether a row is a line of a document, not all of it.

    `sources` maps targets to headers. It is where a document's number repeats, or where rows name quantities or prices.
    """
    key = sources.get("sale.external_key")
    if key is not None:
        column = table.frame.column(key).drop_null()
        distinct = pc.count_distinct(column).as_py()
        if len(column) and distinct < (1 - _REPEATED) * len(column):
            return True
    return any(mark in sources for mark in _LINE_MARKS)


def resolved(table: RawTable, amounts: Mapping[str, str], sources: Mapping[str, str]) -> dict[str, str]:
    """Headers -> targets of sale and line.

    `amounts` maps headers to amount.net, .gross, .any or .tax; `sources` maps the targets found so far to headers. An
    amount that only says "total" is with tax where net and tax are there too, or where quantity times price falls
    short of it by the tax; else it is taken as net.
    """
    targets: dict[str, str] = {}
    lines = has_line_grain(table, sources)
    own = {header: meaning for header, meaning in amounts.items() if lines and _is_documents(table, header, sources)}
    if own:
        targets = _homes(table, own, sources, "sale")
    rest = {header: meaning for header, meaning in amounts.items() if header not in own}
    return targets | _homes(table, rest, sources, "line" if lines else "sale")


def _homes(table: RawTable, amounts: Mapping[str, str], sources: Mapping[str, str], entity: str) -> dict[str, str]:
    by_meaning: dict[str, list[str]] = {}
    for header, meaning in amounts.items():
        by_meaning.setdefault(meaning, []).append(header)
    targets: dict[str, str] = {}
    net, gross = _home(entity, "net"), _home(entity, "gross")
    tax = by_meaning.get(TAX, [])
    if tax:
        targets[tax[0]] = f"{entity}.tax"
    if NET in by_meaning:
        targets[by_meaning[NET][0]] = net
    if GROSS in by_meaning:
        targets[by_meaning[GROSS][0]] = gross
    loose = by_meaning.get(ANY, [])
    if len(loose) == 1 or (loose and NET not in by_meaning and _same(table, loose)):
        header = loose[0]
        if net in targets.values():
            if gross not in targets.values():
                targets[header] = gross
        elif gross in targets.values() or not tax or _is_net(table, header, sources):
            targets[header] = net
        else:
            targets[header] = gross
    if net not in targets.values() and gross in targets.values() and not tax:
        # Nothing says how much of it is tax: it is kept whole, under the only name there is.
        header = next(header for header, target in targets.items() if target == gross)
        targets[header] = gross
    return targets


def _is_documents(table: RawTable, header: str, sources: Mapping[str, str]) -> bool:
    """Whether an amount is the whole document's, repeated on each of its lines."""
    key = sources.get("sale.external_key")
    if key is None:
        return False
    documents, values = values_of(table, key), values_of(table, header)
    repeated = documents.duplicated(keep=False) & documents.notna()
    if not repeated.any() or not depends(values, documents):
        return False
    quantity, price = sources.get("line.quantity"), sources.get("line.unit_price")
    if quantity is None or price is None:
        return bool(set(normalized(header).split()) & _DOCUMENT_WORDS)
    rows = np.flatnonzero(repeated.to_numpy())[:LOOKED_AT]
    total = _figures(table, header, rows)
    product = _figures(table, quantity, rows) * _figures(table, price, rows)
    known = ~np.isnan(total) & ~np.isnan(product)
    return bool(known.any() and np.isclose(total[known], product[known], rtol=0.2).mean() < 0.5)


def _home(entity: str, meaning: str) -> str:
    if entity == "line":
        return "line.total" if meaning == "net" else "line.total_with_tax"
    return "sale.amount" if meaning == "net" else "sale.total"


def _same(table: RawTable, headers: list[str]) -> bool:
    """Whether all of these columns hold the same figures: then the first one will do."""
    first = _figures(table, headers[0])
    return all(np.array_equal(first, _figures(table, header), equal_nan=True) for header in headers[1:])


def _is_net(table: RawTable, header: str, sources: Mapping[str, str]) -> bool:
    """Whether quantity times price, less nothing or a discount, gives the total in most rows looked at."""
    quantity, price = sources.get("line.quantity"), sources.get("line.unit_price")
    if quantity is None or price is None:
        return False
    total = _figures(table, header)
    product = _figures(table, quantity) * _figures(table, price)
    known = ~np.isnan(total) & ~np.isnan(product) & (product != 0)
    if not known.any():
        return False
    share = total[known] / product[known]
    return bool(np.median(share) <= 1.005)


def _figures(table: RawTable, header: str, rows: npt.NDArray[np.int64] | None = None) -> npt.NDArray[np.float64]:
    column = table.frame.column(header)
    if rows is None:
        rows = np.arange(0, len(column), max(1, len(column) // LOOKED_AT))
    taken = column.take(pa.array(rows))
    if pa.types.is_floating(taken.type):
        return np.array([np.nan if value is None else value for value in taken.to_pylist()], dtype=np.float64)
    return np.array([_figure(value) for value in taken.to_pylist()], dtype=np.float64)


def _figure(value: object) -> float:
    number = parse_number(value) if isinstance(value, str) else None
    return float(number) if number is not None else float("nan")
