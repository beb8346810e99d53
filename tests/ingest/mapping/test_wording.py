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
        ("sales", "Cant. vend.", "line.quantity"),
        ("sales", "T. de cambio", "sale.exchange_rate"),
        ("sales", "Precio x unidad", "line.unit_price"),
        ("sales", "Usuario que facturó", "sale.seller"),
        ("sales", "MONTO_IMP", "amount.tax"),
        ("sales", "Vendedor/a que factura", "sale.seller"),
        ("opportunities", "Negocio - Persona de contacto", "customer.name"),
        ("opportunities", "Monto estimado del proyecto", "opportunity.value"),
        ("opportunities", "Apartamento que busca", "opportunity.product"),
        ("opportunities", "Interesado en", "opportunity.product"),
        ("opportunities", "Motivo por el que no cerró", "opportunity.lost_reason"),
        ("customers", "1RA VISITA", "customer.created_at"),
        ("customers", "Fecha de matrícula en la academia", "customer.created_at"),
        ("customers", "Dirección (otras señas)", "customer.address"),
        ("customers", "Tel?fono", "customer.phone"),
        ("customers", "FECINGRESO", "customer.created_at"),
        ("customers", "TELEF2", "customer.phone_alt"),
        ("sales", "Fecha venta/apartado", "sale.sold_at"),
        ("opportunities", "Cel. de quien cotiza", "customer.phone"),
        ("interactions", "Contacto/Compañía", "customer.name"),
        ("interactions", "Lo q se conversó", "interaction.notes"),
        ("interactions", "Fecha p/ volver a visitar", "interaction.followup_date"),
        ("interactions", "Fecha de la conversación", "interaction.date_time"),
    ],
)
def test_a_header_said_otherwise(kind: Kind, header: str, target: str) -> None:
    found = find(header, kind)
    assert found
    assert found[0].target == target
    assert found[0].confidence <= 0.95


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("customers", "Teléfono del contador"),
        ("customers", "Phone 3 - Value"),
        ("customers", "Número de habitación"),
        ("sales", "Fecha de renta"),
        ("sales", "F. ven."),
        ("sales", "Imp. de servicio"),
        ("sales", "Total + IVA"),
        ("sales", "Precio con IVA"),
        ("customers", "Teléfono de la clínica"),
        ("customers", "FECNAC"),
        ("customers", "LIMCRED"),
        ("sales", "CODPROVEEDOR"),
        ("opportunities", "Monto de la prima"),
        ("opportunities", "Nivel de interés"),
        ("opportunities", "Motivo de compra"),
        ("opportunities", "Valor del usado"),
        ("opportunities", "Paso a seguir"),
        ("opportunities", "Producto actual"),
        ("sales", "Factura de referencia"),
        ("sales", "Total artículos"),
        ("interactions", "Resultado del examen"),
        ("opportunities", "Precio de reserva del lote"),
        ("interactions", "Detalle del pago"),
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


@pytest.mark.parametrize("spoilt", ["TelÃ©fono", "Tel\u201afono", "Tel?fono", "Tel\ufffdfono"])
def test_accents_that_an_encoding_spoilt(spoilt: str) -> None:
    assert targets("customers", Nombre=["Ana"], **{spoilt: ["2222-3333"]})[spoilt] == "customer.phone"
    assert normalized("N£mero de ident.") == "numero ident"
    assert normalized("Monto ¢") == "monto ¢"


def test_what_stands_in_brackets_may_be_the_values() -> None:
    listed = targets("interactions", Fecha=["01/02/2025"] * 2, **{"Vía (correo/visita)": ["correo", "visita"]})
    assert listed["Vía (correo/visita)"] == "interaction.channel"
    other = targets("interactions", Fecha=["01/02/2025"] * 2, **{"Vía (calle/avenida)": ["Calle 3", "Avenida 4"]})
    assert other["Vía (calle/avenida)"] != "interaction.channel"


def test_whose_the_animal_is_is_the_customer() -> None:
    columns = {"Dueña": ["Eva Mora"], "Cel. dueño": ["8888-7777"]}
    assert set(targets("customers", Mascota=["Luna"], **columns).values()) == {
        "customer.custom:mascota",
        "customer.name",
        "customer.phone",
    }
    assert targets("customers", Nombre=["Soda Eva"], **columns)["Cel. dueño"] == "customer.custom:cel_dueno"


def test_a_name_beside_surnames_is_the_first_one() -> None:
    columns = {"Nombre del paciente": ["Ana", "Eva"], "Apellidos del paciente": ["Mora Gil", "Soto Paz"]}
    assert targets("customers", **columns) == {
        "Nombre del paciente": "customer.first_name",
        "Apellidos del paciente": "customer.last_name",
    }
    assert targets("customers", **{"Nombre completo": ["Ana Mora"], "Apellidos": ["Mora"]}) == {
        "Nombre completo": "customer.name",
        "Apellidos": "customer.last_name",
    }


def test_numbers_of_telephones_in_full_need_no_name_unless_they_are_our_own() -> None:
    calls = {"Fecha": [f"{day:02}/02/2025" for day in range(1, 29)], "Contestó": ["Sí", "No"] * 14}
    theirs: list[str | None] = [f"+506 8811-22{day:02}" for day in range(28)]
    marked = targets("interactions", **calls, **{"Número discado": theirs})
    assert marked["Número discado"] == "customer.phone"
    own = targets("interactions", **calls, **{"Número discado": ["+506 2222-3333"] * 28})
    assert own["Número discado"] == "interaction.custom:numero_discado"


def test_an_empty_column_takes_no_target_from_a_filled_one() -> None:
    columns: dict[str, list[str | None]] = {"Teléfono": [None, None], "Cel. del cliente": ["8888-7777", "8777-6666"]}
    assert targets("customers", Nombre=["Ana", "Eva"], **columns)["Cel. del cliente"] == "customer.phone"
