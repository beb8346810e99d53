"""Rows of a sales sheet -> documents (order, invoice, ticket) and their lines."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.loading import staging
from ingest.loading.staging import NO_GROUP, Codes

_HEADER = (
    "sale.external_key",
    "sale.sold_at",
    "sale.currency",
    "sale.exchange_rate",
    "sale.document_type",
    "sale.seller",
    "sale.channel",
    "sale.payment_method",
    "sale.source",
)
_LINE = (
    "line.code",
    "line.description",
    "line.category",
    "line.subcategory",
    "line.unit",
    "line.quantity",
    "line.unit_price",
    "line.discount",
    "line.cost",
    "line.total",
)
_MONEY = pa.decimal128(38, 8)


@dataclass(frozen=True)
class Documents:
    """`headers` has one row a document (column `document` from 0), `lines` one a line; `of_row` the document of a row.

    Amounts have the sign that the file gives them.
    """

    headers: pa.Table
    lines: pa.Table | None
    of_row: Codes


def documents_of(frame: pa.Table, people: Codes) -> Documents:
    """The documents of a sales sheet. Rows that share a document number are lines of one; without one, a row is one.

    `people` is the customer of each row, by number. A document's amount is what its rows say it is, where all say the
    same and lines have totals of their own; else the sum of its lines.
    """
    keyed = "sale.external_key" in frame.column_names
    groups = staging.one_each_where_none(
        staging.codes(frame, ["sale.external_key"]) if keyed else np.full(frame.num_rows, NO_GROUP, dtype=np.int64)
    )
    count = int(groups.max(initial=NO_GROUP)) + 1
    names = {name: name.partition(".")[2] for name in _HEADER if name in frame.column_names}
    names |= {name: name for name in frame.column_names if name.startswith("sale.custom:")}
    headers = staging.first_values(frame, groups, count, names)
    for name, target in (("external_key", pa.string()), ("document_type", pa.string())):
        if name not in headers.column_names:
            headers = headers.append_column(name, pa.nulls(count, target))
    person = pa.array(people, mask=people == NO_GROUP)
    owners = staging.first_values(pa.table({"person": person}), groups, count, {"person": "person"})
    headers = headers.append_column("person", owners.column("person"))
    headers = headers.append_column("document", pa.array(np.arange(count, dtype=np.int64)))
    headers = headers.append_column("amount", _amounts(frame, groups, count))
    headers = headers.append_column("tax", _taxes(frame, groups, count))
    return Documents(headers, _lines(frame, groups, count), groups)


def _amounts(frame: pa.Table, groups: Codes, count: int) -> pa.Array:
    by_lines = staging.sums(frame.column("line.total"), groups, count) if "line.total" in frame.column_names else None
    if "sale.amount" not in frame.column_names:
        return by_lines if by_lines is not None else pa.nulls(count, _MONEY)
    said = _said(frame, "sale.amount", groups, count, repeated=by_lines is not None)
    return said if by_lines is None else pc.coalesce(said, by_lines)


def _taxes(frame: pa.Table, groups: Codes, count: int) -> pa.Array:
    if "line.tax" in frame.column_names:
        return staging.sums(frame.column("line.tax"), groups, count)
    if "sale.tax" in frame.column_names:
        return _said(frame, "sale.tax", groups, count, repeated="line.total" in frame.column_names)
    return pa.nulls(count, _MONEY)


def _said(frame: pa.Table, name: str, groups: Codes, count: int, *, repeated: bool) -> pa.Array:
    """A document's own amount: once where every row repeats it beside totals of its lines, else the rows' sum."""
    column = frame.column(name)
    if repeated and not staging.varies(column, groups, count):
        once = staging.first_values(frame, groups, count, {name: name}).column(name)
        return once.combine_chunks().cast(_MONEY)
    return staging.sums(column, groups, count)


def _lines(frame: pa.Table, groups: Codes, count: int) -> pa.Table | None:
    """The lines, where the file tells of any: a product, a quantity, a price, or several rows of one document."""
    told = [name for name in _LINE if name in frame.column_names]
    several = count < frame.num_rows
    if not told and not several:
        return None
    columns = {name.partition(".")[2]: frame.column(name) for name in told}
    if "total" not in columns and "sale.amount" in frame.column_names:
        columns["total"] = frame.column("sale.amount")
    columns["document"] = pa.array(groups)
    columns["row_number"] = frame.column("row_number")
    return pa.table(columns)
