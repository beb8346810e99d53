"""Delimited text -> columns of strings: Arrow's parser where every row is whole, Python's where one is not."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pv

from ingest.model import Reason
from ingest.reading.dialect import SAMPLE_CHARACTERS, Dialect, records, sniff
from ingest.reading.encoding import decode
from ingest.reading.layout import HEADER_WITHIN, find_header
from ingest.reading.quotes import CELL_CHARACTERS, check_quotes, unclosed
from pymeai.errors import BadRequest, TooLarge

MAX_COLUMNS = 16_384
"""As many as a sheet of Excel has."""

_BLOCK_BYTES = 8 << 20
_ROWS_AT_ONCE = 20_000
_LINE_END = re.compile(rb"\r\n|\n|\r")
_BROKEN_SHOWN = 10_000


@dataclass(frozen=True)
class DelimitedText:
    """A text file's table, before it is tidied. `header_row` is a 1-based line of the file."""

    header: list[str]
    columns: list[pa.ChunkedArray]
    encoding: str
    delimiter: str | None
    header_row: int
    title_rows: int
    replaced: int
    broken: list[Reason]


def read_delimited(path: Path, name: str, is_known: Callable[[str], bool]) -> DelimitedText:
    """Read a delimited file of any dialect and encoding; all cells are text, empty ones null.

    Raises BadRequest where it holds no table, TooLarge where it has more columns than a sheet may.
    """
    decoded = decode(path.read_bytes())
    content = decoded.content
    sample = content[: 4 * SAMPLE_CHARACTERS].decode("utf-8", errors="ignore")
    if not sample.strip("\ufeff \t\r\n\0,;|"):
        raise BadRequest(f"El archivo «{name}» no tiene datos: todas sus celdas están vacías.", code="empty_file")
    dialect = sniff(sample)
    told = 1 if re.match(r"sep=.\r?\n", sample, re.IGNORECASE) else 0
    if dialect.delimiter == " ":
        content = _tabbed(content)
        sample = content[: 4 * SAMPLE_CHARACTERS].decode("utf-8", errors="ignore")
    rows, line_ends = _first_records(sample, dialect, told)
    _check_columns(rows, name)
    index = find_header(rows, is_known)
    header = rows[index] if index is not None else []
    skipped = told if index is None else line_ends[index]
    title_rows = 0 if index is None else sum(any(cell.strip() for cell in row) for row in rows[:index])
    body = memoryview(content)[_offset(content, skipped) :]
    width = _width(header, rows[(-1 if index is None else index) + 1 :])
    columns, broken = _parsed(body, dialect, width, name)
    if len(broken) > max(10, 0.5 * len(columns[0])):
        raise BadRequest(
            f"Las filas de «{name}» no calzan con su encabezado: {len(broken)} tienen más celdas que columnas hay. "
            "Guárdelo de nuevo como CSV desde Excel y vuelva a subirlo.",
            code="ragged_rows",
        )
    header_row = (skipped if index is not None else told + 1) or 1
    return DelimitedText(
        header, columns, decoded.encoding, dialect.delimiter, header_row, title_rows, decoded.replaced, broken
    )


def _check_columns(rows: list[list[str]], name: str) -> None:
    widest = max(map(len, rows), default=0)
    if widest > MAX_COLUMNS:
        raise TooLarge(
            f"El archivo «{name}» tiene {widest} columnas o más, y se leen {MAX_COLUMNS} a lo sumo, como en Excel. Borre las "
            "columnas de más y vuelva a subirlo.",
            code="too_many_columns",
        )


def _width(header: list[str], below: list[list[str]]) -> int:
    """How many columns there are: the header's, or more where rows go on past it, all blank or mostly filled."""
    filled = [row for row in below if any(cell.strip() for cell in row)]
    if not header:
        return max((len(row) for row in filled), default=1)
    longer = [row for row in filled if len(row) > len(header)]
    if len(longer) <= 0.5 * len(filled):
        return len(header)
    beyond = sum(any(cell.strip() for cell in row[len(header) :]) for row in longer)
    return max(map(len, longer)) if beyond in (0, len(longer)) or beyond > 0.5 * len(filled) else len(header)


def _tabbed(content: bytes) -> bytes:
    return b"\n".join(b"\t".join(line.split()) for line in content.splitlines())


def _first_records(sample: str, dialect: Dialect, told: int) -> tuple[list[list[str]], list[int]]:
    """The first records, and after how many lines of the file each of them ends."""
    text = io.StringIO(sample, newline="")
    for _ in range(told):
        text.readline()
    reader = records(text, dialect)
    rows: list[list[str]] = []
    line_ends: list[int] = []
    try:
        for row in reader:
            rows.append(row)
            line_ends.append(told + reader.line_num)
            if len(rows) >= 2 * HEADER_WITHIN:
                break
    except csv.Error:
        pass
    return rows, line_ends


def _offset(content: bytes, lines: int) -> int:
    end = 0
    for _ in range(lines):
        found = _LINE_END.search(content, end)
        if found is None:
            return len(content)
        end = found.end()
    return end


def _parsed(body: memoryview, dialect: Dialect, width: int, name: str) -> tuple[list[pa.ChunkedArray], list[Reason]]:
    if not dialect.skip_initial_space and not _has_blank_lines(body):
        try:
            columns = _parsed_by_arrow(body, dialect, width)
        except pa.ArrowInvalid:
            # A row with too many or too few cells, or a cell longer than a block: read again, more patiently.
            pass
        else:
            check_quotes(columns, body, dialect, name)
            return columns, []
    columns, broken = _parsed_by_row(body, dialect, width, name)
    check_quotes(columns, body, dialect, name)
    return columns, broken


def _has_blank_lines(body: memoryview) -> bool:
    """Whether there are blank lines within: Arrow leaves them out, and the numbers of the rows below would be wrong."""
    content = bytes(body[-4096:]).rstrip(b"\r\n")
    end = len(body) - len(body[-4096:]) + len(content)
    buffer = bytes(body[:end])
    return (
        b"\n\n" in buffer
        or b"\n\r\n" in buffer
        or (b"\n" not in buffer and b"\r\r" in buffer)
        or buffer.startswith((b"\n", b"\r"))
    )


def _parsed_by_arrow(body: memoryview, dialect: Dialect, width: int) -> list[pa.ChunkedArray]:
    names = [str(index) for index in range(width)]
    if len(body) == 0:
        return [pa.chunked_array([], pa.string()) for _ in names]
    table = pv.read_csv(
        pa.py_buffer(body),
        read_options=pv.ReadOptions(column_names=names, block_size=_BLOCK_BYTES),
        parse_options=pv.ParseOptions(
            delimiter=dialect.separator,
            quote_char=dialect.quote,
            double_quote=True,
            escape_char=dialect.escape or False,
            newlines_in_values=True,
        ),
        convert_options=pv.ConvertOptions(
            column_types={column: pa.string() for column in names},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
    return [table.column(column) for column in names]


def _parsed_by_row(
    body: memoryview, dialect: Dialect, width: int, name: str
) -> tuple[list[pa.ChunkedArray], list[Reason]]:
    text = io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", newline="")
    previous_limit = csv.field_size_limit(CELL_CHARACTERS)
    pieces: list[list[pa.Array]] = [[] for _ in range(width)]
    broken: list[Reason] = []
    batch: list[list[str]] = []
    number = 0
    try:
        for row in records(text, dialect):
            number += 1
            if len(row) > width:
                extra = [cell for cell in row[width:] if cell.strip()]
                if extra and len(broken) < _BROKEN_SHOWN:
                    broken.append(_broken(number, extra, width))
            batch.append(row)
            if len(batch) == _ROWS_AT_ONCE:
                _append(pieces, batch)
                batch = []
    except csv.Error as error:
        raise unclosed(name, number + 1) from error
    finally:
        csv.field_size_limit(previous_limit)
    _append(pieces, batch)
    return [pa.chunked_array(arrays, pa.string()) for arrays in pieces], broken


def _append(pieces: list[list[pa.Array]], batch: list[list[str]]) -> None:
    for index, arrays in enumerate(pieces):
        arrays.append(pa.array([row[index] or None if index < len(row) else None for row in batch], pa.string()))


def _broken(number: int, extra: list[str], width: int) -> Reason:
    return Reason(
        row_number=number,
        column=None,
        value=", ".join(extra)[:200],
        code="too_many_cells",
        message=f"La fila tiene más celdas que las {width} columnas del encabezado.",
        suggestion="Revise si falta poner entre comillas un texto que contiene el separador.",
    )
