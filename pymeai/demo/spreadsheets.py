"""Writes spreadsheets the way small companies keep them, byte for byte the same for the same input."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

Cell = str | int | float | date | None

_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_csv(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], *, encoding: str, delimiter: str
) -> None:
    """A CSV with Windows line ends."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_workbook(
    path: Path,
    sheet: str,
    titles: Sequence[str],
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    formats: dict[int, str] | None = None,
) -> None:
    """A workbook with title rows above the header. `formats` is the number format of a column, by its index from 0."""
    book = Workbook()
    page = book.active
    if page is None:
        raise RuntimeError("a new workbook has no sheet")
    page.title = sheet
    for title in titles:
        page.append([title] if title else [])
    for index in range(1, len(titles) + 1):
        page.cell(index, 1).font = Font(bold=index == 1, size=14 if index == 1 else 10)
    page.append(list(header))
    for index in range(1, len(header) + 1):
        cell = page.cell(len(titles) + 1, index)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="2F5D50")
        cell.alignment = Alignment(wrap_text=True)
        page.column_dimensions[get_column_letter(index)].width = max(12, len(header[index - 1]) + 4)
    for row in rows:
        page.append(list(row))
    for index, number_format in (formats or {}).items():
        for cells in page.iter_rows(min_row=len(titles) + 2, min_col=index + 1, max_col=index + 1):
            cells[0].number_format = number_format
    page.freeze_panes = f"A{len(titles) + 2}"
    _save(book, path)


def colones(amount: float, symbol: str = "₡") -> str:
    """An amount as people here write it: ₡1.234.567,50 with -₡500,00 below zero."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{symbol}{abs(amount):,.2f}".translate(str.maketrans(",.", ".,"))


def dollars(amount: float) -> str:
    """$1,234.50; below zero in parentheses, as accountants do."""
    return f"(${-amount:,.2f})" if amount < 0 else f"${amount:,.2f}"


def short_date(day: date) -> str:
    """The day as d/m/yyyy without leading zeros."""
    return f"{day.day}/{day.month}/{day.year}"


def _save(book: Workbook, path: Path) -> None:
    # The library stamps the present moment into the properties and into each entry of the ZIP.
    book.properties.created = book.properties.modified = datetime(2020, 1, 1)  # noqa: DTZ001 - the library wants it naive
    written = io.BytesIO()
    book.save(written)
    with (
        zipfile.ZipFile(written) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "docProps/core.xml":
                content = _without_saving_time(content)
            target.writestr(zipfile.ZipInfo(entry.filename, _EPOCH), content, zipfile.ZIP_DEFLATED)


def _without_saving_time(properties: bytes) -> bytes:
    start = properties.find(b"<dcterms:modified")
    end = properties.find(b"</dcterms:modified>")
    return properties if start < 0 else properties[:start] + properties[end + len(b"</dcterms:modified>") :]
