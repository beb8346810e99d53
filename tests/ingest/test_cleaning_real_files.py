"""The sums that are known of real files, read by the reader or straight from the CSV."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pytest

from ingest.cleaning.clean import clean
from ingest.gate import check
from ingest.model import ColumnMapping, ImportOptions, Mapping, RawTable

TODAY = date(2026, 11, 16)


def text_table(path, encoding="utf8"):
    """A CSV with every cell as its text."""
    header = pc_csv.open_csv(path, pc_csv.ReadOptions(encoding=encoding)).schema.names
    options = pc_csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True)
    frame = pc_csv.read_csv(
        path, pc_csv.ReadOptions(encoding=encoding), pc_csv.ParseOptions(newlines_in_values=True), options
    )
    return RawTable(header=header, frame=frame)


def cleaned(kind, raw, targets):
    mapping = Mapping(kind, [ColumnMapping(name, targets.get(name), 1.0) for name in raw.header])
    return clean(raw, mapping, kind, ImportOptions(), today=TODAY)


@pytest.fixture(scope="module")
def superstore(shared_data):
    raw = text_table(shared_data / "crm" / "superstore" / "Sample - Superstore.csv")
    return cleaned(
        "sales",
        raw,
        {
            "id_pedido": "sale.external_key",
            "fecha_pedido": "sale.sold_at",
            "fecha_envio": "sale.custom:fecha_envio",
            "id_cliente": "customer.external_id",
            "nombre_cliente": "customer.name",
            "codigo_postal": "customer.custom:codigo_postal",
            "id_producto": "line.code",
            "nombre_producto": "line.description",
            "ventas": "line.total",
            "cantidad": "line.quantity",
            "descuento": "line.discount",
            "ganancia": "line.profit",
        },
    )


def test_superstore_sums(superstore):
    assert superstore.rejected == []
    assert superstore.warnings == []
    frame = superstore.frame
    assert frame.num_rows == 9994
    assert round(pc.sum(frame["line.total"]).as_py(), 2) == Decimal("2297200.86")
    profit = pc.sum(frame["line.total"]).as_py() - pc.sum(frame["line.cost"]).as_py()
    assert round(profit, 2) == Decimal("286397.02")
    assert pc.count_distinct(frame["customer.external_id"]).as_py() == 793


def test_superstore_mixes_two_forms_of_dates(superstore):
    readings = {reading.column: reading for reading in superstore.readings}
    assert readings["fecha_pedido"].reading == "m/d/yyyy"
    assert not readings["fecha_pedido"].ambiguous
    frame = superstore.frame
    assert pc.min(frame["sale.sold_at"]).as_py() == datetime(2014, 1, 3, 6, tzinfo=UTC)
    assert pc.max(frame["sale.sold_at"]).as_py() == datetime(2017, 12, 30, 6, tzinfo=UTC)
    # Every order is shipped on its day or within a week of it: a swapped day and month would not be.
    days = pc.days_between(frame["sale.sold_at"], frame["sale.custom:fecha_envio"])
    assert pc.min(days).as_py() == 0
    assert pc.max(days).as_py() == 7


def test_superstore_postal_codes_are_text(superstore):
    assert superstore.frame.schema.field("customer.custom:codigo_postal").type == pa.string()


def test_superstore_passes_the_gate(superstore):
    assert check(superstore, "sales", today=TODAY).success


def test_online_retail_net(shared_data):
    folder = shared_data / "transactions" / "online_retail"
    result = cleaned(
        "sales",
        text_table(next(folder.glob("*.csv.gz"))),
        {
            "InvoiceNo": "sale.external_key",
            "StockCode": "line.code",
            "Description": "line.description",
            "Quantity": "line.quantity",
            "InvoiceDate": "sale.sold_at",
            "UnitPrice": "line.unit_price",
            "CustomerID": "customer.external_id",
            "Country": "customer.country",
        },
    )
    frame = result.frame
    assert frame.num_rows == 541_909
    assert result.rejected == []
    assert round(pc.sum(frame["line.total"]).as_py(), 2) == Decimal("9747747.93")
    assert pc.count_distinct(frame["customer.external_id"]).as_py() == 4372
    assert pc.count_distinct(frame["sale.external_key"]).as_py() == 25_900
    assert frame["customer.external_id"].null_count == 135_080
    assert check(result, "sales", today=TODAY).success


def test_maven_pipeline(shared_data):
    result = cleaned(
        "opportunities",
        text_table(shared_data / "crm" / "maven" / "sales_pipeline.csv"),
        {
            "opportunity_id": "opportunity.external_id",
            "sales_agent": "opportunity.seller",
            "product": "opportunity.product",
            "account": "customer.company_name",
            "deal_stage": "opportunity.stage",
            "engage_date": "opportunity.entered_stage_at",
            "close_date": "opportunity.closed_at",
            "close_value": "opportunity.value",
        },
    )
    frame = result.frame
    assert frame.num_rows == 8800
    assert pc.sum(frame["opportunity.value"]).as_py() == Decimal(10_005_534)
    assert frame["customer.company_name"].null_count == 1425
    assert frame["opportunity.entered_stage_at"].null_count == 500
    assert check(result, "opportunities", today=TODAY).success


def test_spanish_customers(shared_data):
    folder = shared_data / "spanish" / "clientes_latin1_seudonimizado"
    lines = (folder / "cliente.csv").read_text(encoding="latin-1")
    frame = pc_csv.read_csv(
        pa.BufferReader(lines.encode()),
        parse_options=pc_csv.ParseOptions(delimiter=";"),
        convert_options=pc_csv.ConvertOptions(
            column_types=dict.fromkeys(["NUMERO", "NOMBRE", "DOMICILIO", "INICIO"], pa.string()),
            strings_can_be_null=True,
        ),
    )
    result = cleaned(
        "customers",
        RawTable(header=frame.column_names, frame=frame),
        {
            "NUMERO": "customer.external_id",
            "NOMBRE": "customer.name",
            "DOMICILIO": "customer.address",
            "INICIO": "customer.created_at",
        },
    )
    assert result.frame.num_rows == 96
    assert result.rejected == []
    first = result.frame.slice(0, 1).to_pylist()[0]
    assert (first["customer.first_name"], first["customer.last_name"]) == ("EDUARDO LUIS", "MAIONE")
    assert first["customer.created_at"] == datetime(2000, 6, 1, 6, tzinfo=UTC)
