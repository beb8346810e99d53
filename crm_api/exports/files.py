"""Rows as a CSV or an Excel file, piece by piece."""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook

from ingest.reading.guards import guarded
from pymeai.clock import COSTA_RICA

_PIECE_ROWS = 500
_PIECE_BYTES = 64 * 1024
_IN_MEMORY_BYTES = 4 * 1024 * 1024
MAX_EXCEL_ROWS = 1_000_000
_MAX_EXCEL_TEXT = 32_000
# XML has no such characters, and no spreadsheet shows them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def csv_file(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The file as CSV: UTF-8 with its mark, for Excel. No cell begins as a formula does."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow([guarded(name) for name in header])
    for number, row in enumerate(rows, 1):
        writer.writerow([_text(value) for value in row])
        if number % _PIECE_ROWS == 0:
            yield out.getvalue().encode("utf-8", "replace")
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode("utf-8", "replace")


def excel_file(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The file as an Excel workbook of one sheet: numbers and dates as such. No cell begins as a formula does."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(title)
    sheet.append([guarded(name) for name in header])
    for row in rows:
        sheet.append([_cell(value) for value in row])
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
        workbook.save(file)
        file.seek(0)
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _text(value: Any) -> str:
    plain = _plain(value)
    if isinstance(plain, datetime):
        return plain.strftime("%Y-%m-%d %H:%M")
    if isinstance(plain, Decimal):
        return f"{plain.normalize():f}"
    # A number that is negative is no formula.
    return guarded(plain) if isinstance(plain, str) else str(plain)


def _cell(value: Any) -> Any:
    plain = _plain(value)
    if isinstance(plain, str):
        return guarded(_CONTROL.sub("", plain)[:_MAX_EXCEL_TEXT]) or None
    # Excel knows no year before 1900.
    return plain.isoformat() if isinstance(plain, date) and plain.year < 1900 else plain


def _plain(value: Any) -> Any:
    """Text, a number, a day or a moment of Costa Rica without its zone."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Sí" if value else "No"
    if isinstance(value, datetime):
        return value.astimezone(COSTA_RICA).replace(tzinfo=None)
    if isinstance(value, list):
        return "; ".join(str(item) for item in value if item is not None)
    return str(value) if isinstance(value, dict) else value
