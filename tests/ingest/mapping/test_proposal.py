"""What is proposed for whole tables, those of the shared folder included, without anybody's help."""

from pathlib import Path

import pyarrow as pa
import pytest

from ingest.mapping.proposal import ExistingField, propose_mapping
from ingest.model import ColumnMapping, Kind, RawTable
from ingest.reading.table import read_table


def table(**columns: list[str | None]) -> RawTable:
    frame = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    return RawTable(header=frame.column_names, frame=frame)


def targets(raw: RawTable, kind: Kind) -> dict[str, str | None]:
    return {column.source: column.target for column in propose_mapping(raw, kind).columns}


def test_maven(shared_data: Path) -> None:
    accounts = read_table(shared_data / "crm/maven/accounts.csv")
    assert targets(accounts, "customers") == {
        "account": "customer.company_name",
        "sector": "customer.custom:sector",
        "year_established": "customer.custom:year_established",
        "revenue": "customer.custom:revenue",
        "employees": "customer.custom:employees",
        "office_location": "customer.custom:office_location",
        "subsidiary_of": "customer.custom:subsidiary_of",
    }
    pipeline = read_table(shared_data / "crm/maven/sales_pipeline.csv")
    assert targets(pipeline, "opportunities") == {
        "opportunity_id": "opportunity.external_id",
        "sales_agent": "opportunity.seller",
        "product": "opportunity.product",
        "account": "customer.company_name",
        "deal_stage": "opportunity.stage",
        "engage_date": "opportunity.entered_stage_at",
        "close_date": "opportunity.closed_at",
        "close_value": "opportunity.value",
    }


def test_superstore(shared_data: Path) -> None:
    raw = read_table(shared_data / "crm/superstore/Sample - Superstore.csv")
    assert targets(raw, "sales") == {
        "id_fila": "ignore",
        "id_pedido": "sale.external_key",
        "fecha_pedido": "sale.sold_at",
        "fecha_envio": "sale.custom:fecha_envio",
        "modo_envio": "sale.custom:modo_envio",
        "id_cliente": "customer.external_id",
        "nombre_cliente": "customer.name",
        "segmento": "customer.custom:segmento",
        "pais": "customer.country",
        "ciudad": "customer.city",
        "estado": "sale.custom:estado",
        "codigo_postal": "sale.custom:codigo_postal",
        "region": "sale.custom:region",
        "id_producto": "line.code",
        "categoria": "line.category",
        "subcategoria": "line.subcategory",
        "nombre_producto": "line.description",
        "ventas": "line.total",
        "cantidad": "line.quantity",
        "descuento": "line.discount",
        "ganancia": "line.profit",
    }


def test_online_retail_and_the_customers_in_latin1(shared_data: Path) -> None:
    retail = read_table(shared_data / "transactions/cdnow/CDNOW_master.txt")
    assert list(targets(retail, "sales").values()) == [
        "customer.external_id",
        "sale.sold_at",
        "line.quantity",
        "line.total",
    ]
    clients = read_table(shared_data / "spanish/clientes_latin1_seudonimizado/cliente.csv")
    assert targets(clients, "customers") == {
        "NUMERO": "customer.external_id",
        "NOMBRE": "customer.name",
        "DOMICILIO": "customer.address",
        "INICIO": "customer.created_at",
    }


def test_the_shape_of_values_speaks_where_the_name_does_not() -> None:
    raw = table(
        A=["Ana Mora Rojas", "Luis Vega Soto"],
        B=["1-1234-0567", "3-101-999999"],
        C=["8888-1111", "(506) 2222 3333"],
        D=["ana@correo.cr", "luis@correo.cr"],
    )
    found = propose_mapping(raw, "customers").columns
    assert [column.target for column in found] == [
        "customer.name",
        "customer.identification",
        "customer.phone",
        "customer.email",
    ]
    assert all(column.reason == "Por la forma de los valores" for column in found)


def test_values_that_contradict_the_name_outvote_it() -> None:
    raw = table(
        Nombre=["Ana", "Luis"], Estado=["Kentucky", "Ohio"], Provincia=["Texas", "Ohio"], Fecha=["azul", "verde"]
    )
    assert targets(raw, "customers") == {
        "Nombre": "customer.name",
        "Estado": "customer.custom:estado",
        "Provincia": "customer.custom:provincia",
        "Fecha": "customer.custom:fecha",
    }
    codes = table(Fecha=["01/02/2025", "02/02/2025"], Cliente=["1042", "1043"], Total=["10", "20"])
    assert targets(codes, "sales")["Cliente"] == "customer.external_id"


@pytest.mark.parametrize(
    ("values", "target"),
    [
        (["Compañía E2E-1795358615", "Compañía E2E-1795358616"], "customer.name"),
        (["Soda 24 Horas", "Taller 3 Ríos"], "customer.name"),
        (["1042", "Ana Mora 2"], "customer.name"),
        (["1042", "1043"], "customer.external_id"),
        (["C-1042", "C-1043"], "customer.external_id"),
        (["CLI 1042", "CLI 1043"], "customer.external_id"),
        (["JH-11920", None], "customer.external_id"),
    ],
)
@pytest.mark.parametrize("kind", ["sales", "opportunities"])
def test_a_customers_header_means_the_name_unless_every_value_is_a_code(
    kind: Kind, values: list[str | None], target: str
) -> None:
    raw = table(Fecha=["01/02/2025", "02/02/2025"], Cliente=values, Total=["10", "20"])
    assert targets(raw, kind)["Cliente"] == target


def test_a_name_is_the_first_one_only_beside_surnames() -> None:
    raw = table(**{"Nombre": ["Ana"], "Apellido 1": ["Mora"], "Apellido 2": ["Rojas"]})
    assert list(targets(raw, "customers").values()) == [
        "customer.first_name",
        "customer.last_name",
        "customer.last_name",
    ]
    assert targets(table(Nombre=["Ana Mora"], Correo=["a@x.cr"]), "customers")["Nombre"] == "customer.name"
    enquiry = table(Nombre=["Ana Mora"], Correo=["a@x.cr"], Etapa=["Consulta"])
    assert targets(enquiry, "opportunities")["Nombre"] == "customer.name"


def test_two_phones_have_two_places_and_a_third_is_a_field() -> None:
    raw = table(
        Nombre=["Ana Mora"],
        Teléfono=["2222-3333"],
        Celular=["8888-1111"],
        **{"Tel. casa": ["2222-4444"], "Tel oficina": ["2222-5555"]},
    )
    found = list(targets(raw, "customers").values())
    assert found[1:3] == ["customer.phone", "customer.phone_alt"]
    assert all(str(target).startswith("customer.custom:") for target in found[3:])


def test_two_amounts_or_two_dates_that_could_be_the_one_are_left_to_the_user() -> None:
    raw = table(
        Factura=["1", "2"],
        **{
            "Fecha venta": ["01/02/2025", "02/02/2025"],
            "Fecha pedido": ["05/02/2025", "06/02/2025"],
            "Monto": ["10", "20"],
            "Valor": ["15", "25"],
        },
    )
    found = {column.source: column for column in propose_mapping(raw, "sales").columns}
    assert [found[name].target for name in ("Fecha venta", "Fecha pedido", "Monto", "Valor")] == [None] * 4
    assert found["Monto"].reason == "Empate con «Valor»: elija usted cuál de las dos"
    assert found["Monto"].confidence == 0


def test_amounts_of_a_document_and_of_its_lines() -> None:
    document = table(
        Factura=["1", "2"], Fecha=["01/02/2025"] * 2, Subtotal=["100", "200"], IVA=["13", "26"], Total=["113", "226"]
    )
    assert list(targets(document, "sales").values())[2:] == ["sale.amount", "sale.tax", "sale.total"]
    lines = table(
        Factura=["1", "1"], Fecha=["01/02/2025"] * 2, Producto=["a", "b"], Cantidad=["2", "1"], Precio=["50", "80"],
        IVA=["13", "10.4"], Total=["113", "90.4"],
    )  # fmt: skip
    assert list(targets(lines, "sales").values())[5:] == ["line.tax", "line.total_with_tax"]
    net = table(
        Factura=["1", "1"], Fecha=["01/02/2025"] * 2, Producto=["a", "b"], Cantidad=["2", "1"], Precio=["50", "80"],
        IVA=["13", "10.4"], Total=["100", "80"],
    )  # fmt: skip
    assert list(targets(net, "sales").values())[5:] == ["line.tax", "line.total"]
    plain = table(Fecha=["01/02/2025", "03/02/2025"], Detalle=["corte", "tinte"], Total=["5000", "18000"])
    assert list(targets(plain, "sales").values()) == ["sale.sold_at", "line.description", "sale.amount"]


def test_saved_choices_and_own_fields_come_first() -> None:
    raw = table(Nombre=["Ana"], Zona=["norte"], Ref=["7"])
    mapping = propose_mapping(
        raw,
        "customers",
        saved={"Ref": "customer.external_id", "Nombre": "no existe"},
        custom_fields=[ExistingField("customer", "zona_de_entrega", "Zona")],
    )
    assert mapping.columns == [
        ColumnMapping("Nombre", "customer.name", 0.95, ["Ana"], "Sinónimo"),
        ColumnMapping("Zona", "customer.custom:zona_de_entrega", 0.97, ["norte"], "Campo personalizado existente"),
        ColumnMapping("Ref", "customer.external_id", 1.0, ["7"], "Como la última vez"),
    ]


def test_samples_are_five_of_the_whole_column() -> None:
    raw = table(Nombre=[f"Persona {index}" for index in range(1000)], Nota=[None] * 1000)
    found = propose_mapping(raw, "customers").columns
    assert len(found[0].samples) == 5
    assert found[0].samples[-1] > "Persona 7"
    assert (found[1].target, found[1].reason) == ("ignore", "Columna vacía")
