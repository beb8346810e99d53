"""Electronic invoices as a table: what each document becomes, and what is left out and why."""

import io
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from ingest.mapping.proposal import propose_mapping
from ingest.model import IGNORE, RawTable
from ingest.reading.invoices.document import NotASale, Unreadable, parse_invoice
from ingest.reading.table import read_table
from pymeai.errors import BadRequest, PymeError
from tests.ingest.treasury import ITEMS, OTHERS, OURS, SCHEMAS, Document, Item, zipped

SIGNATURE = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/2000/09/xmldsig#">'
    '<xs:element name="Signature"/></xs:schema>'
)


def read(tmp_path: Path, content: bytes, name: str = "facturas.zip", issuer: str | None = None) -> RawTable:
    path = tmp_path / name
    path.write_bytes(content)
    return read_table(path, issuer=None if issuer is None else lambda: issuer)


@pytest.mark.parametrize("kind", SCHEMAS)
def test_our_documents_are_valid_against_the_treasurys_schema(kind: str, shared_data: Path, tmp_path: Path) -> None:
    """Otherwise what follows would prove nothing of real ones. The signature aside."""
    (tmp_path / "signature.xsd").write_text(SIGNATURE)
    schema = xmlschema.XMLSchema11(
        str(shared_data / f"costa_rica/xsd_v44/{SCHEMAS[kind]}_V4.4.xsd.xml"),
        locations={"http://www.w3.org/2000/09/xmldsig#": str(tmp_path / "signature.xsd")},
    )
    document = Document(1, ITEMS, kind=kind, charge=Decimal(50), refers_to="5" * 50)
    assert [error.reason for error in schema.iter_errors(io.BytesIO(document.xml()))] == []


def test_an_invoice_is_a_row_for_each_line(tmp_path: Path) -> None:
    document = Document(7, ITEMS, charge=Decimal(50))
    table = read(tmp_path, document.xml(), "factura.xml")
    rows = table.frame.to_pylist()
    assert [row["Producto"] for row in rows] == ["Martillo de uña & mango", 'Clavos 2"', "Servicio 10 %"]
    assert [row["Total de la línea sin impuesto"] for row in rows] == [2901.0, 400.0, 50.0]
    first = rows[0]
    assert {name: value for name, value in first.items() if value is not None} == {
        "Fecha de la venta": datetime.fromisoformat("2026-03-15T10:30:00"),
        "Número de documento": document.key,
        "Tipo de documento": "Factura",
        "Moneda": "CRC",
        "Medio de pago": "SINPE Móvil",
        "Nombre completo o empresa": "Ana Mora Rojas",
        "Tipo de identificación": "01",
        "Cédula o identificación": "112340567",
        "Correo electrónico": "ana@correo.example",
        "Teléfono": "+506 88887777",
        "Provincia": "1",
        "Cantón": "101",
        "Distrito": "10103",
        "Dirección": "100 metros norte de la iglesia",
        "Código del producto": "P1",
        "Producto": "Martillo de uña & mango",
        "Unidad de medida": "Unid",
        "Monto sin impuesto": 3351.0,
        "Impuesto": 429.13,
        "Cantidad": 2.0,
        "Precio unitario": 1500.5,
        "Descuento": 100.0,
        "Total de la línea sin impuesto": 2901.0,
        "Archivo": "factura.xml",
    }
    assert table.notes == ["Se leyó 1 comprobante electrónico."]


def test_every_column_has_its_home(tmp_path: Path) -> None:
    mapping = propose_mapping(read(tmp_path, Document(1, ITEMS).xml(), "f.xml"), "sales")
    targets = {column.source: (column.target, column.confidence) for column in mapping.columns}
    assert targets["Monto sin impuesto"] == ("sale.amount", 1.0)
    assert targets["Impuesto"] == ("sale.tax", 1.0)
    assert targets["Número de documento"] == ("sale.external_key", 1.0)
    assert targets["Archivo"] == (IGNORE, 1.0)
    assert all(target is not None for target, _ in targets.values())


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("facturaElectronica", "Factura"),
        ("facturaElectronicaExportacion", "Factura"),
        ("tiqueteElectronico", "Tiquete"),
        ("notaCreditoElectronica", "Nota de crédito"),
        ("notaDebitoElectronica", "Nota de débito"),
    ],
)
@pytest.mark.parametrize("version", ["4.3", "4.4"])
def test_each_kind_of_document_in_both_versions(tmp_path: Path, kind: str, label: str, version: str) -> None:
    document = Document(3, ITEMS, kind=kind, version=version, payment="02", currency="USD", rate="512.35")
    row = read(tmp_path, document.xml(), "d.xml").frame.to_pylist()[0]
    assert (row["Tipo de documento"], row["Medio de pago"]) == (label, "Tarjeta")
    assert (row["Moneda"], row["Tipo de cambio"]) == ("USD", 512.35)


def test_a_zip_holds_what_is_ours_and_says_what_it_left_out(tmp_path: Path) -> None:
    ours = Document(1, ITEMS)
    answer = b'<MensajeHacienda xmlns="https://cdn.comprobanteselectronicos.go.cr/xml-schemas/v4.4/mensajeHacienda"/>'
    content = zipped(
        {
            "marzo/FE-1.xml": ours.xml(),
            "marzo/FE-1.pdf": b"%PDF-1.7",
            "marzo/FE-1-respuesta.xml": answer,
            "marzo/compra.xml": Document(2, ITEMS, kind="facturaElectronicaCompra").xml(),
            "marzo/ajena.xml": Document(3, ITEMS, issuer=OTHERS).xml(),
            "__MACOSX/marzo/._FE-1.xml": b"\x00\x05\x16\x07",
            "marzo/rota.xml": ours.xml()[:400],
        }
    )
    table = read(tmp_path, content, issuer=OURS[0])
    assert [row["Número de documento"] for row in table.frame.to_pylist()] == [ours.key, ours.key, None]
    assert list(table.notes) == [
        "Se leyó 1 comprobante electrónico.",
        "Se dejó por fuera «marzo/FE-1-respuesta.xml»: es una respuesta de Hacienda.",
        "Se dejó por fuera «marzo/compra.xml»: es una factura de compra.",
        "Se dejó por fuera «marzo/ajena.xml»: lo emitió Distribuidora Ajena Ltda.",
    ]
    broken = table.broken[0]
    assert (broken.row_number, broken.code, broken.value) == (3, "unreadable_document", "marzo/rota.xml")
    assert broken.message.startswith("No se pudo leer «marzo/rota.xml»: no es un XML bien formado")


def test_a_purchase_is_known_by_its_key_as_well() -> None:
    bought = Document(2, ITEMS, kind="facturaElectronicaCompra")
    disguised = bought.xml().replace(b"facturaElectronicaCompra", b"facturaElectronica")
    with pytest.raises(NotASale, match="factura de compra"):
        parse_invoice(disguised)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"/v4.4/", b"/v4.2/", "es de la versión 4.2"),
        (b'facturaElectronica"', b'otraCosa"', "es de un tipo que no se conoce: otraCosa"),
        (b"<Clave>506", b"<Clave>", "su Clave debe tener 50 dígitos y tiene 47 caracteres"),
        (b"TotalVentaNeta>", b"Nada>", "le falta TotalVentaNeta"),
        (b"<FechaEmision>2026-03-15", b"<FechaEmision>2026-13-15", "FechaEmision no es una fecha"),
        (b"<FechaEmision>2026", b"<FechaEmision>0001", "FechaEmision no puede ser del año 1"),
        (b"<TotalImpuesto>429.13000", b"<TotalImpuesto>mucho", "TotalImpuesto debe ser un número y dice «mucho»"),
        (b"<TotalImpuesto>429.13000", b"<TotalImpuesto>NaN", "TotalImpuesto es un monto imposible"),
        (b"<TotalImpuesto>429.13000", b"<TotalImpuesto>1E+40", "TotalImpuesto es un monto imposible"),
        (b"Emisor>", b"Nadie>", "no dice quién lo emite"),
        (b"<SubTotal>2901.00000</SubTotal>", b"", "a su línea 1 le falta SubTotal"),
    ],
)
def test_what_a_document_lacks_is_said(old: bytes, new: bytes, message: str) -> None:
    content = Document(1, ITEMS).xml()
    assert old in content
    with pytest.raises(Unreadable, match=message):
        parse_invoice(content.replace(old, new))


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a>&y;</a>'
    with pytest.raises(BadRequest, match="trae definiciones que no se aceptan"):
        read(tmp_path, bomb, "bomba.xml")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (zipped({"leame.txt": b"hola"}), "f.zip", "wrong_file_type"),
        (zipped({"a.xml": b"<a/>"}), "f.zip", "no_documents"),
        (zipped({"a.xml": b" " * (11 << 20)}), "f.zip", "file_too_large"),
        (zipped({"a.xml": Document(1, ITEMS).xml()})[:-30], "f.zip", "unreadable_file"),
    ],
)
def test_a_file_without_sales_is_refused(tmp_path: Path, content: bytes, name: str, code: str) -> None:
    with pytest.raises(PymeError) as refused:
        read(tmp_path, content, name)
    assert refused.value.code == code


def test_the_samples_of_real_providers(shared_data: Path) -> None:
    found: dict[str, str] = {}
    for path in sorted((shared_data / "costa_rica/samples").glob("*.xml")):
        try:
            found[path.stem] = f"{read_table(path).frame.num_rows} rows"
        except BadRequest as refused:
            found[path.stem] = refused.message.split("» ")[2].partition(". Revise")[0]
    assert found == {
        "fe_v42_invoice": "es de la versión 4.2; se leen la 4.3 y la 4.4",
        "fe_v44_bad_clave47_no_lines": "su Clave debe tener 50 dígitos y tiene 47 caracteres",
        "fe_v44_panificadora": "1 rows",
        "fe_v44_proveedor_xml_minimal": "le falta TotalVentaNeta",
        "mensajehacienda_v44_doc_example": "es una respuesta de Hacienda",
        "nc_v42_credit_note": "es de la versión 4.2; se leen la 4.3 y la 4.4",
        "nd_v42_debit_note": "es de la versión 4.2; se leen la 4.3 y la 4.4",
        "te_v44_bad_clave47_no_receptor": "su Clave debe tener 50 dígitos y tiene 47 caracteres",
        "v42_reception_message": "es de la versión 4.2; se leen la 4.3 y la 4.4",
    }


money = st.decimals(min_value=0, max_value=10_000_000, places=5)


@given(
    st.lists(
        st.builds(
            Item, st.just("P"), st.text("abcñ &<>\"'", min_size=3, max_size=20), st.decimals(1, 999, places=3), money
        ),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(sorted(SCHEMAS)),
)
def test_a_documents_lines_add_up_to_its_amount(items: list[Item], kind: str) -> None:
    invoice = parse_invoice(replace(Document(1, tuple(items)), kind=kind).xml())
    # Every amount is written with five decimals.
    assert abs(sum((line.total for line in invoice.lines), Decimal(0)) - invoice.amount) <= Decimal("0.00001") * len(
        items
    )
    assert [line.description for line in invoice.lines] == [" ".join(item.detail.split()) or None for item in items]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with pytest.raises((Unreadable, NotASale)):
        parse_invoice(content)
