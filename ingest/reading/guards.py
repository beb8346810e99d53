"""The apostrophes that our own exports put before text that a spreadsheet would take for a formula."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from ingest.model import RawTable

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_GUARDED = r"^'([=+\-@\t\r])"


def guarded(cell: str) -> str:
    """The cell with an apostrophe before it where it begins as a formula does."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def unguarded(table: RawTable) -> RawTable:
    """The table without those apostrophes: what was exported comes back as it was."""
    columns = [
        pc.replace_substring_regex(column, _GUARDED, r"\1")
        if pa.types.is_string(column.type) and pc.any(pc.match_substring_regex(column, _GUARDED)).as_py()
        else column
        for column in table.frame.columns
    ]
    return replace(table, frame=pa.table(columns, names=table.frame.column_names))
