"""A file -> the table in it."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from ingest.mapping.synonyms import is_known_header
from ingest.model import RawTable
from ingest.reading.delimited import read_delimited
from ingest.reading.filetype import MAX_BYTES, file_type
from ingest.reading.invoices.table import read_invoices
from ingest.reading.layout import Tidied, tidied
from ingest.reading.workbook import read_workbook
from pymeai.errors import BadRequest


def read_table(
    path: Path,
    *,
    sheet: str | None = None,
    file_name: str | None = None,
    max_bytes: int = MAX_BYTES,
    issuer: Callable[[], str] | None = None,
) -> RawTable:
    """Read a CSV, TSV or workbook of any dialect, or electronic invoices: the header, and the records below it.

    `sheet` names a workbook's sheet (the first with a table otherwise); `file_name` is what the file is called where
    `path` does not say it; `max_bytes` its largest size; `issuer` is asked whose invoices to read (anybody's otherwise),
    where they are invoices. Raises BadRequest, NotFound, TooLarge or UnsupportedFile, in Spanish, where there is no table.
    """
    name = file_name or path.name
    found_type = file_type(path, file_name=name, max_bytes=max_bytes)
    if found_type == "invoices":
        return read_invoices(path, name, issuer() if issuer is not None else None)
    if found_type == "text":
        text = read_delimited(path, name, is_known_header)
        found = tidied(text.columns, text.header)
        notes = _title_notes(text.title_rows) + found.notes
        if text.replaced:
            notes.append(f"{text.replaced} letras no se pudieron leer y se muestran como «\ufffd».")
        _check(found, name)
        return RawTable(
            header=found.frame.column_names,
            frame=found.frame,
            encoding=text.encoding,
            delimiter=text.delimiter,
            header_row=text.header_row,
            notes=notes,
            row_numbers=found.row_numbers,
            broken=text.broken,
        )
    book = read_workbook(path, name, sheet, is_known_header)
    found = tidied(book.columns, book.header)
    _check(found, name)
    notes = _title_notes(book.title_rows) + found.notes
    others = [other for other in book.names if other != book.name]
    if sheet is None and others:
        notes.append(f"Se leyó la hoja «{book.name}»; el archivo tiene también: {', '.join(others)}.")
    return RawTable(
        header=found.frame.column_names,
        frame=found.frame,
        sheet=book.name,
        sheets=book.names,
        header_row=book.header_row,
        notes=notes,
        row_numbers=found.row_numbers,
        figures=_figures_of(book.figures, found),
    )


def _figures_of(figures: dict[int, pa.Array], found: Tidied) -> dict[str, pa.Array]:
    """The masks of a workbook's columns by their headers, for the rows that were kept."""
    return {
        found.frame.column_names[position]: mask if found.rows is None else mask.filter(found.rows)
        for position, index in enumerate(found.columns)
        if (mask := figures.get(index)) is not None
    }


def _title_notes(rows: int) -> list[str]:
    if rows == 0:
        return []
    return ["Se omitió 1 fila de título." if rows == 1 else f"Se omitieron {rows} filas de título."]


def _check(found: Tidied, name: str) -> None:
    if found.frame.num_columns == 0:
        raise BadRequest(f"El archivo «{name}» no tiene datos: todas sus celdas están vacías.", code="empty_file")
    if found.frame.num_rows == 0:
        raise BadRequest(
            f"El archivo «{name}» tiene encabezado pero ninguna fila debajo. Agregue los datos y vuelva a subirlo.",
            code="no_rows",
        )
