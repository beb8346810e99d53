"""Documents, lines, credit notes, currencies; what a second import of them changes."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert

from ingest import imports
from pymeai.database.tables.platform import ExchangeRate
from pymeai.tenancy.sessions import platform_session

LINES = (
    "Factura,Fecha,Cédula,Cliente,Código,Producto,Categoría,Cantidad,Precio unitario,Total,Vendedor\n"
    "F-1,03/02/2025,1-1234-0567,Ana Mora,P1,Martillo,Herramientas,2,1500,3000,Rosa\n"
    "F-1,03/02/2025,1-1234-0567,Ana Mora,P2,Clavos,Ferretería,1,800.5,800.5,Rosa\n"
    "F-2,13/02/2025,,,P1,Martillo,Herramientas,1,1500,1500,ROSA\n"
)


def test_rows_that_share_a_number_are_the_lines_of_one_sale(company: Any) -> None:
    counts = company.load("sales", LINES)
    assert counts.inserted == {"customers": 1, "sales": 2, "sale_lines": 3}
    assert company.rows(
        "select external_key, amount, document_type, seller, customer_id is null, jsonb_array_length(lines), lines -> 0 "
        "from sales order by 1"
    ) == [
        (
            "F-1", Decimal("3800.50000"), "invoice", "Rosa", False, 2,
            {"code": "P1", "description": "Martillo", "category": "Herramientas", "quantity": 2, "unit_price": 1500, "total": 3000},
        ),
        (
            "F-2", Decimal("1500.00000"), "invoice", "Rosa", True, 1,
            {"code": "P1", "description": "Martillo", "category": "Herramientas", "quantity": 1, "unit_price": 1500, "total": 1500},
        ),
    ]  # fmt: skip


def test_the_same_document_again_replaces_its_lines(company: Any) -> None:
    company.load("sales", LINES)
    changed = LINES.replace("F-1,03/02/2025,1-1234-0567,Ana Mora,P2,Clavos,Ferretería,1,800.5,800.5,Rosa\n", "")
    counts = company.load("sales", changed)
    assert (counts.inserted["sales"], counts.updated["sales"], counts.unchanged["sales"]) == (0, 1, 1)
    assert (counts.updated["sale_lines"], counts.unchanged["sale_lines"]) == (1, 1)
    assert company.rows("select amount, jsonb_array_length(lines) from sales where external_key = 'F-1'") == [
        (Decimal("3000.00000"), 1)
    ]


def test_credit_notes_are_positive_and_told_by_type_or_by_sign(company: Any) -> None:
    company.load(
        "sales",
        "Documento,Fecha,Tipo de documento,Producto,Cantidad,Precio unitario,Total\n"
        "FE-1,01/02/2025,Factura,Silla,3,100,300\n"
        "NC-1,15/02/2025,Nota de crédito,Silla,1,100,100\n"
        "NC-2,16/02/2025,,Silla,-1,100,-100\n"
        "C77,17/02/2025,,Mesa,-2,50,-100\nC77,17/02/2025,,Silla,1,20,20\n",
    )
    assert company.rows("select external_key, document_type, amount from sales order by 1") == [
        ("C77", "credit_note", Decimal("80.00000")),
        ("FE-1", "invoice", Decimal("300.00000")),
        ("NC-1", "credit_note", Decimal("100.00000")),
        ("NC-2", "credit_note", Decimal("100.00000")),
    ]
    assert company.value(
        "select jsonb_agg(jsonb_build_array(l -> 'quantity', l -> 'total')) from sales, jsonb_array_elements(lines) l "
        "where external_key = 'C77'"
    ) == [[2, 100], [-1, -20]]


def test_documents_without_a_number_are_one_sale_a_row_and_overlap_is_seen(company: Any) -> None:
    text = "Fecha,Cliente,Detalle,Monto\n01/03/2025,Ana Mora,Corte,5000\n01/03/2025,Ana Mora,Corte,5000\n13/03/2025,Luis Vega,Tinte,18000\n"
    counts = company.load("sales", text)
    assert counts.inserted == {"customers": 2, "sales": 3, "sale_lines": 3}
    counts = company.load("sales", text + "20/03/2025,Ana Mora,Corte,5500\n")
    assert (counts.inserted["sales"], counts.unchanged["sales"]) == (1, 3)
    counts = company.load("sales", text, options={"repeat": True})
    assert counts.inserted["sales"] == 3


def test_tax_is_kept_apart_and_amounts_are_net(company: Any) -> None:
    company.load("sales", "Factura,Fecha,Subtotal,IVA,Total\nF1,20/01/2025,1000,130,1130\nF2,21/01/2025,,65,565\n")
    assert company.rows("select external_key, amount, tax, lines from sales order by 1") == [
        ("F1", Decimal("1000.00000"), Decimal("130.00000"), []),
        ("F2", Decimal("500.00000"), Decimal("65.00000"), []),
    ]


def test_a_documents_own_total_repeated_on_its_lines_counts_once(company: Any) -> None:
    company.load(
        "sales",
        "Factura,Fecha,Producto,Cantidad,Precio unitario,Total factura\n"
        "F1,20/01/2025,Silla,2,100,250\nF1,20/01/2025,Mesa,1,50,250\nF2,21/01/2025,Mesa,3,50,150\n",
    )
    assert company.rows("select external_key, amount from sales order by 1") == [
        ("F1", Decimal("250.00000")),
        ("F2", Decimal("150.00000")),
    ]


def test_costs_and_discounts_stay_with_their_lines(company: Any) -> None:
    company.load(
        "sales",
        "id_pedido,fecha_pedido,nombre_producto,cantidad,descuento,ventas,ganancia\nA-1,25/12/2024,Lápiz,3,0.2,12.5,2.25\n",
    )
    assert company.value("select lines from sales") == [
        {"description": "Lápiz", "quantity": 3, "discount": 0.2, "total": 12.5, "cost": 10.25}
    ]


def test_rates_come_from_the_row_the_option_or_the_day(company: Any) -> None:
    rates = [
        {"day": date(2025, 1, 10), "currency": "USD", "rate": Decimal("505.5")},
        {"day": date(2025, 1, 20), "currency": "USD", "rate": Decimal(510)},
    ]
    with platform_session(company.settings) as session:
        session.execute(delete(ExchangeRate))
        session.execute(insert(ExchangeRate), rates)
    try:
        company.load(
            "sales",
            "Factura,Fecha,Moneda,Tipo de cambio,Monto\nF1,15/01/2025,USD,,10\nF2,22/01/2025,USD,,10\n"
            "F3,22/01/2025,USD,498.25,10\nF4,22/01/2025,CRC,,5000\n",
        )
        assert company.rows("select external_key, currency, exchange_rate from sales order by 1") == [
            ("F1", "USD", Decimal("505.50000")),
            ("F2", "USD", Decimal("510.00000")),
            ("F3", "USD", Decimal("498.25000")),
            ("F4", "CRC", Decimal("1.00000")),
        ]
        company.load(
            "sales", "Factura,Fecha,Monto\nG1,15/01/2025,10\n", options={"currency": "USD", "exchange_rate": "520"}
        )
        assert company.value("select exchange_rate from sales where external_key = 'G1'") == Decimal("520.00000")
    finally:
        with platform_session(company.settings) as session:
            session.execute(delete(ExchangeRate))


def test_a_rate_that_nobody_knows_stays_empty_and_is_told(company: Any) -> None:
    sheet = "Factura,Fecha,Moneda,Monto\nR1,15/01/2025,USD,10\nR2,15/01/2025,USD,20\nR3,15/01/2025,CRC,5000\n"
    company.agree(rehearsed := company.upload("sales", sheet))
    notes = imports.dry_run(company.settings, company.tenant, rehearsed).notes
    assert [note[: note.index(" y ")] for note in notes] == ["2 montos en otra moneda no tienen tipo de cambio"]
    assert company.load("sales", sheet).inserted["sales"] == 3
    assert company.rows("select external_key, exchange_rate from sales order by 1") == [
        ("R1", None),
        ("R2", None),
        ("R3", Decimal(1)),
    ]


def test_columns_of_a_sale_without_a_home_are_its_custom_fields(company: Any) -> None:
    company.load(
        "sales",
        "Reserva,Fecha,Cliente,Correo,Idioma,Fecha del viaje,Total\n"
        "R1,02/01/2025,Ann Lee,ann@x.com,inglés,13/02/2025,100\nR2,03/01/2025,Ann Lee,ann@x.com,inglés,20/02/2025,90\n"
        "R3,03/01/2025,Eva Paz,eva@x.com,español,21/02/2025,80\n",
    )
    assert company.value("select custom_fields from sales where external_key = 'R1'") == {
        "fecha_del_viaje": "2025-02-13"
    }
    assert company.rows("select email::text, custom_fields from customers order by 1") == [
        ("ann@x.com", {"idioma": "inglés"}),
        ("eva@x.com", {"idioma": "español"}),
    ]
