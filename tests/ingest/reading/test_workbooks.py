"""Workbooks: types, sheets, title rows, merged cells, and what is refused."""

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from openpyxl import Workbook

from ingest.reading.export import write_csv
from ingest.reading.table import read_table
from pymeai.errors import BadRequest, NotFound, PymeError, TooLarge, UnsupportedFile

REFUSED = {
    "calamine/pass_protected.xlsx": "encrypted_file",
    "calamine/pass_protected.xlsb": "encrypted_file",
    "calamine/pass_protected.ods": "encrypted_file",
    "python-calamine/password.xls": "encrypted_file",
    "python-calamine/empty_file.xlsx": "empty_file",
    "calamine/empty_sheet.xlsx": "empty_file",
    "calamine/issue252.xlsx": "unreadable_file",
    "calamine/ptgexp-truncated-operand.xls": "unreadable_file",
    "calamine/issue_594_dos.ods": "unreadable_file",
    "calamine/too_small.xls": "wrong_file_type",
    "duckdb-excel/header_only.xlsx": "no_rows",
}


def workbook(folder: Path, *sheets: list[list[Any]], merge: str | None = None) -> Path:
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for index, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Hoja {index + 1}")
        for row in rows:
            sheet.append(row)
        if merge is not None:
            sheet.merge_cells(merge)
    path = folder / "libro.xlsx"
    book.save(path)
    book.close()
    return path


def test_typed_columns_keep_their_types_and_mixed_ones_their_text(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        [
            ["Reporte de ventas"],
            [],
            ["Factura", "Fecha", "Monto", "Precio", "Activo", "Nota"],
            [1001, pd.Timestamp("2025-02-03 08:30"), 1500.5, 1.234, True, "x"],
            ["C1002", pd.Timestamp("2025-02-04"), 2000, "s/p", False, None],
            [None, None, 3500.5, None, None, "TOTAL"],
        ],
    )
    table = read_table(path)
    assert (table.header_row, table.sheet, table.encoding) == (3, "Hoja 1", None)
    assert table.frame.schema.types == [
        pa.string(), pa.timestamp("us"), pa.float64(), pa.string(), pa.bool_(), pa.string(),
    ]  # fmt: skip
    assert table.frame.to_pylist() == [
        {"Factura": "1001", "Fecha": pd.Timestamp("2025-02-03 08:30"), "Monto": 1500.5, "Precio": "1.2340", "Activo": True, "Nota": "x"},
        {"Factura": "C1002", "Fecha": pd.Timestamp("2025-02-04"), "Monto": 2000.0, "Precio": "s/p", "Activo": False, "Nota": None},
    ]  # fmt: skip
    assert "Se omitió 1 fila de totales." in table.notes


def test_the_first_sheet_with_a_table_or_the_one_named(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, [], [["Nombre", "Teléfono"], ["Ana", "8888-1111"]], [["Producto", "Precio"], ["Clavo", 5]]
    )
    assert read_table(path).sheet == "Hoja 2"
    table = read_table(path, sheet="Hoja 3")
    assert (table.header, list(table.sheets)) == (["Producto", "Precio"], ["Hoja 1", "Hoja 2", "Hoja 3"])
    with pytest.raises(NotFound, match="no tiene una hoja llamada «Otra»"):
        read_table(path, sheet="Otra")
    with pytest.raises(BadRequest, match="La hoja «Hoja 1»"):
        read_table(path, sheet="Hoja 1")


def test_cells_merged_downwards_hold_in_each_row(tmp_path: Path) -> None:
    rows = [["Cliente", "Producto", "Total"], ["Ana Mora", "Silla", 10], [None, "Mesa", 20], ["Eva Paz", "Cama", 30]]
    table = read_table(workbook(tmp_path, rows, merge="A2:A3"))
    assert table.frame.column("Cliente").to_pylist() == ["Ana Mora", "Ana Mora", "Eva Paz"]


def test_formulas_are_never_evaluated(tmp_path: Path) -> None:
    table = read_table(workbook(tmp_path, [["Nombre", "Monto"], ["Ana", "=1+1"], ["Eva", 5]]))
    assert table.frame.column("Monto").to_pylist() == [None, 5.0]


def test_a_workbook_written_as_text(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["Código", "Desde", "Saldo"], [7, date(2025, 2, 3), 10.5], [8, date(2025, 2, 4), 20]])
    write_csv(read_table(path), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "Código,Desde,Saldo\n7,2025-02-03,10.5\n8,2025-02-04,20\n"


@pytest.mark.parametrize(("name", "code"), REFUSED.items())
def test_what_cannot_be_read_is_refused_in_spanish(shared_data: Path, name: str, code: str) -> None:
    with pytest.raises(PymeError) as raised:
        read_table(shared_data / "spreadsheets" / name)
    assert raised.value.code == code
    assert 400 <= raised.value.status < 500


def test_every_other_workbook_is_read_or_refused_never_worse(shared_data: Path) -> None:
    paths = sorted((shared_data / "spreadsheets").rglob("*.*"))
    outcomes = {path: _rows_or_status(path) for path in paths}
    assert [path.name for path, (_, status) in outcomes.items() if not 200 <= status < 500] == []
    assert sum(rows > 0 for rows, _ in outcomes.values()) > 100


def _rows_or_status(path: Path) -> tuple[int, int]:
    try:
        return read_table(path).frame.num_rows, 200
    except PymeError as error:
        return 0, error.status


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"%PDF-1.4 ...", "ventas.xlsx", "un PDF"),
        (b"\xff\xd8\xff\xe0 foto", "ventas.csv", "una fotografía"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "ventas.xls", "una página web"),
        (b"PK\x05\x06" + b"\0" * 18, "ventas.xlsx", "binario"),
        (b"\0\1\2\3" * 50, "ventas.csv", "un archivo binario"),
        (b"a,b\n1,2\n", "ventas.xlsx", "por dentro es texto"),
    ],
)
def test_content_that_is_not_what_the_name_says(tmp_path: Path, content: bytes, name: str, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnsupportedFile, match=words):
        read_table(tmp_path / name)


def test_a_sheet_that_claims_to_be_endless_is_refused(tmp_path: Path) -> None:
    book = Workbook()
    book.active["A1"] = "Nombre"  # type: ignore[index]
    book.active["XFD1048576"] = "x"  # type: ignore[index]
    book.save(tmp_path / "libro.xlsx")
    book.close()
    with pytest.raises(TooLarge, match="llega hasta la celda XFD1048576"):
        read_table(tmp_path / "libro.xlsx")


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "libro.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (4 << 20))
    monkeypatch.setattr("ingest.reading.filetype.MAX_UNPACKED_BYTES", 1 << 20)
    assert path.stat().st_size < 1 << 16
    with pytest.raises(TooLarge, match="ocupa demasiado"):
        read_table(path)


def test_online_retail_is_read_whole(shared_data: Path) -> None:
    table = read_table(shared_data / "transactions/online_retail/online_retail.xlsx")
    assert table.frame.num_rows == 541_909
    assert table.frame.schema.field("InvoiceDate").type == pa.timestamp("us")
    assert table.frame.column("CustomerID").null_count == 135_080


def test_figures_among_texts_are_told_from_texts_that_look_alike(tmp_path: Path) -> None:
    rows = [["Reporte"], ["Código", "Precio"], ["A", "1.500"], [None, None], ["B", 1.25], ["C", 1.234], ["D", "s/p"]]
    table = read_table(workbook(tmp_path, rows))
    assert table.frame.column("Precio").to_pylist() == ["1.500", "1.25", "1.2340", "s/p"]
    assert {name: mask.to_pylist() for name, mask in table.figures.items()} == {"Precio": [False, True, True, False]}


def test_a_list_without_header_keeps_its_first_value(tmp_path: Path) -> None:
    for values in (["2021-01-01", "2021-01-01T10:10:10", "10:10:10", "texto"], [1, 1.5, "ab", "test"]):
        table = read_table(workbook(tmp_path, [[value] for value in values]))
        assert (table.header, table.frame.num_rows) == (["Columna 1"], 4)


def test_a_day_in_the_first_row_of_a_workbook_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "libro.xlsx"
    book = Workbook(iso_dates=True)
    for value in (date(2021, 1, 1), date(2021, 1, 2), "texto"):
        book.active.append([value])  # type: ignore[union-attr]
    book.save(path)
    table = read_table(path)
    assert (table.header, table.frame.num_rows) == (["Columna 1"], 3)
    assert table.frame.column(0)[0].as_py().startswith("2021-01-01")
