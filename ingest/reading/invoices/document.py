"""One electronic document of Costa Rica's treasury (versions 4.3 and 4.4) -> what a sale is made of.

Names and codes are those of the schemas at cdn.comprobanteselectronicos.go.cr/xml-schemas (Anexos y estructuras 4.4).
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from pymeai.clock import COSTA_RICA

DocumentType = Literal["invoice", "ticket", "credit_note", "debit_note"]

_NAMESPACE = re.compile(
    r"\{https://cdn\.comprobanteselectronicos\.go\.cr/xml-schemas/v(?P<version>4\.[34])/(?P<schema>\w+)\}"
)
_OLD_NAMESPACE = re.compile(
    r"\{https://\w+\.(?:hacienda|comprobanteselectronicos)\.go\.cr/.*/v(?P<version>[\d.]+)/\w+\}"
)
_TYPES: Mapping[str, DocumentType] = {
    "facturaElectronica": "invoice",
    "facturaElectronicaExportacion": "invoice",
    "tiqueteElectronico": "ticket",
    "notaCreditoElectronica": "credit_note",
    "notaDebitoElectronica": "debit_note",
}
_NO_SALES: Mapping[str, str] = {
    "facturaElectronicaCompra": "es una factura de compra",
    "reciboElectronicoPago": "es un recibo de pago, no una venta",
    "mensajeHacienda": "es una respuesta de Hacienda",
    "mensajeReceptor": "es un mensaje de aceptación o rechazo",
}
_PURCHASE = "08"
"""The type, within a consecutive number, of a purchase that the buyer documents."""
_KEY = re.compile(r"\d{50}")
_PAYMENT = {
    "01": "Efectivo",
    "02": "Tarjeta",
    "03": "Cheque",
    "04": "Transferencia",
    "05": "Recaudado por terceros",
    "06": "SINPE Móvil",
    "07": "Plataforma digital",
    "99": "Otros",
}


class NotASale(Exception):
    """A document that is no sale of anybody's; its text ends the sentence "… se dejó por fuera: "."""


class Unreadable(Exception):
    """A document that lacks what a sale needs, or is none; its text says what, in Spanish."""


@dataclass(frozen=True)
class Party:
    """Who sells or buys. `identification_type` is a code of the treasury, 01 to 06."""

    name: str | None
    identification_type: str | None
    identification_number: str | None
    email: str | None = None
    phone: str | None = None
    province: str | None = None
    canton: str | None = None
    district: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Line:
    """One line: money in the document's currency, `total` after discounts and before tax."""

    code: str | None
    description: str | None
    unit: str | None
    quantity: Decimal | None
    unit_price: Decimal | None
    discount: Decimal | None
    total: Decimal


@dataclass(frozen=True)
class Invoice:
    """A document with its lines. `amount` is before tax, other charges included; `issued_at` is Costa Rica's time."""

    key: str
    type: DocumentType
    issued_at: dt.datetime
    issuer: Party
    receiver: Party | None
    currency: str
    exchange_rate: Decimal | None
    amount: Decimal
    tax: Decimal
    payment_method: str | None
    refers_to: str | None
    lines: tuple[Line, ...]


def parse_invoice(content: bytes) -> Invoice:
    """Read one document. Raises NotASale and Unreadable."""
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable("no es un XML bien formado o trae definiciones que no se aceptan") from error
    reader = _Reader(root)
    kind = _type_of(root)
    key = reader.required("Clave")
    if not _KEY.fullmatch(key):
        raise Unreadable(f"su Clave debe tener 50 dígitos y tiene {len(key)} caracteres")
    # The consecutive number stands in the key: office (3), till (5), type (2), number (10), after 506, day and issuer.
    if key[29:31] == _PURCHASE:
        raise NotASale(_NO_SALES["facturaElectronicaCompra"])
    issuer = _party(root.find(reader.name("Emisor")), reader)
    if issuer is None or issuer.identification_number is None:
        raise Unreadable("no dice quién lo emite")
    currency, rate = _currency(reader)
    charges = reader.money("ResumenFactura/TotalOtrosCargos") or Decimal(0)
    return Invoice(
        key=key,
        type=kind,
        issued_at=_moment(reader.required("FechaEmision")),
        issuer=issuer,
        receiver=_party(root.find(reader.name("Receptor")), reader),
        currency=currency,
        exchange_rate=rate,
        amount=reader.required_money("ResumenFactura/TotalVentaNeta") + charges,
        tax=(reader.money("ResumenFactura/TotalImpuesto") or Decimal(0))
        - (reader.money("ResumenFactura/TotalIVADevuelto") or Decimal(0)),
        payment_method=_payment(reader),
        refers_to=reader.text("InformacionReferencia/Numero"),
        lines=_lines(reader),
    )


class _Reader:
    """Texts and amounts of a document by their path below the root, whose namespace all of it shares."""

    def __init__(self, root: Element) -> None:
        self._namespace = root.tag.partition("}")[0] + "}"
        self.root = root

    def name(self, path: str) -> str:
        return "/".join(self._namespace + part for part in path.split("/"))

    def text(self, path: str, within: Element | None = None) -> str | None:
        found = (self.root if within is None else within).findtext(self.name(path))
        return " ".join(found.split()) or None if found else None

    def required(self, path: str) -> str:
        found = self.text(path)
        if found is None:
            raise Unreadable(f"le falta {path.rpartition('/')[2]}")
        return found

    def money(self, path: str, within: Element | None = None) -> Decimal | None:
        found = self.text(path, within)
        if found is None:
            return None
        try:
            amount = Decimal(found)
        except InvalidOperation as error:
            raise Unreadable(f"{path.rpartition('/')[2]} debe ser un número y dice «{found[:40]}»") from error
        if not amount.is_finite() or abs(amount) >= Decimal(10) ** 13:
            raise Unreadable(f"{path.rpartition('/')[2]} es un monto imposible: «{found[:40]}»")
        return amount

    def required_money(self, path: str) -> Decimal:
        found = self.money(path)
        if found is None:
            raise Unreadable(f"le falta {path.rpartition('/')[2]}")
        return found

    def all(self, path: str) -> list[Element]:
        return self.root.findall(self.name(path))


def _type_of(root: Element) -> DocumentType:
    found = _NAMESPACE.match(root.tag)
    if found is None:
        old = _OLD_NAMESPACE.match(root.tag)
        if old is not None:
            raise Unreadable(f"es de la versión {old['version']}; se leen la 4.3 y la 4.4")
        raise Unreadable("no es un comprobante electrónico de Hacienda")
    schema = found["schema"]
    if schema in _NO_SALES:
        raise NotASale(_NO_SALES[schema])
    if schema not in _TYPES:
        raise Unreadable(f"es de un tipo que no se conoce: {schema}")
    return _TYPES[schema]


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(f"FechaEmision no es una fecha: «{text[:40]}»") from error
    if not 2000 <= moment.year <= 2100:
        raise Unreadable(f"FechaEmision no puede ser del año {moment.year}")
    return moment if moment.tzinfo is None else moment.astimezone(COSTA_RICA).replace(tzinfo=None)


def _party(element: Element | None, reader: _Reader) -> Party | None:
    if element is None:
        return None
    number = reader.text("Identificacion/Numero", element)
    foreign = reader.text("IdentificacionExtranjero", element)
    province, canton, district = (
        reader.text(f"Ubicacion/{part}", element) for part in ("Provincia", "Canton", "Distrito")
    )
    return Party(
        name=reader.text("Nombre", element) or reader.text("NombreComercial", element),
        identification_type=reader.text("Identificacion/Tipo", element) if number else "05" if foreign else None,
        identification_number=number or foreign,
        email=reader.text("CorreoElectronico", element),
        phone=_phone(reader, element),
        province=province,
        canton=province + canton if province and canton else None,
        district=province + canton + district if province and canton and district else None,
        address=reader.text("Ubicacion/OtrasSenas", element),
    )


def _phone(reader: _Reader, element: Element) -> str | None:
    number = reader.text("Telefono/NumTelefono", element)
    if number is None:
        return None
    return f"+{reader.text('Telefono/CodigoPais', element) or '506'} {number}"


def _currency(reader: _Reader) -> tuple[str, Decimal | None]:
    currency = reader.text("ResumenFactura/CodigoTipoMoneda/CodigoMoneda") or "CRC"
    if currency == "CRC":
        return currency, None
    return currency, reader.money("ResumenFactura/CodigoTipoMoneda/TipoCambio")


def _payment(reader: _Reader) -> str | None:
    """The first way of payment: in the summary since 4.4, in the document itself before."""
    code = reader.text("ResumenFactura/MedioPago/TipoMedioPago") or reader.text("MedioPago")
    if code == "99":
        return reader.text("ResumenFactura/MedioPago/MedioPagoOtros") or _PAYMENT["99"]
    return _PAYMENT.get(code, code) if code else None


def _lines(reader: _Reader) -> tuple[Line, ...]:
    lines = [_line(reader, element) for element in reader.all("DetalleServicio/LineaDetalle")]
    for charge in reader.all("OtrosCargos"):
        amount = reader.money("MontoCargo", charge)
        if amount:
            lines.append(Line(None, reader.text("Detalle", charge) or "Otros cargos", None, None, None, None, amount))
    return tuple(lines)


def _line(reader: _Reader, element: Element) -> Line:
    total = reader.money("SubTotal", element)
    if total is None:
        raise Unreadable(f"a su línea {reader.text('NumeroLinea', element) or '?'} le falta SubTotal")
    discounts = [
        reader.money("MontoDescuento", discount) or Decimal(0) for discount in element.findall(reader.name("Descuento"))
    ]
    return Line(
        code=reader.text("CodigoComercial/Codigo", element)
        or reader.text("CodigoCABYS", element)
        or reader.text("Codigo", element),
        description=reader.text("Detalle", element),
        unit=reader.text("UnidadMedida", element),
        quantity=reader.money("Cantidad", element),
        unit_price=reader.money("PrecioUnitario", element),
        discount=sum(discounts, Decimal(0)) if any(discounts) else None,
        total=total,
    )
