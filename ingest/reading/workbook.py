"""Workbooks (XLSX, XLSM, XLSB, XLS, ODS) -> columns. Formulas are never evaluated: the value saved with them is read."""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

from ingest.reading.dialect import looks_like_value
from ingest.reading.filetype import encrypted, unreadable
from ingest.reading.layout import HEADER_WITHIN, find_header
from pymeai.errors import BadRequest, NotFound, PymeError

# One line a column without values is no news.
logging.getLogger("fastexcel").setLevel(logging.ERROR)

_MERGES_UP_TO = 8 << 20
"""Bytes of the largest workbook whose merged cells are filled: finding them reads the workbook once more."""

_UNNAMED = "__UNNAMED__"
_UNDETERMINED = re.compile(r"could not determine dtype for column (.*)")
# What a cell with a fraction of three digits looks like as text: 1.234 would be read as one thousand.
_THREE_DECIMALS = r"^(-?\d{1,3}\.\d{3})$"
_FRACTION = r"^-?\d+\.\d+$"


_LAST_MOMENT = pa.scalar(253_402_300_799_000_000, pa.timestamp("us"))


@dataclass(frozen=True)
class Sheet:
    """A workbook's table, before it is tidied. `header_row` is 1-based, counted from the first row with content."""

    header: list[str | None]
    columns: list[pa.ChunkedArray]
    name: str
    names: list[str]
    header_row: int
    title_rows: int
    # Place of a column of text -> which of its cells are figures.
    figures: dict[int, pa.Array]


def read_workbook(path: Path, name: str, sheet: str | None, is_known: Callable[[str], bool]) -> Sheet:
    """Read one sheet: the one named, or else the first that holds a table.

    Raises NotFound (no such sheet), BadRequest (no data) and UnsupportedFile (damaged, encrypted).
    """
    try:
        reader = fastexcel.read_excel(path)
        names = list(reader.sheet_names)
        if sheet is not None:
            _check_sheet(sheet, names, name)
            found = _table(reader, path, sheet, names, is_known)
        else:
            found = None
            for candidate in names:
                found = _table(reader, path, candidate, names, is_known)
                if found is not None:
                    break
    except PymeError:
        raise
    except MemoryError:
        raise
    except BaseException as error:
        # The parser's panics derive from BaseException; a person's Ctrl-C is not ours to swallow.
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        message = str(error).lower()
        raise (encrypted(name) if "password" in message or "encrypt" in message else unreadable(name)) from error
    if found is None:
        where = f"La hoja «{sheet}» de «{name}»" if sheet else f"El archivo «{name}»"
        raise BadRequest(f"{where} no tiene datos: todas sus celdas están vacías.", code="empty_file")
    return found


def _check_sheet(sheet: str, names: list[str], name: str) -> None:
    if sheet not in names:
        raise NotFound(
            f"El archivo «{name}» no tiene una hoja llamada «{sheet}». Tiene: {', '.join(names)}.",
            code="sheet_not_found",
        )


def _table(
    reader: fastexcel.ExcelReader, path: Path, sheet: str, names: list[str], is_known: Callable[[str], bool]
) -> Sheet | None:
    loaded = _loaded(reader, sheet, header_row=0)
    if loaded.width == 0:
        return None
    batch = loaded.to_arrow()
    top = [column.name for column in sorted(loaded.available_columns(), key=lambda column: column.index)]
    first = [None if label.startswith(_UNNAMED) else _without_suffix(label, top) for label in top]
    if None in first:
        first = _with_values(first, reader, sheet)
    rows = [first, *_as_text(batch.slice(0, HEADER_WITHIN))]
    index = find_header(rows, is_known)
    if index != 0:
        # The types were inferred with title rows among the values: read again from where the table begins.
        loaded = _loaded(reader, sheet, header_row=None, skip_rows=0 if index is None else index + 1)
        batch = loaded.to_arrow()
        header: list[str | None] = [] if index is None else list(rows[index])
        title_rows = 0 if index is None else sum(any(row) for row in rows[:index])
    else:
        header, title_rows = first, 0
    columns = [_column(batch.column(position)) for position in range(batch.num_columns)]
    if not any(header) and batch.num_rows == 0:
        return None
    figures = _figures(reader, sheet, columns, 0 if index is None else index + 1)
    columns = _with_clear_fractions(columns, figures)
    if path.stat().st_size <= _MERGES_UP_TO:
        columns = _with_merged_cells(path, sheet, columns, 0 if index is None else index + 1)
    return Sheet(header, columns, sheet, names, 1 if index is None else index + 1, title_rows, figures)


def _with_values(first: list[str | None], reader: fastexcel.ExcelReader, sheet: str) -> list[str | None]:
    """The first row with what the reader takes for no name: a day under ISO 8601, say, which begins a list without header."""
    own = reader.load_sheet(sheet, header_row=None, n_rows=1, schema_sample_rows=1).to_arrow()
    cells = _as_text(own)[0] if own.num_rows and own.num_columns == len(first) else first
    return [
        name or (cell if cell and looks_like_value(cell) else None) for name, cell in zip(first, cells, strict=True)
    ]


def _loaded(
    reader: fastexcel.ExcelReader, sheet: str, header_row: int | None, skip_rows: int | None = None
) -> fastexcel.ExcelSheet:
    """The sheet, its types inferred from all rows; a column of errors or of types that do not go together is text."""
    as_text: dict[str | int, fastexcel.DType] = {}
    while True:
        try:
            return reader.load_sheet(
                sheet, header_row=header_row, skip_rows=skip_rows, schema_sample_rows=None, dtypes=dict(as_text) or None
            )
        except (fastexcel.CalamineCellError, fastexcel.UnsupportedColumnTypeCombinationError) as error:
            column = _UNDETERMINED.search(str(error))
            if column is None or column.group(1) in as_text:
                raise
            as_text[column.group(1)] = "string"


def _without_suffix(label: str, labels: Sequence[str]) -> str:
    """A repeated header's own text: the reader calls the second `Total` `Total_1`."""
    base, underscore, count = label.rpartition("_")
    return base if underscore and count.isdigit() and base in labels else label


def _as_text(batch: pa.RecordBatch) -> list[list[str | None]]:
    """The cells as a person sees them, row by row."""
    columns = [_column(column) for column in batch.columns]
    shown = [column if pa.types.is_string(column.type) else column.cast(pa.string()) for column in columns]
    cells = [[None if cell is None else cell.removesuffix(".0") for cell in column.to_pylist()] for column in shown]
    return [list(row) for row in zip(*cells, strict=True)]


def _column(array: pa.Array) -> pa.ChunkedArray:
    """One of the four types of RawTable: text, float64, timestamp of microseconds, boolean."""
    kind = array.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        array = array.cast(pa.float64())
    elif pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        array = array.cast(pa.timestamp("us"))
        if pc.any(pc.greater(array, _LAST_MOMENT)).as_py():
            # A figure under a date's format, past the year 9999: no calendar takes it, a person must look.
            array = array.cast(pa.string())
    elif not pa.types.is_boolean(kind):
        text = array.cast(pa.string()) if not pa.types.is_duration(kind) else _clock(array)
        array = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    return pa.chunked_array([array])


def _clock(array: pa.Array) -> pa.Array:
    """Times of day as "8:05": the reader gives them as durations."""
    minutes = pc.divide(array.cast(pa.duration("ms")).cast(pa.int64()), 60_000)
    texts = [None if value is None else f"{value // 60}:{value % 60:02d}" for value in minutes.to_pylist()]
    return pa.array(texts, pa.string())


def _figures(
    reader: fastexcel.ExcelReader, sheet: str, columns: list[pa.ChunkedArray], skip: int
) -> dict[int, pa.Array]:
    """Of each column of text which of its cells with a fraction are figures; a text of the same look is none."""
    mixed = [
        index
        for index, column in enumerate(columns)
        if pa.types.is_string(column.type) and pc.any(pc.match_substring_regex(column, _FRACTION)).as_py()
    ]
    if not mixed:
        return {}
    # As integers: the reader cuts a figure's fraction off and takes no text that has one ("float" takes "1.500" as 1.5).
    whole = reader.load_sheet(
        sheet, header_row=None, skip_rows=skip, use_columns=mixed, dtypes=dict.fromkeys(mixed, "int")
    ).to_arrow()
    found: dict[int, pa.Array] = {}
    for position, index in enumerate(mixed):
        valid = whole.column(position).is_valid()
        if len(valid) == len(columns[index]):
            shaped = pc.fill_null(pc.match_substring_regex(columns[index].combine_chunks(), _FRACTION), False)
            found[index] = pc.and_(valid, shaped)
    return {index: mask for index, mask in found.items() if pc.any(mask).as_py()}


def _with_clear_fractions(columns: list[pa.ChunkedArray], figures: dict[int, pa.Array]) -> list[pa.ChunkedArray]:
    """Figures that stand among texts, written so that nobody takes their decimal point for thousands: 1.2340."""
    result = list(columns)
    for index, mask in figures.items():
        text = columns[index].combine_chunks()
        clear = pc.replace_substring_regex(text, _THREE_DECIMALS, r"\10")
        result[index] = pa.chunked_array([pc.if_else(mask, clear, text)])
    return result


def _with_merged_cells(path: Path, sheet: str, columns: list[pa.ChunkedArray], skip: int) -> list[pa.ChunkedArray]:
    """Cells merged downwards hold their value in every row they cover."""
    import python_calamine

    try:
        opened = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_name(sheet)
        ranges = opened.merged_cell_ranges or []
        start = opened.start or (0, 0)
    except Exception:  # noqa: BLE001 - merged cells are a courtesy; the table itself was read.
        return columns
    result = list(columns)
    for (top, left), (bottom, right) in ranges:
        first, last = top - start[0] - skip, bottom - start[0] - skip
        position = left - start[1]
        if left != right or first < 0 or last <= first or not 0 <= position < len(result):
            continue
        column = result[position]
        if last >= len(column) or not column[first].is_valid:
            continue
        filled = pa.array([column[first].as_py()] * (last - first + 1), column.type)
        result[position] = pa.chunked_array(
            [*column.slice(0, first).chunks, filled, *column.slice(last + 1).chunks], column.type
        )
    return result
