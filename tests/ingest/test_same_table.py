"""The same table through XLSX, ODS and CSV is the same rows; what a workbook types and what is text in it stay apart."""

import csv
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.model import Cleaned
from ingest.reading.table import read_table
from tests.examples import examples
from tests.ingest.sheets import SALES, cleaned, column
from tests.ingest.written import Typed, Writing, delimited, ods, xlsx

Record = tuple[str, str, datetime, Decimal]

TARGETS = {"Factura": "sale.external_key", "Cliente": "customer.name", "Fecha": "sale.sold_at", "Monto": "sale.amount"}
HEADER = list(TARGETS)
KEYS = st.from_regex(r"\A[0-9]{3,12}\Z") | st.from_regex(r"\AF-[0-9]{1,6}\Z")
NAMES = st.sampled_from(["Ana Mora", "Luis Núñez", "O'Neill & Cía., S.A.", "María Peña", "Ñandú «Sur»", "Eva Paz 🙂"])


FEW, MANY = examples(25), examples(2_000)


@st.composite
def sales(draw: st.DrawFn) -> tuple[list[Record], bool]:
    """Sales with keys of their own, and whether the sheet has hours."""
    hours = draw(st.booleans())
    day = st.datetimes(datetime(1990, 1, 1), datetime(2026, 10, 31))  # noqa: DTZ001 - a sheet has no zone
    keys = draw(st.lists(KEYS, min_size=1, max_size=8, unique_by=lambda key: key.lstrip("0")))
    records = []
    for key in keys:
        moment = draw(day).replace(microsecond=0)
        moment = moment if hours else moment.replace(hour=0, minute=0, second=0)
        records.append((key, draw(NAMES), moment, draw(st.decimals(-(10**6), 10**9, places=2))))
    return records, hours


def read(path: Path) -> Cleaned:
    return cleaned("sales", read_table(path), TARGETS)


def rows(result: Cleaned) -> list[tuple[Any, ...]]:
    assert result.rejected == []
    assert [reading for reading in result.readings if reading.ambiguous] == []
    return list(
        zip(*(column(result, target) for target in ("sale.external_key", "sale.sold_at", "sale.amount")), strict=True)
    )


def _is_the_same_through_all(folder: Path, table: tuple[list[Record], bool]) -> None:
    records, hours = table
    # A day beyond 12 tells the order of day and month.
    records = [*records, ("X1", "Ana Mora", datetime(2024, 5, 31), Decimal("1.50"))]  # noqa: DTZ001
    typed: list[Sequence[Typed]] = [HEADER, *([key, name, day, float(amount)] for key, name, day, amount in records)]
    form = "%d/%m/%Y %H:%M:%S" if hours else "%d/%m/%Y"
    texts = [
        [key, name, day.strftime(form), f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))]
        for key, name, day, amount in records
    ]
    (folder / "hoja.csv").write_bytes(delimited([HEADER, *texts], Writing(";", csv.QUOTE_MINIMAL)))
    meant = [(key, day + timedelta(hours=6), amount) for key, _, day, amount in records]
    for path in (xlsx(typed, folder / "hoja.xlsx"), ods(typed, folder / "hoja.ods"), folder / "hoja.csv"):
        found = [(key, day.replace(tzinfo=None), amount) for key, day, amount in rows(read(path))]
        assert found == meant, path.name


@FEW
@example(([("1", "Ana Mora", datetime(2024, 5, 4), Decimal("211696165.93"))], False)).via("a float's ninth digit")  # noqa: DTZ001
@given(sales())
def test_a_table_is_the_same_through_all_formats(tmp_path: Path, table: tuple[list[Record], bool]) -> None:
    _is_the_same_through_all(tmp_path, table)


@pytest.mark.torture
@MANY
@given(sales())
def test_a_table_is_the_same_through_all_formats_for_long(tmp_path: Path, table: tuple[list[Record], bool]) -> None:
    _is_the_same_through_all(tmp_path, table)


MEANT = {"1.500": 1500, "₡2.000": 2000, "1.234,50": Decimal("1234.5"), "750": 750, "12.000.000": 12_000_000}


@FEW
@example(["1.500", "s/p"]).via("text among text, which was taken for 1.5")
@example(["1.500", 2.75]).via("a figure's decimal point, which made 1.5 of the text")
@example(["1.234,50", 1.234, 1234.567]).via("fractions of three digits")
@given(
    st.lists(
        st.sampled_from([*MEANT, "s/p"])
        | st.decimals(-(10**6), 10**6, places=3).map(float)
        | st.integers(0, 10**6).map(float),
        min_size=1,
        max_size=10,
    )
)
def test_figures_among_texts_are_themselves_and_texts_are_thousands(tmp_path: Path, cells: list[str | float]) -> None:
    good = [cell for cell in cells if cell != "s/p"]
    for writer, name in ((xlsx, "hoja.xlsx"), (ods, "hoja.ods")):
        path = writer([["fecha", "monto"], *(["31/12/2025", cell] for cell in cells)], tmp_path / name)
        result = cleaned("sales", read_table(path), SALES)
        meant = [MEANT[cell] if isinstance(cell, str) else Decimal(repr(cell)) for cell in good]
        assert column(result, "sale.amount") == meant
        assert len(result.rejected) == len(cells) - len(good)
