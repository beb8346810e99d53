"""Sheets in memory, and what the cleaning makes of them."""

from datetime import date

import pyarrow as pa

from ingest.cleaning.clean import clean
from ingest.model import ColumnMapping, ImportOptions, Mapping, RawTable

TODAY = date(2026, 11, 16)

SALES = {"fecha": "sale.sold_at", "monto": "sale.amount"}
"""The least that a sheet of sales has, and where it goes."""


def table(**columns):
    """A sheet as read; a column is its texts, or an arrow array where a workbook typed it."""
    arrays = {
        name: cells if isinstance(cells, pa.Array) else pa.array(cells, pa.string()) for name, cells in columns.items()
    }
    return RawTable(header=list(columns), frame=pa.table(arrays))


def cleaned(kind, raw, targets, **options):
    """The sheet cleaned, with its columns going to these targets."""
    mapping = Mapping(kind, [ColumnMapping(source, target, 1.0) for source, target in targets.items()])
    return clean(raw, mapping, kind, ImportOptions(**options), today=TODAY)


def column(result, name):
    """The values of a column of the clean rows."""
    return result.frame.column(name).to_pylist()


def codes(reasons):
    """Of each reason its row, its column and its code."""
    return [(reason.row_number, reason.column, reason.code) for reason in reasons]
