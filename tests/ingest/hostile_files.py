"""Files made to harm whoever opens them: kind -> name, content, and the code of the error in which it ends."""

import io
import random
import struct
import zipfile
from collections.abc import Callable, Iterable

from tests.ingest.treasury import zipped

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="Hoja1" sheetId="1" r:id="r1"/>'
    "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
}
MEGABYTE = 1 << 20


def workbook(sheet: Iterable[str], head: str = "", shared: str | None = None, doctype: str = "") -> bytes:
    """An XLSX whose sheet has this content, as its XML stands."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        if shared is not None:
            archive.writestr("xl/sharedStrings.xml", shared)
        with archive.open("xl/worksheets/sheet1.xml", "w") as file:
            file.write(f'{doctype}<worksheet xmlns="{_MAIN}">{head}<sheetData>'.encode())
            for piece in sheet:
                file.write(piece.encode())
            file.write(b"</sheetData></worksheet>")
    return content.getvalue()


def cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


GOOD_ROWS = [
    f'<row r="1">{cell("A1", "Nombre")}{cell("B1", "Correo")}</row>',
    f'<row r="2">{cell("A2", "Ana")}{cell("B2", "ana@ejemplo.cr")}</row>',
]
ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "'
    + "ja" * 50
    + '">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)


def bomb() -> bytes:
    """Two hundred megabytes of cells in one of them."""
    row = "<row>" + '<c t="str"><v>x</v></c>' * 1000 + "</row>"
    return workbook(row for _ in range(9000))


def bomb_of_modest_ratio() -> bytes:
    """What unpacks to 50 times its size, as a real workbook might, and to cells without end."""
    seeded = random.Random(4)
    rows = (
        f'<row r="{r}">' + f'<c r="A{r}"><v>{seeded.randrange(10**6)}</v></c><c r="ZZ{r}"><v>1</v></c></row>'
        for r in range(1, 40_000)
    )
    return workbook(rows)


def far_apart() -> bytes:
    """Two cells at the corners of a sheet that does not say how large it is: 17,179,869,184 cells for a parser."""
    first, last = '<row r="1"><c r="A1"><v>1</v></c></row>', '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return workbook([first, last])


def a_million_rows_claimed() -> bytes:
    return workbook(GOOD_ROWS, head='<dimension ref="A1:XFD1048576"/>')


def strings_claimed() -> bytes:
    shared = f'<sst xmlns="{_MAIN}" count="4294967295" uniqueCount="4294967295"><si><t>Nombre</t></si></sst>'
    return workbook(['<row r="1"><c r="A1" t="s"><v>4294967295</v></c></row>'], shared=shared)


def entities_in_a_sheet() -> bytes:
    return workbook([f'<row r="1">{cell("A1", "Nombre")}</row><row r="2">{cell("A2", "&j;")}</row>'], doctype=ENTITIES)


def nested_in_a_sheet() -> bytes:
    return workbook(['<row r="1"><c r="A1" t="inlineStr"><is>' + "<r>" * 500_000])


def formulas() -> bytes:
    formula = "SUM(" * 8000 + "1" + ")" * 8000
    rows = (f'<row r="{r}"><c r="A{r}"><f>{formula}</f></c></row>' for r in range(2, 400))
    return workbook([f'<row r="1">{cell("A1", "Nombre")}</row>', *rows])


def nested_invoice() -> bytes:
    return b'<?xml version="1.0"?><FacturaElectronica>' + b"<a>" * 2_000_000


def entities_in_an_invoice() -> bytes:
    return f'<?xml version="1.0"?>{ENTITIES}<FacturaElectronica><Clave>&j;</Clave></FacturaElectronica>'.encode()


def compound_garbage() -> bytes:
    """The beginning of an XLS, whose directory leads anywhere."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6) + bytes(6)
    return (
        head
        + struct.pack("<9I", 0xFFFFFF, 1, 0, 4096, 1, 0xFFFFFF, 2, 0xFFFFFF, 3)
        + random.Random(4).randbytes(20_000)
    )


def truncated() -> bytes:
    return workbook(GOOD_ROWS)[:-200]


def archive_within_archives() -> bytes:
    content = b"0" * (8 * MEGABYTE)
    for depth in range(6):
        content = zipped({f"{depth}.zip": content, f"{depth}.xml": content[:MEGABYTE]})
    return content


def million_columns() -> bytes:
    return b"nombre," * 1_000_000 + b"\n" + b"1," * 1_000_000 + b"\n"


def one_line() -> bytes:
    return b"Nombre " * (4 * MEGABYTE)


def unclosed_quote() -> bytes:
    return b'nombre,nota\n"Ana,1\n' + b"Luis,2\n" * (2 * MEGABYTE)


def nulls() -> bytes:
    return b"nombre,nota\n" + bytes(20 * MEGABYTE)


HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "zip bomb": ("libro.xlsx", bomb, "file_too_large"),
    "cells far apart, by the thousand": ("libro.xlsx", bomb_of_modest_ratio, "file_too_large"),
    "cells far apart": ("libro.xlsx", far_apart, "file_too_large"),
    "a claimed dimension": ("libro.xlsx", a_million_rows_claimed, "sheet_too_large"),
    "claimed strings": ("libro.xlsx", strings_claimed, "file_too_large"),
    "entities in a sheet": ("libro.xlsx", entities_in_a_sheet, "unreadable_file"),
    "nesting in a sheet": ("libro.xlsx", nested_in_a_sheet, "unreadable_file"),
    "formulas": ("libro.xlsx", formulas, "no_rows"),
    "truncated": ("libro.xlsx", truncated, "unreadable_file"),
    "a nested invoice": ("factura.xml", nested_invoice, "file_too_large"),
    "entities in an invoice": ("factura.xml", entities_in_an_invoice, "no_documents"),
    "a damaged XLS": ("libro.xls", compound_garbage, "unreadable_file"),
    "archives within archives": ("facturas.zip", archive_within_archives, "no_documents"),
    "a million columns": ("clientes.csv", million_columns, "too_many_columns"),
    "a line without end": ("clientes.csv", one_line, "unreadable_file"),
    "a quote without end": ("clientes.csv", unclosed_quote, "unreadable_file"),
    "NULs": ("clientes.csv", nulls, "wrong_file_type"),
}
