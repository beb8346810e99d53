"""A table as CSV: UTF-8, commas, the text that the file had."""

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ingest.model import RawTable


def write_csv(table: RawTable, path: Path) -> None:
    """Write the header and the records of `table` to `path`, quoted where a cell needs it, lines ending in CR LF."""
    columns = {name: as_text(table.frame.column(name)) for name in table.header}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.header)
        for batch in pa.table(columns).to_batches(max_chunksize=20_000):
            writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of RawTable as text: 6.0 as "6", midnight as the day alone where no row has an hour, booleans as sí/no."""
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, "sí", "no")
    if pa.types.is_timestamp(column.type):
        days = column.cast(pa.timestamp("s"), safe=False)
        midnight = pc.all(pc.equal(pc.floor_temporal(days, unit="day"), days)).as_py()
        return pc.strftime(days, format="%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M:%S").cast(pa.string())
    texts = [None if value is None else _figure(value) for value in column.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _figure(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
