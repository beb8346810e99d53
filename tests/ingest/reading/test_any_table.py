"""Any table in any dialect and encoding reads back as it was written, or its rows are named as broken."""

import csv
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.model import RawTable
from ingest.reading.table import read_table
from pymeai.errors import BadRequest
from tests.examples import examples
from tests.ingest.written import MARKS, Writing, delimited

Rows = list[list[str]]

HEADERS = [
    ["Código", "Nombre", "Dirección", "Observación"],
    ["Fecha", "Razón social", "Línea", "Monto"],
    ["Placa", "Año del vehículo", "Último dueño", "Apuntes"],
]
LATIN = "abz019 ,;|.:-'\"\\/()áéíóúñÑüÁ¿¡°"
WIDE = LATIN + "₡€—🙂Ωж中\t\n"
SINGLE_BYTE = ["cp1252", "latin-1", "mac-roman"]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", *SINGLE_BYTE]
WORDS = st.sampled_from(
    [
        "Ana Mora",
        "Peña & Hijos, S.A.",
        "007",
        "1.500,50",
        "31/12/2025",
        "8888-7777",
        "O'Neill",
        '5" tubo',
        "C:\\datos",
        "'12'",
        "'hola'",
        "C:\\x\\",
        '"',
        '""',
        "Total",
        "-",
        'a, "b" y c',
        "1;2",
        "=1+1",
        "sep=;",
        "x\\",
    ]
)


FEW, MANY = examples(150), examples(5_000)


@st.composite
def writings(draw: st.DrawFn) -> Writing:
    """A dialect that some program writes."""
    encoding = draw(st.sampled_from(ENCODINGS))
    quoting, escape = draw(
        st.sampled_from(
            [
                (csv.QUOTE_MINIMAL, None),
                (csv.QUOTE_ALL, None),
                (csv.QUOTE_MINIMAL, "\\"),
                (csv.QUOTE_ALL, "\\"),
                (csv.QUOTE_NONE, "\\"),
            ]
        )
    )
    return Writing(
        delimiter=draw(st.sampled_from([",", ";", "\t", "|"])),
        quoting=quoting,
        escape=escape,
        line_end=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        encoding=encoding,
        mark=encoding == "utf-8-sig" or (encoding in MARKS and draw(st.booleans())),
    )


@st.composite
def tables(draw: st.DrawFn, writing: Writing) -> Rows:
    """A header, and records of a key, a name and any texts."""
    header = draw(st.sampled_from(HEADERS))
    letters = LATIN if writing.encoding in SINGLE_BYTE else WIDE
    if writing.quoting != csv.QUOTE_ALL and (writing.escape is not None or writing.line_end == "\r"):
        # Python's writer leaves these line ends bare.
        letters = letters.replace("\n", "")
    cells = st.text(st.sampled_from(letters), max_size=10).map(str.strip) | WORDS
    count = draw(st.integers(1, 8))
    records = [[f"{number:03d}", f"Persona {number}", draw(cells), draw(cells)] for number in range(1, count + 1)]
    if writing.escape is not None:
        # Without one escaped mark in the file nobody could tell that a backslash is one.
        mark = writing.delimiter if writing.quoting == csv.QUOTE_NONE else '"'
        records.append(["100", "Persona 100", f"dice {mark}hola{mark} y ya", "x"])
    return [header, *records]


@st.composite
def files(draw: st.DrawFn) -> tuple[Rows, Writing]:
    """A table and how it is written."""
    writing = draw(writings())
    return draw(tables(writing)), writing


def read(folder: Path, content: bytes) -> RawTable:
    path = folder / "hoja.csv"
    path.write_bytes(content)
    return read_table(path)


def texts(table: RawTable) -> Rows:
    """The cells as texts, "" where empty."""
    return [[str(cell).strip() if cell is not None else "" for cell in row.values()] for row in table.frame.to_pylist()]


def _reads_back(folder: Path, rows: Rows, writing: Writing) -> None:
    table = read(folder, delimited(rows, writing))
    assert [table.header, *texts(table)] == rows
    assert not table.broken
    assert not table.notes


def test_a_lone_column_of_decimals_is_one_column(tmp_path: Path) -> None:
    table = read(tmp_path, b"Monto\n1 234,56\n2500,1\n")
    assert (table.header, texts(table)) == (["Monto"], [["1 234,56"], ["2500,1"]])


def test_a_row_after_a_blank_line_keeps_its_number_where_lines_end_in_returns(tmp_path: Path) -> None:
    table = read(tmp_path, "Código,Nombre\r1,Ana\r\r2,Eva\r".encode())
    assert table.row_numbers is not None
    assert table.row_numbers.to_pylist() == [1, 3]


NAMES = ["Código", "Nombre", "Dirección", "Observación"]


@FEW
@example(([NAMES, ["1", "Ana", "a,b", "x"]], Writing(",", csv.QUOTE_NONE, "\\"))).via("escapes without quotes")
@example(([NAMES, ["1", "Ana", 'dice "a"', "x"]], Writing(";", csv.QUOTE_MINIMAL, "\\"))).via("an escaped bare cell")
@example(([NAMES, ["1", "Ana", 'dice "a"', "x"]], Writing("|", csv.QUOTE_ALL, "\\"))).via("escapes in quotes")
@example(([NAMES, ["1", "Ana", 'a "b" c\\\\', "x"]], Writing(",", csv.QUOTE_ALL))).via(
    "backslashes that escape nothing"
)
@example(([NAMES, ["1", "Ana", "'12'", "x"], ["2", "Eva", "'15'", "y"]], Writing(","))).via("apostrophes of the cell")
@example(([NAMES, ["1", "Ana", "a", "x"], ["2", "Total", "b", "y"]], Writing(","))).via("a customer named Total")
@example(([NAMES, ["1", "Ana", "Total", "Total"], ["2", "Eva", "b", "y"]], Writing(","))).via("Total is no header")
@given(files())
def test_any_table_reads_back(tmp_path: Path, file: tuple[Rows, Writing]) -> None:
    _reads_back(tmp_path, *file)


@pytest.mark.torture
@MANY
@given(files())
def test_any_table_reads_back_for_long(tmp_path: Path, file: tuple[Rows, Writing]) -> None:
    _reads_back(tmp_path, *file)


@st.composite
def reports(draw: st.DrawFn) -> tuple[list[str], Rows, list[str], Writing]:
    """A table of more lines than a report has around it; its rows lack their last cells where these are empty."""
    writing = Writing(
        delimiter=draw(st.sampled_from([",", ";", "\t", "|"])), line_end=draw(st.sampled_from(["\n", "\r\n"]))
    )
    titles = draw(
        st.lists(st.sampled_from(["Ferretería El Roble", "Reporte de ventas", "", "Del 01/01/2025"]), max_size=3)
    )
    rows = draw(tables(writing))
    rows[1:] = [[*row[:2], row[2] or "x", row[3]] for row in rows[1:]] + [["900", "Persona 900", "y", "z"]] * 6
    footers = draw(st.lists(st.sampled_from(["TOTAL", "Total general:", "Generado por el sistema", ""]), max_size=2))
    return titles, rows, footers, writing


def _is_found_in_its_report(folder: Path, report: tuple[list[str], Rows, list[str], Writing]) -> None:
    titles, rows, footers, writing = report
    short = [row[:3] if not row[3] else row for row in rows]
    around = (
        [[title] for title in titles],
        [[footer, *["5"] * footer.upper().startswith("TOTAL")] for footer in footers],
    )
    table = read(folder, delimited([*around[0], *short, *around[1]], writing))
    assert [table.header, *texts(table)] == rows
    told = " ".join(table.notes)
    assert ("título" in told) == any(titles)
    assert ("totales" in told or "pie" in told) == any(footers)


@FEW
@example(
    (["Reporte", "Enero", "2025"], [NAMES, ["1", "Ana", "x", ""], *[["2", "Eva", "y", "z"]] * 2], [], Writing("\t"))
).via("as many titles as records of a length")
@given(reports())
def test_a_table_is_found_in_its_report(tmp_path: Path, report: tuple[list[str], Rows, list[str], Writing]) -> None:
    _is_found_in_its_report(tmp_path, report)


@pytest.mark.torture
@MANY
@given(reports())
def test_a_table_is_found_in_its_report_for_long(
    tmp_path: Path, report: tuple[list[str], Rows, list[str], Writing]
) -> None:
    _is_found_in_its_report(tmp_path, report)


@FEW
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["Ana", "Luis, el menor", "Eva"]), st.sampled_from(["x", "1,5"])), min_size=3
    ),
    data=st.data(),
)
def test_a_quote_that_does_not_close_is_refused(
    tmp_path: Path, rows: list[tuple[str, str]], data: st.DataObject
) -> None:
    lines = delimited([["Código", "Nombre", "Nota"], *([str(n), *row] for n, row in enumerate(rows))], Writing())
    spoilt = lines.decode().split("\r\n")
    line = data.draw(st.integers(1, len(rows) - 1))
    spoilt[line] = f'{line - 1},"nunca cierra,{data.draw(st.sampled_from(["x", "5"]))}'
    with pytest.raises(BadRequest, match="comillas sin cerrar"):
        read(tmp_path, "\r\n".join(spoilt).encode())
