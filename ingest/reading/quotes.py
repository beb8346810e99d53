"""The refusal of a text file in which a quote that never closes makes one cell of many rows."""

import csv
import io
import re

import pyarrow as pa
import pyarrow.compute as pc

from ingest.reading.dialect import Dialect, records
from pymeai.errors import BadRequest

CELL_CHARACTERS = 1 << 20
"""The longest cell that is read; a longer one is a quote that never closes."""

_SWALLOWED_LINES = 20
_PIECE = 1 << 20


def check_quotes(columns: list[pa.ChunkedArray], body: memoryview, dialect: Dialect, name: str) -> None:
    """Refuse a table of which one cell swallowed rows, because its quotes close in another row or never.

    `columns` are what was read of `body`. Raises BadRequest.
    """
    _check_length(columns, name)
    if _lines(body) <= len(columns[0]):
        return
    for column in columns:
        _check_lines(column, dialect, len(columns), name)
    if _ends_open(columns, body, dialect):
        raise unclosed(name, len(columns[0]))
    if len(columns) > 1 and any(_may_hold_rows(column, dialect) for column in columns):
        _check_records(body, dialect, name)


def unclosed(name: str, row: int) -> BadRequest:
    """What to say of a quote that never closes, near a record (1-based)."""
    return BadRequest(
        f"No se pudo leer «{name}» cerca de la fila {row}: hay unas comillas sin cerrar o una celda de más "
        f"de {CELL_CHARACTERS} letras. Revise esa fila y vuelva a subirlo.",
        code="unreadable_file",
    )


def _lines(body: memoryview) -> int:
    """How many line ends there are; no cell has one where there are no more than records."""
    newlines = returns = 0
    for start in range(0, len(body), _PIECE):
        piece = bytes(body[start : start + _PIECE])
        newlines += piece.count(b"\n")
        returns += piece.count(b"\r")
    return max(newlines, returns)


def _check_length(columns: list[pa.ChunkedArray], name: str) -> None:
    for column in columns:
        longest = pc.max(pc.binary_length(column)).as_py() or 0
        if longest > CELL_CHARACTERS:
            raise unclosed(name, _first(pc.equal(pc.binary_length(column), longest)))


def _check_lines(column: pa.ChunkedArray, dialect: Dialect, width: int, name: str) -> None:
    lines = pc.count_substring(column, "\n")
    most = pc.max(lines).as_py() or 0
    if most < _SWALLOWED_LINES or width < 2:
        return
    suspect = pc.equal(lines, most)
    cells = column.filter(suspect)[0].as_py().count(dialect.separator)
    if cells >= 0.8 * most * (width - 1):
        raise unclosed(name, _first(suspect))


def _first(found: pa.ChunkedArray) -> int:
    row: int = pc.index(pc.fill_null(found, False), True).as_py() + 1
    return row


def _ends_open(columns: list[pa.ChunkedArray], body: memoryview, dialect: Dialect) -> bool:
    """Whether the file ends within quotes that opened lines before: its last cell has them and no quote after it."""
    if not len(columns[0]):
        return False
    cells = [column[-1].as_py() for column in columns]
    last = next((cell for cell in reversed(cells) if cell is not None), "")
    end = bytes(body[-4096:]).rstrip(b" \t\r\n")
    return re.search(r"[\r\n]", last.strip()) is not None and not end.endswith(dialect.quote.encode())


def _may_hold_rows(column: pa.ChunkedArray, dialect: Dialect) -> bool:
    """Whether a cell of several lines has separators, as swallowed rows do and some addresses too."""
    separator = re.escape(dialect.separator)
    rows = rf"(?s)[\r\n].*{separator}|{separator}.*[\r\n]"
    return bool(pc.any(pc.match_substring_regex(column, rows)).as_py())


def _check_records(body: memoryview, dialect: Dialect, name: str) -> None:
    """Refuse a record of several lines in which a quote closes before its cell ends."""
    reader = records(io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", newline=""), dialect, strict=True)
    number = line = 0
    while True:
        number += 1
        try:
            next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # A stray quote in a row of one line costs nothing but itself: it is read as it stands.
            if reader.line_num > line + 1:
                raise unclosed(name, number) from error
        line = reader.line_num
