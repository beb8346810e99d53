"""Delimited text of any dialect and encoding."""

import codecs
import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.model import RawTable
from ingest.reading.dialect import sniff
from ingest.reading.encoding import decode
from ingest.reading.export import write_csv
from ingest.reading.table import read_table
from pymeai.errors import BadRequest


def table_of(folder: Path, content: str | bytes, name: str = "hoja.csv") -> RawTable:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path)


def rows_of(table: RawTable) -> list[list[str | None]]:
    return [list(row.values()) for row in table.frame.to_pylist()]


def test_csv_spectrum(shared_data: Path, tmp_path: Path) -> None:
    for path in sorted((shared_data / "csv/spectrum/csvs").glob("*.csv")):
        expected = json.loads((shared_data / "csv/spectrum/json" / f"{path.stem}.json").read_text())
        expected = expected if isinstance(expected, list) else [expected]
        if path.stem == "location_coordinates":
            # The collection's own answer has another telephone number than its file.
            expected[0]["Contact Phone Number"] = "2095257564"
        write_csv(read_table(path), tmp_path / "out.csv")
        with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
            assert list(csv.DictReader(file)) == expected, path.name


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", codecs.BOM_UTF8, "utf-8-sig"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16-le"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-32-le", codecs.BOM_UTF32_LE, "utf-32-le"),
        ("cp1252", b"", "cp1252"),
        ("cp850", b"", "cp850"),
        ("mac-roman", b"", "mac-roman"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, mark: bytes, name: str, delimiter: str) -> None:
    rows = [
        ["Código", "Señor", "Dirección"],
        ["7", "José Núñez", "Cañas, Ñandú; 50 m"],
        ["8", "María Peña", "Río Claro"],
    ]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    table = table_of(tmp_path, mark + text.getvalue().encode(encoding))
    assert (table.encoding, table.delimiter) == (name, delimiter)
    assert [table.header, *rows_of(table)] == rows


@pytest.mark.parametrize(
    ("content", "header", "rows"),
    [
        ("a;b\n1,5;2,5\n3,5;4,5\n", ["a", "b"], [["1,5", "2,5"], ["3,5", "4,5"]]),
        ("sep=|\na|b\n1;2|3\n", ["a", "b"], [["1;2", "3"]]),
        ("'a','b'\n'x, y','2'\n'z','3'\n", ["a", "b"], [["x, y", "2"], ["z", "3"]]),
        ('a,b\n"dice \\"hola\\", y",2\n"otro",3\n', ["a", "b"], [['dice "hola", y', "2"], ["otro", "3"]]),
        ('a, b\n1, "x, y"\n2, "z"\n', ["a", "b"], [["1", "x, y"], ["2", "z"]]),
        ("a,b\r1,2\r3,4\r", ["a", "b"], [["1", "2"], ["3", "4"]]),
        ("Nombre\nMora Rojas, Ana\nLuis\n", ["Nombre"], [["Mora Rojas, Ana"], ["Luis"]]),
        (" id  date  value\n 01 19970101  11.77\n 02 19970112  12.00\n", ["id", "date", "value"],
         [["01", "19970101", "11.77"], ["02", "19970112", "12.00"]]),
        ("a,b,c\n1,2\n3,4,5\n", ["a", "b", "c"], [["1", "2", None], ["3", "4", "5"]]),
        ("a,b,\n1,2,\n3,4,\n", ["a", "b"], [["1", "2"], ["3", "4"]]),
        ("Nombre,Total,Total\nAna,1,2\n", ["Nombre", "Total", "Total (2)"], [["Ana", "1", "2"]]),
        ("Nombre,,Teléfono\nAna,x,8888\n", ["Nombre", "Columna 2", "Teléfono"], [["Ana", "x", "8888"]]),
        ("1,8888-1111,ana@x.cr\n2,8888-2222,eva@x.cr\n", ["Columna 1", "Columna 2", "Columna 3"],
         [["1", "8888-1111", "ana@x.cr"], ["2", "8888-2222", "eva@x.cr"]]),
    ],
)  # fmt: skip
def test_dialects(tmp_path: Path, content: str, header: list[str], rows: list[list[str | None]]) -> None:
    table = table_of(tmp_path, content)
    assert (table.header, rows_of(table)) == (header, rows)


def test_titles_totals_footers_and_repeated_headers_are_no_records(tmp_path: Path) -> None:
    content = (
        "Ferretería El Roble S.A.;;;\nReporte de ventas;;Del 01/01/2025;\n;;;\n"
        "Fecha;Factura;Cliente;Total\n"
        "01/02/2025;F1;Ana Mora;1.500,00\n02/02/2025;F2;Luis Vega;2.500,00\n"
        "Fecha;Factura;Cliente;Total\n"
        "03/02/2025;F3;Total Petróleo S.A.;500,00\n"
        ";;;\n;;TOTAL GENERAL:;4.500,00\nGenerado por el sistema;;;\n"
    )
    table = table_of(tmp_path, content)
    assert table.header == ["Fecha", "Factura", "Cliente", "Total"]
    assert [row[1] for row in rows_of(table)] == ["F1", "F2", "F3"]
    assert table.header_row == 4
    assert table.row_numbers is not None
    assert table.row_numbers.to_pylist() == [1, 2, 4]
    assert list(table.notes) == [
        "Se omitieron 2 filas de título.",
        "Se omitió 1 fila de totales.",
        "Se omitió 1 línea al pie de la tabla.",
        "Se omitió 1 encabezado repetido.",
    ]


def test_a_row_with_more_cells_than_columns_is_told_and_kept_apart(tmp_path: Path) -> None:
    table = table_of(tmp_path, "Código,Nombre\n1,Ana\n2,Mora, Luis\n3,Eva,\n")
    assert [(reason.row_number, reason.value, reason.code) for reason in table.broken] == [
        (2, " Luis", "too_many_cells")
    ]
    assert rows_of(table) == [["1", "Ana"], ["2", "Mora"], ["3", "Eva"]]


@pytest.mark.parametrize("content", ["\n\n\n", ",,,\n,,\n", "   \n", "\ufeff"])
def test_a_file_of_nothing_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(BadRequest, match="no tiene datos"):
        table_of(tmp_path, content)


def test_a_quote_that_never_closes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="comillas sin cerrar"):
        table_of(tmp_path, 'a,b\n1,"nunca cierra\n' + "x,y\n" * 400_000)


def test_damaged_utf8_is_read_and_told(tmp_path: Path) -> None:
    table = table_of(tmp_path, "Nombre,Canción\n".encode() + "José,ñandú áéíóú ÁÉÍÓÚ\n".encode() * 30 + b"Ana,\xff\n")
    assert table.encoding == "utf-8"
    assert rows_of(table)[-1] == ["Ana", "\ufffd"]
    assert "1 letras no se pudieron leer" in table.notes[-1]


CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r\ufeff", exclude_categories=["Cs", "Cc"]), max_size=12
).map(str.strip)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12), delimiter=st.sampled_from([",", ";", "\t"])
)
def test_what_is_written_is_read_back(tmp_path: Path, rows: list[tuple[str, str, str]], delimiter: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["Código", "Nombre", "Nota"])
    kept = [(f"K{index}", f"Persona {index}", note) for index, (_, _, note) in enumerate(rows)]
    writer.writerows(kept)
    table = table_of(tmp_path, text.getvalue())
    assert table.header == ["Código", "Nombre", "Nota"]
    assert [tuple(cell or "" for cell in row) for row in rows_of(table)] == kept


@settings(max_examples=80, deadline=None)
@given(text=st.text(st.sampled_from("áéíóúñÑabc 123;,\n")), encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]))
def test_decoding_never_fails_and_gives_utf8(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).content.decode("utf-8") is not None


@settings(max_examples=80, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_become_text(data: bytes) -> None:
    decoded = decode(data)
    assert sniff(decoded.content.decode("utf-8")) is not None
