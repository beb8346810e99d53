"""Headers that people and programs really write, and what they mean."""

import pytest

from ingest.mapping.headers import find
from ingest.mapping.synonyms import dictionary, is_known_header
from ingest.mapping.wording import normalized
from ingest.model import KINDS, Kind
from ingest.targets import TARGETS, custom_field_of, custom_target, field_name_of, is_target, targets_for

SALES = {
    "N° Factura": "sale.external_key",
    "Nº de factura": "sale.external_key",
    "No. Fact.": "sale.external_key",
    "InvoiceNo": "sale.external_key",
    "id_pedido": "sale.external_key",
    "Clave": "sale.external_key",
    "NumeroConsecutivo": "sale.external_key",
    "fecha_pedido": "sale.sold_at",
    "FechaEmision": "sale.sold_at",
    "Fecha de la factura": "sale.sold_at",
    "Paid at": "sale.sold_at",
    "Monto (₡)": "amount.any",
    "TotalComprobante": "amount.gross",
    "Total con IVA": "amount.gross",
    "Subtotal": "amount.net",
    "I.V.A.": "amount.tax",
    "Tel. Cliente": "customer.phone",
    "Correo del cliente": "customer.email",
    "Cédula Receptor": "customer.identification",
    "Billing Name": "customer.name",
    "Cliente: Nombre": "customer.name",
    "Vendedr": "sale.seller",
    "Atendido por": "sale.seller",
    "Forma de Pago": "sale.payment_method",
    "Tipo de Cambio": "sale.exchange_rate",
    "Lineitem quantity": "line.quantity",
    "Cant.": "line.quantity",
    "PrecioUnitario": "line.unit_price",
    "Precio Unitario ₡": "line.unit_price",
    "Código CABYS": "line.code",
    "StockCode": "line.code",
    "Detalle": "line.description",
    "Familia": "line.category",
    "Utilidad": "line.profit",
}
OPPORTUNITIES = {
    "Deal - Title": "opportunity.title",
    "property_dealname": "opportunity.title",
    "Deal Name": "opportunity.title",
    "Deal Stage": "opportunity.stage",
    "Etapa": "opportunity.stage",
    "Embudo": "opportunity.pipeline",
    "Amount": "opportunity.value",
    "close_value": "opportunity.value",
    "Close Date": "opportunity.closed_at",
    "Fecha estimada de cierre": "opportunity.expected_close_date",
    "Deal - Expected close date": "opportunity.expected_close_date",
    "engage_date": "opportunity.entered_stage_at",
    "Deal owner": "opportunity.seller",
    "Probability (%)": "opportunity.probability",
    "Motivo de pérdida": "opportunity.lost_reason",
    "Deal - Organization": "customer.company_name",
    "Consulta No.": "opportunity.external_id",
}
CUSTOMERS = {
    "Cédula": "customer.identification",
    "Ced. Jurídica": "customer.identification",
    "Razón social": "customer.company_name",
    "Nombre o razón social": "customer.name",
    "Apellido 1": "customer.last_name",
    "2do apellido": "customer.last_name",
    "WhatsApp": "customer.phone",
    "Teléfono Cel.": "customer.phone",
    "Correo electrónico": "customer.email",
    "E-mail": "customer.email",
    "Dirección exacta": "customer.address",
    "Cantón": "customer.canton",
    "Cliente desde": "customer.created_at",
    "property_firstname": "customer.first_name",
    "Person - Email - Work": "customer.email",
    "Country/Region": "customer.country",
    "customer.email": "customer.email",
    "customer.custom:sector": "customer.custom:sector",
}
NOBODYS = ["Cumpleaños", "revenue", "Talla", "fecha_envio", "id_fila", "Saldo", "Obra preferida", "sector", "Placa"]


@pytest.mark.parametrize(
    ("kind", "header", "target"),
    [("sales", *pair) for pair in SALES.items()]
    + [("opportunities", *pair) for pair in OPPORTUNITIES.items()]
    + [("customers", *pair) for pair in CUSTOMERS.items()],
)
def test_a_header_means_its_target(kind: Kind, header: str, target: str) -> None:
    found = find(header, kind)
    assert found
    assert found[0].target == target
    assert 0.7 <= found[0].confidence <= 1
    assert found[0].reason


@pytest.mark.parametrize("header", NOBODYS)
def test_a_header_of_nothing_we_know_means_nothing(header: str) -> None:
    assert find(header, "customers") == []


def test_the_same_name_however_it_is_written() -> None:
    assert {normalized(name) for name in ("FechaVenta", "fecha_venta", "Fecha de la Venta", " FECHA  VENTA ")} == {
        "fecha venta"
    }
    assert normalized("Nº Factura") == normalized("# factura") == normalized("Num. de Factura") == "numero factura"


def test_every_synonym_names_a_target_of_its_kind() -> None:
    for kind in KINDS:
        for targets in dictionary(kind).values():
            for target in targets:
                assert target.startswith("amount.") or target in targets_for(kind)


def test_headers_are_known_and_values_are_not() -> None:
    assert all(is_known_header(header) for header in ("Factura", "CORREO", "Deal Stage"))
    assert not any(is_known_header(value) for value in ("Ana Mora", "8888-1111", "01/02/2025", "x" * 200))


def test_custom_targets() -> None:
    assert custom_target("customer", "sector") == "customer.custom:sector"
    assert custom_field_of("customer.custom:sector") == ("customer", "sector")
    assert custom_field_of("customer.custom:Sector Uno") is None
    assert custom_field_of("line.custom:color") is None
    assert custom_field_of("customer.email") is None
    assert is_target("sale.custom:zona", "sales")
    assert not is_target("sale.custom:zona", "customers")
    assert field_name_of("Fecha de Cumpleaños") == "fecha_de_cumpleanos"
    assert field_name_of("2024") == "campo_2024"
    assert field_name_of("¿?") == "campo"
    assert all(is_target(name, "sales") or TARGETS[name].entity in ("opportunity", "interaction") for name in TARGETS)
