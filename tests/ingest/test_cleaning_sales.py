"""Sheets of sales are cleaned: amounts, discounts, taxes, currencies and documents."""

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from tests.ingest.sheets import SALES, cleaned, codes, column, table


def test_a_sale_as_loaded():
    raw = table(
        factura=["A-1", "A-2"],
        fecha=["31/12/2025", "1/2/2025 14:30"],
        monto=["₡1.500,50", "$20"],
        cliente=["Ana Mora", "Soda La Uno"],
    )
    result = cleaned("sales", raw, {**SALES, "factura": "sale.external_key", "cliente": "customer.name"})
    assert result.frame.to_pylist() == [
        {
            "row_number": 1,
            "sale.sold_at": datetime(2025, 12, 31, 6, tzinfo=UTC),
            "sale.amount": Decimal("1500.50"),
            "sale.external_key": "A-1",
            "customer.name": "Ana Mora",
            "customer.first_name": "Ana",
            "customer.last_name": "Mora",
            "customer.company_name": None,
            "customer.kind": "person",
            "sale.currency": "CRC",
        },
        {
            "row_number": 2,
            "sale.sold_at": datetime(2025, 2, 1, 20, 30, tzinfo=UTC),
            "sale.amount": Decimal(20),
            "sale.external_key": "A-2",
            "customer.name": "Soda La Uno",
            "customer.first_name": None,
            "customer.last_name": None,
            "customer.company_name": "Soda La Uno",
            "customer.kind": "company",
            "sale.currency": "USD",
        },
    ]
    assert result.frame.schema.field("sale.sold_at").type == pa.timestamp("us", "UTC")
    assert result.frame.schema.field("sale.amount").type == pa.decimal128(28, 8)
    assert result.rejected == []
    assert result.warnings == []


LINES = {"fecha": "sale.sold_at", "cantidad": "line.quantity", "precio": "line.unit_price"}


def test_line_totals_from_quantity_and_price():
    raw = table(fecha=["1/1/2025"] * 3, cantidad=["3", "-1", None], precio=["2.50", "10.25", "3.5"])
    result = cleaned("sales", raw, LINES)
    assert column(result, "line.total") == [Decimal("7.50"), Decimal("-10.25")]
    assert codes(result.rejected[0].reasons) == [(3, "precio", "missing_required")]
    alone = cleaned("sales", raw, {"fecha": "sale.sold_at", "precio": "line.unit_price"})
    assert column(alone, "line.total") == [Decimal("2.50"), Decimal("10.25"), Decimal("3.5")]


@pytest.mark.parametrize(
    "discounts, reading, totals",
    [
        (["0.1", "0", None], "fracción", ["180", "200", "200"]),
        (["10%", "0", None], "fracción", ["180", "200", "200"]),
        (["10", "5", "0"], "porcentaje", ["180", "190", "200"]),
        (["150", "0", None], "monto", ["50", "200", "200"]),
        (["7.25", "0.5", None], "monto", ["192.75", "199.5", "200"]),
    ],
)
def test_discounts_are_told_apart_by_the_column(discounts, reading, totals):
    raw = table(fecha=["1/1/2025"] * 3, cantidad=["2"] * 3, precio=["100"] * 3, desc=discounts)
    result = cleaned("sales", raw, {**LINES, "desc": "line.discount"})
    assert column(result, "line.total") == [Decimal(total) for total in totals]
    assert [r.reading for r in result.readings if r.column == "desc"] == [reading]


def test_a_discount_in_doubt_asks_and_obeys():
    raw = table(fecha=["1/1/2025"], cantidad=["2"], precio=["100"], desc=["10"])
    targets = {**LINES, "desc": "line.discount"}
    asked = next(r for r in cleaned("sales", raw, targets).readings if r.column == "desc")
    assert asked.ambiguous
    assert asked.alternatives == ["porcentaje", "monto"]
    result = cleaned("sales", raw, targets, readings={"desc": "monto"})
    assert column(result, "line.total") == [Decimal(190)]


def test_amounts_net_of_tax_and_costs():
    raw = table(
        fecha=["1/1/2025"] * 3,
        total=["1130", "113", "x"],
        impuesto=["130", None, "13"],
        linea=["1000", "113", "100"],
        ganancia=["250", "13", "10"],
    )
    targets = {
        "fecha": "sale.sold_at",
        "total": "sale.total",
        "impuesto": "sale.tax",
        "linea": "line.total",
        "ganancia": "line.profit",
    }
    result = cleaned("sales", raw, targets)
    assert column(result, "sale.amount") == [Decimal(1000), Decimal(113), None]
    assert column(result, "line.cost") == [Decimal(750), Decimal(100), Decimal(90)]
    assert codes(result.warnings) == [(3, "total", "not_a_number")]


def test_a_tax_that_cannot_be_read_leaves_no_amount():
    raw = table(fecha=["1/1/2025"] * 2, total=["1130", "113"], impuesto=["?", "13"])
    result = cleaned("sales", raw, {"fecha": "sale.sold_at", "total": "sale.total", "impuesto": "sale.tax"})
    assert column(result, "sale.amount") == [Decimal(100)]
    assert codes(result.rejected[0].reasons) == [(1, "impuesto", "not_a_number")]


def test_currencies():
    raw = table(fecha=["1/1/2025"] * 4, monto=["₡10", "$10", "10", "10"], moneda=["CRC", "colones", "Dólares", "EUR"])
    signs = cleaned("sales", raw, SALES, currency="USD")
    assert column(signs, "sale.currency") == ["CRC", "USD", "USD", "USD"]
    result = cleaned("sales", raw, {**SALES, "moneda": "sale.currency"})
    assert column(result, "sale.currency") == ["CRC", "CRC", "USD"]
    assert codes(result.warnings) == [(2, "monto", "other_currency")]
    assert codes(result.rejected[0].reasons) == [(4, "moneda", "unknown_currency")]
    assert result.rejected[0].reasons[0].suggestion == "Pase el monto a colones o a dólares."
    assert "sale.currency" not in cleaned("sales", table(fecha=["1/1/2025"], monto=["10"]), SALES).frame.column_names


def test_the_rows_of_one_document_go_in_together_or_not_at_all():
    raw = table(
        factura=["A", "A", "B", None],
        fecha=["1/1/2025"] * 4,
        cantidad=["1", "x", "2", "1"],
        precio=["10", "20", "30", "1"],
    )
    result = cleaned("sales", raw, {**LINES, "factura": "sale.external_key"})
    assert column(result, "row_number") == [3, 4]
    assert [codes(row.reasons) for row in result.rejected] == [
        [(1, "factura", "document_incomplete")],
        [(2, "cantidad", "not_a_number")],
    ]


def test_a_sale_on_credit_is_no_credit_note():
    raw = table(fecha=["1/1/2025"] * 3, monto=["1"] * 3, tipo=["Contado", "Crédito", "Nota de Crédito"])
    targets = {**SALES, "tipo": "sale.document_type"}
    assert column(cleaned("sales", raw, targets), "sale.document_type") == ["invoice", "invoice", "credit_note"]
    raw = table(fecha=["1/1/2025"] * 2, monto=["1"] * 2, tipo=["Factura", "Crédito"])
    result = cleaned("sales", raw, targets)
    assert column(result, "sale.document_type") == ["invoice"]
    assert codes(result.rejected[0].reasons) == [(2, "tipo", "not_a_choice")]
