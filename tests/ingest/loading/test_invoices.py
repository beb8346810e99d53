"""Electronic invoices through the whole path: sales, customers, credit notes, ways of payment, dollars; dropped twice."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, update

from ingest import imports
from pymeai.database.tables.platform import Organization
from pymeai.errors import Invalid
from pymeai.tenancy.sessions import platform_session
from tests.ingest.treasury import ITEMS, OTHERS, OURS, Document, zipped

LEGAL = ("02", "3101777888", "Constructora Las Brisas S.A.")
INVOICE = Document(1, ITEMS)
DOCUMENTS = {
    "fe1.xml": INVOICE,
    "fe2.xml": Document(2, ITEMS[:1], receiver=LEGAL, payment="04", currency="USD", rate="512.35"),
    "te3.xml": Document(3, ITEMS[1:], kind="tiqueteElectronico", receiver=None, payment="01"),
    "nc4.xml": Document(4, ITEMS[1:], kind="notaCreditoElectronica", refers_to=INVOICE.key),
    "nd5.xml": Document(5, ITEMS[1:], kind="notaDebitoElectronica", version="4.3", payment="02"),
    "fee6.xml": Document(6, ITEMS[:1], kind="facturaElectronicaExportacion", receiver=LEGAL),
    "compra7.xml": Document(7, ITEMS, kind="facturaElectronicaCompra"),
    "ajena8.xml": Document(8, ITEMS, issuer=OTHERS),
}
FOLDER = zipped({name: document.xml() for name, document in DOCUMENTS.items()})


@pytest.fixture
def issuer(company: Any) -> Iterator[Any]:
    """The company, which has said who it is."""
    with platform_session(company.settings) as session:
        session.execute(
            update(Organization)
            .where(Organization.organization_id == company.tenant.organization_id)
            .values(settings=Organization.settings.op("||")(func.jsonb_build_object("identification_number", OURS[0])))
        )
    return company


def test_a_folder_of_documents_becomes_sales(issuer: Any) -> None:
    counts = issuer.load("sales", FOLDER, name="marzo.zip")
    assert (counts.inserted["sales"], counts.inserted["customers"], counts.inserted["sale_lines"]) == (6, 2, 7)
    assert (counts.rejected, counts.warnings) == (0, 0)
    rows = issuer.rows(
        "select document_type, external_key, amount, tax, currency, exchange_rate, payment_method, "
        "coalesce(c.company_name, c.first_name || ' ' || c.last_name), jsonb_array_length(lines) "
        "from sales left join customers c using (customer_id) order by right(external_key, 1)"
    )
    ana, legal = "Ana Mora Rojas", "Constructora Las Brisas S.A."
    keys = [document.key for document in DOCUMENTS.values()]
    assert [(*row[:2], float(row[2]), float(row[3]), row[4], float(row[5]), *row[6:]) for row in rows] == [
        ("invoice", keys[0], 3301.0, 429.13, "CRC", 1.0, "SINPE Móvil", ana, 2),
        ("invoice", keys[1], 2901.0, 377.13, "USD", 512.35, "Transferencia", legal, 1),
        ("ticket", keys[2], 400.0, 52.0, "CRC", 1.0, "Efectivo", None, 1),
        ("credit_note", keys[3], 400.0, 52.0, "CRC", 1.0, "SINPE Móvil", ana, 1),
        ("debit_note", keys[4], 400.0, 52.0, "CRC", 1.0, "Tarjeta", ana, 1),
        ("invoice", keys[5], 2901.0, 377.13, "CRC", 1.0, "SINPE Móvil", legal, 1),
    ]
    assert issuer.rows(
        "select kind, identification_type, identification_number, phone, email, province, canton, district "
        "from customers order by 3"
    ) == [
        ("person", "01", "112340567", "+50688887777", "ana@correo.example", "1", "101", "10103"),
        ("company", "02", "3101777888", "+50688887777", "ana@correo.example", "1", "101", "10103"),
    ]


def test_the_same_documents_again_change_nothing(issuer: Any) -> None:
    issuer.load("sales", FOLDER, name="marzo.zip")
    before = issuer.rows("select s.*, c.* from sales s left join customers c using (customer_id) order by sale_id")
    # Another archive of the same documents and one more: another content, so it may be loaded.
    more = zipped({name: document.xml() for name, document in reversed(DOCUMENTS.items())})
    counts = issuer.load("sales", more, name="otra vez.zip")
    assert (counts.inserted.get("sales", 0), counts.updated.get("sales", 0), counts.unchanged["sales"]) == (0, 0, 6)
    assert (counts.inserted.get("customers", 0), counts.updated.get("customers", 0)) == (0, 0)
    assert (
        issuer.rows("select s.*, c.* from sales s left join customers c using (customer_id) order by sale_id") == before
    )


def test_what_was_left_out_is_said_in_the_dry_run(issuer: Any) -> None:
    import_id = issuer.upload("sales", FOLDER, "marzo.zip")
    issuer.agree(import_id)
    report = imports.dry_run(issuer.settings, issuer.tenant, import_id)
    assert report.notes[:3] == [
        "Se leyeron 6 comprobantes electrónicos.",
        "Se dejó por fuera «compra7.xml»: es una factura de compra.",
        "Se dejó por fuera «ajena8.xml»: lo emitió Distribuidora Ajena Ltda.",
    ]


def test_a_document_in_a_third_currency_is_rejected_whole(issuer: Any) -> None:
    euros = replace(INVOICE, currency="EUR", rate="560")
    import_id = issuer.upload("sales", zipped({"e.xml": euros.xml(), "f.xml": Document(2, ITEMS).xml()}), "dos.zip")
    issuer.agree(import_id)
    report = imports.dry_run(issuer.settings, issuer.tenant, import_id)
    assert (report.counts.inserted["sales"], report.counts.rejected) == (1, 2)
    assert {reason.column for row in report.rejected for reason in row.reasons} >= {"Moneda"}


def test_whose_invoices_they_are_is_never_guessed(company: Any) -> None:
    with pytest.raises(
        Invalid, match=r"falta la cédula de su empresa.*Ferretería La Prueba S\.A\. \(3101123456\)"
    ) as why:
        company.upload("sales", FOLDER, "marzo.zip")
    assert why.value.code == "issuer_unknown"
    assert company.value("select count(*) from imports") == 0


def test_invoices_are_sales_alone(issuer: Any) -> None:
    with pytest.raises(Invalid, match="se importan como ventas") as why:
        issuer.upload("customers", FOLDER, "marzo.zip")
    assert why.value.code == "invoices_are_sales"
