"""The importer understands the demo's spreadsheets by itself: nobody is there to correct its proposal."""

from datetime import date
from pathlib import Path

import pytest

from ingest.mapping.proposal import propose_mapping
from ingest.model import Kind, Mapping
from ingest.reading.table import read_table
from ingest.targets import REQUIRED
from pymeai.demo.generator import write_companies

FILES: tuple[tuple[str, Kind], ...] = (
    ("el-roble/clientes.xlsx", "customers"),
    ("el-roble/ventas.csv", "sales"),
    ("el-roble/cotizaciones.xlsx", "opportunities"),
    ("pura-vida/reservas.csv", "sales"),
    ("pura-vida/consultas.xlsx", "opportunities"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_companies(folder, date(2026, 11, 16))
    return folder


def proposal(folder: Path, name: str, kind: Kind) -> Mapping:
    return propose_mapping(read_table(folder / name), kind)


@pytest.mark.parametrize(("name", "kind"), FILES)
def test_every_column_finds_a_home_and_nothing_required_is_missing(folder: Path, name: str, kind: Kind) -> None:
    mapping = proposal(folder, name, kind)
    targets = {column.target for column in mapping.columns}
    assert None not in targets
    for group in REQUIRED[kind]:
        assert targets & set(group)


def test_the_columns_of_the_sales_go_where_a_person_would_put_them(folder: Path) -> None:
    mapping = proposal(folder, "el-roble/ventas.csv", "sales")
    assert {column.source: column.target for column in mapping.columns} == {
        "Fecha": "sale.sold_at",
        "Factura": "sale.external_key",
        "Tipo de documento": "sale.document_type",
        "Cédula": "customer.identification",
        "Cliente": "customer.name",
        "Vendedor": "sale.seller",
        "Código": "line.code",
        "Producto": "line.description",
        "Categoría": "line.category",
        "Cantidad": "line.quantity",
        "Precio unitario": "line.unit_price",
        "Descuento": "line.discount",
        "Subtotal": "line.total",
        "IVA": "line.tax",
        "Total": "line.total_with_tax",
        "Costo": "line.cost",
        "Forma de pago": "sale.payment_method",
    }


def test_title_rows_totals_and_blank_rows_are_left_out(folder: Path) -> None:
    clients, sales = read_table(folder / "el-roble/clientes.xlsx"), read_table(folder / "el-roble/ventas.csv")
    assert clients.header_row == 4
    assert sales.encoding == "cp1252"
    assert "TOTAL" not in sales.frame.column("Fecha").to_pylist()
