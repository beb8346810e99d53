"""The words of a header said otherwise: cut short, misspelt, in the other language, of somebody else."""

import pyarrow as pa
import pytest

from ingest.mapping.headers import find
from ingest.mapping.proposal import propose_mapping
from ingest.mapping.wording import is_nameless, lemma, meaning, names_somebody_else, normalized, place_of, without_units
from ingest.model import Kind, RawTable


def targets(kind: Kind, **columns: list[str | None]) -> dict[str, str | None]:
    frame = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    mapping = propose_mapping(RawTable(header=frame.column_names, frame=frame), kind)
    return {column.source: column.target for column in mapping.columns}


def test_names_that_mean_the_same() -> None:
    for names in (
        ("Fecha de la factura", "Invoice date", "FECHAS FACTURA", "F. Fact.", "factura_fecha"),
        ("Teléfono celular", "Cel.", "Nº de móvil", "Mobile phone"),
        ("Dirección de correo electrónico", "E-mail", "Correos", "Email address"),
        ("Céd. jurídica o física", "Número de cédula", "CÉD."),
    ):
        assert len({meaning(normalized(name).split()) for name in names}) == 1


def test_plurals_and_feminines() -> None:
    assert [lemma(word) for word in ("observaciones", "clientes", "taxes", "address", "vendedoras", "status")] == [
        "observacion",
        "cliente",
        "tax",
        "address",
        "vendedor",
        "status",
    ]


def test_brackets_say_how_to_write_or_whose_it_is() -> None:
    assert without_units("Fecha (dd/mm/aaaa)") == "fecha"
    assert without_units("Monto (₡)") == without_units("Monto US$") == "monto"
    assert without_units("Teléfono (ej. 8888-7777)") == "telefono"
    assert without_units("Teléfono (encargado)") == "telefono encargado"


def test_places_and_other_people() -> None:
    assert [place_of(header) for header in ("Billing City", "Ship to", "Tel. oficina", "Ciudad")] == [
        "billing",
        "shipping",
        "work",
        None,
    ]
    assert names_somebody_else("Correo de la contadora")
    assert not names_somebody_else("Correo del cliente")
    assert [is_nameless(header) for header in ("A", "Columna 4", "Unnamed: 2", "", "Saldo")] == [True] * 4 + [False]


@pytest.mark.parametrize(
    ("kind", "header", "target"),
    [
        ("customers", "Nonbre completo", "customer.name"),
        ("customers", "Address 1 - Street", "customer.address"),
        ("customers", "Phone 2 - Value", "customer.phone_alt"),
        ("customers", "Céd./Pasaporte", "customer.identification"),
        ("customers", "Nombre cliente/empresa", "customer.name"),
        ("sales", "Mét. de pago", "sale.payment_method"),
        ("sales", "Nombre de la vendedora", "sale.seller"),
        ("sales", "Importe total de la compra s/IVA", "amount.net"),
        ("sales", "Monto pedido impuestos incluidos", "amount.gross"),
        ("sales", "Precio unit. sin IVA", "line.unit_price"),
        ("opportunities", "Negocio - Persona de contacto", "customer.name"),
        ("interactions", "Fecha de la conversación", "interaction.date_time"),
    ],
)
def test_a_header_said_otherwise(kind: Kind, header: str, target: str) -> None:
    found = find(header, kind)
    assert found
    assert found[0].target == target
    assert found[0].confidence < 0.95


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("customers", "Teléfono del contador"),
        ("customers", "Phone 3 - Value"),
        ("customers", "Número de habitación"),
        ("sales", "Fecha de renta"),
        ("sales", "F. ven."),
        ("sales", "Total vencido"),
        ("sales", "% IVA"),
        ("sales", "Precio unitario con IVA y envío"),
        ("sales", "First Name (Shipping)"),
        ("opportunities", "Motivo de cierre ganado"),
        ("interactions", "Actividad asignada a"),
    ],
)
def test_a_word_that_nothing_explains_makes_it_another_column(kind: Kind, header: str) -> None:
    assert find(header, kind) == []


def test_the_look_of_values_does_not_outvote_a_name() -> None:
    assert targets("customers", Nombre=["Ana Mora"], Medidor=["102345678"], Vendedor=["eva@tienda.cr"]) == {
        "Nombre": "customer.name",
        "Medidor": "customer.custom:medidor",
        "Vendedor": "customer.custom:vendedor",
    }
    due = targets("sales", Vencimiento=["01/02/2025", "03/02/2025"], Saldo=["₡100", "₡200"])
    assert set(due.values()) == {"sale.custom:vencimiento", "sale.custom:saldo"}
    assert targets("sales", A=["01/02/2025", "03/02/2025"], B=["₡100", "₡200"]) == {
        "A": "sale.sold_at",
        "B": "sale.amount",
    }


def test_rates_and_bank_accounts_are_neither_taxes_nor_codes() -> None:
    rates = targets("sales", Fecha=["01/02/2025"] * 3, Total=["113", "226", "104"], IVA=["13%", "13%", "4%"])
    assert rates["IVA"] == "sale.custom:iva"
    taxes = targets("sales", Fecha=["01/02/2025"] * 3, Total=["113", "226", "104"], IVA=["13", "26", "4"])
    assert taxes["IVA"] == "sale.tax"
    assert targets("customers", Cuenta=["CR05015202001026284066"], Nombre=["Ana"])["Cuenta"] != "customer.external_id"


def test_a_yes_or_no_is_no_misspelt_number() -> None:
    assert targets("customers", Nombre=["Ana", "Eva"], WhatsApp=["Sí", "No"])["WhatsApp"] == "customer.custom:whats_app"


def test_an_address_to_send_to_is_no_part_of_the_one_to_bill_to() -> None:
    found = targets(
        "sales", **{"Billing Street": ["Calle 1"], "Shipping Street": ["Calle 9"], "Billing Address2": ["Local 4"]}
    )
    assert found["Billing Street"] == found["Billing Address2"] == "customer.address"
    assert found["Shipping Street"] == "sale.custom:shipping_street"


def test_the_only_telephone_is_the_first_one() -> None:
    assert targets("customers", Nombre=["Ana"], **{"Tel. oficina": ["2222-3333"]})["Tel. oficina"] == "customer.phone"
