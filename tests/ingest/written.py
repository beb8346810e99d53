"""Tables written as programs write them: delimited text in any dialect and encoding, and workbooks."""

import codecs
import csv
import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from openpyxl import Workbook

Typed = str | float | bool | dt.datetime | None

MARKS = {"utf-8-sig": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


@dataclass(frozen=True)
class Writing:
    """How a program writes delimited text. `escape` None doubles the quotes within a cell."""

    delimiter: str = ","
    quoting: int = csv.QUOTE_MINIMAL
    escape: str | None = None
    line_end: str = "\r\n"
    encoding: str = "utf-8"
    mark: bool = False


def delimited(rows: Sequence[Sequence[str]], writing: Writing) -> bytes:
    """Rows of texts as the bytes of a file."""
    text = io.StringIO(newline="")
    csv.writer(
        text,
        delimiter=writing.delimiter,
        quoting=writing.quoting,
        escapechar=writing.escape,
        doublequote=writing.escape is None,
        lineterminator=writing.line_end,
    ).writerows(rows)
    mark = MARKS[writing.encoding] if writing.mark else b""
    return mark + text.getvalue().encode(writing.encoding.removesuffix("-sig"))


def xlsx(rows: Sequence[Sequence[Typed]], path: Path) -> Path:
    """Rows of typed cells as an Excel workbook."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(path)
    book.close()
    return path


_ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>'
    '<office:spreadsheet><table:table table:name="Hoja1">{}</table:table></office:spreadsheet></office:body>'
    "</office:document-content>"
)


def ods(rows: Sequence[Sequence[Typed]], path: Path) -> Path:
    """Rows of typed cells as an OpenDocument workbook, with the parts that a reader needs."""
    lines = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            zipfile.ZipInfo("mimetype"), "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED
        )
        archive.writestr("content.xml", _ODS.format(lines))
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            '<manifest:file-entry manifest:full-path="/" '
            'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>',
        )
    return path


def _ods_cell(cell: Typed) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, bool):
        value = f'boolean" office:boolean-value="{str(cell).lower()}'
    elif isinstance(cell, dt.datetime):
        value = f'date" office:date-value="{cell.isoformat()}'
    elif isinstance(cell, str):
        # OpenDocument folds white space: more than one space has an element of its own.
        text = escape(cell).replace("  ", '<text:s text:c="2"/>')
        paragraphs = "".join(f"<text:p>{line}</text:p>" for line in text.split("\n"))
        return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'
    else:
        value = f'float" office:value="{cell!r}'
    return f'<table:table-cell office:value-type="{value}"/>'
