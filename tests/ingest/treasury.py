"""Electronic documents as the treasury's schemas want them (4.4, and the parts of 4.3 that differ), made for tests."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from xml.sax.saxutils import escape

OURS, OTHERS = ("3101123456", "Ferretería La Prueba S.A."), ("3102654321", "Distribuidora Ajena Ltda")
_CODES = {
    "facturaElectronica": "01",
    "notaDebitoElectronica": "02",
    "notaCreditoElectronica": "03",
    "tiqueteElectronico": "04",
    "facturaElectronicaCompra": "08",
    "facturaElectronicaExportacion": "09",
}
SCHEMAS = {
    "facturaElectronica": "FacturaElectronica",
    "notaDebitoElectronica": "NotaDebitoElectronica",
    "notaCreditoElectronica": "NotaCreditoElectronica",
    "tiqueteElectronico": "TiqueteElectronico",
    "facturaElectronicaExportacion": "FacturaElectronicaExportacion",
}
"""Kinds of document, and the element that each has at its root."""
_LINE = (
    "<LineaDetalle><NumeroLinea>{number}</NumeroLinea>{export}<CodigoCABYS>2349002011400</CodigoCABYS>"
    "<CodigoComercial><Tipo>01</Tipo><Codigo>{code}</Codigo></CodigoComercial><Cantidad>{quantity:.3f}</Cantidad>"
    "<UnidadMedida>Unid</UnidadMedida><Detalle>{detail}</Detalle><PrecioUnitario>{price:.5f}</PrecioUnitario>"
    "<MontoTotal>{gross:.5f}</MontoTotal>{discount}<SubTotal>{total:.5f}</SubTotal>"
    "{base}<Impuesto><Codigo>01</Codigo><CodigoTarifaIVA>08</CodigoTarifaIVA>"
    "<Tarifa>13.00</Tarifa><Monto>{tax:.5f}</Monto></Impuesto>"
    "{assumed}"
    "<MontoTotalLinea>{with_tax:.5f}</MontoTotalLinea></LineaDetalle>"
)


_ASSUMED = "<ImpuestoAsumidoEmisorFabrica>0.00000</ImpuestoAsumidoEmisorFabrica><ImpuestoNeto>{tax:.5f}</ImpuestoNeto>"
_PLACE = (
    "<Ubicacion><Provincia>1</Provincia><Canton>01</Canton><Distrito>03</Distrito>"
    "<OtrasSenas>100 metros norte de la iglesia</OtrasSenas></Ubicacion>"
)


@dataclass(frozen=True)
class Item:
    """A line of a document: its tax is 13 %."""

    code: str
    detail: str
    quantity: Decimal
    price: Decimal
    discount: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.quantity * self.price - self.discount

    @property
    def tax(self) -> Decimal:
        return (self.total * 13 / 100).quantize(Decimal("0.00001"))


@dataclass(frozen=True)
class Document:
    """One document; `receiver` is type of identification, number and name."""

    number: int
    items: tuple[Item, ...]
    kind: str = "facturaElectronica"
    issued: str = "2026-03-15T10:30:00-06:00"
    issuer: tuple[str, str] = OURS
    receiver: tuple[str, str, str] | None = ("01", "112340567", "Ana Mora Rojas")
    payment: str = "06"
    currency: str = "CRC"
    rate: str = "1"
    refers_to: str | None = None
    version: str = "4.4"
    charge: Decimal = Decimal(0)

    @property
    def key(self) -> str:
        """506, day, issuer, office, till, type, number, situation, security code."""
        day = self.issued[8:10] + self.issued[5:7] + self.issued[2:4]
        return f"506{day}{self.issuer[0]:0>12}{self.consecutive}1{self.number:08d}"

    @property
    def consecutive(self) -> str:
        return f"00100001{_CODES[self.kind]}{self.number:010d}"

    @property
    def net(self) -> Decimal:
        return sum((item.total for item in self.items), Decimal(0))

    @property
    def tax(self) -> Decimal:
        return sum((item.tax for item in self.items), Decimal(0))

    @property
    def _abroad(self) -> bool:
        return self.kind == "facturaElectronicaExportacion"

    def xml(self) -> bytes:
        """The document, with an empty signature."""
        root = SCHEMAS.get(self.kind, "FacturaElectronicaCompra")
        namespace = f"https://cdn.comprobanteselectronicos.go.cr/xml-schemas/v{self.version}/{self.kind}"
        body = self._head() + self._details() + self._summary() + self._reference()
        text = (
            f'<{root} xmlns="{namespace}" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{body}<ds:Signature/></{root}>'
        )
        return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'.encode()

    def _head(self) -> str:
        provider = "<ProveedorSistemas>3101999999</ProveedorSistemas>" if self.version == "4.4" else ""
        activity = "CodigoActividadEmisor" if self.version == "4.4" else "CodigoActividad"
        payment = "" if self.version == "4.4" else f"<MedioPago>{self.payment}</MedioPago>"
        return (
            f"<Clave>{self.key}</Clave>{provider}<{activity}>523401</{activity}>"
            f"<NumeroConsecutivo>{self.consecutive}</NumeroConsecutivo><FechaEmision>{self.issued}</FechaEmision>"
            f"<Emisor><Nombre>{escape(self.issuer[1])}</Nombre><Identificacion><Tipo>02</Tipo>"
            f"<Numero>{self.issuer[0]}</Numero></Identificacion>{_PLACE}"
            f"<CorreoElectronico>ventas@laprueba.example</CorreoElectronico></Emisor>{self._receiver()}"
            f"<CondicionVenta>01</CondicionVenta>{payment}"
        )

    def _receiver(self) -> str:
        if self.receiver is None:
            return ""
        type_code, number, name = self.receiver
        return (
            f"<Receptor><Nombre>{escape(name)}</Nombre><Identificacion><Tipo>{type_code}</Tipo><Numero>{number}</Numero>"
            f"</Identificacion>{'' if self._abroad else _PLACE}<Telefono><CodigoPais>506</CodigoPais><NumTelefono>88887777"
            "</NumTelefono></Telefono><CorreoElectronico>ana@correo.example</CorreoElectronico></Receptor>"
        )

    def _details(self) -> str:
        abroad = self._abroad
        lines = [
            _LINE.format(
                number=number,
                export="<PartidaArancelaria>123456789012</PartidaArancelaria>" if abroad else "",
                base="" if abroad else f"<BaseImponible>{item.total:.5f}</BaseImponible>",
                assumed="" if abroad else _ASSUMED.format(tax=item.tax),
                code=item.code,
                detail=escape(item.detail),
                quantity=item.quantity,
                price=item.price,
                gross=item.quantity * item.price,
                discount=_discount(item.discount),
                total=item.total,
                tax=item.tax,
                with_tax=item.total + item.tax,
            )
            for number, item in enumerate(self.items, 1)
        ]
        charge = (
            f"<OtrosCargos><TipoDocumentoOC>06</TipoDocumentoOC><Detalle>Servicio 10 %</Detalle>"
            f"<MontoCargo>{self.charge:.5f}</MontoCargo></OtrosCargos>"
        )
        return f"<DetalleServicio>{''.join(lines)}</DetalleServicio>{charge if self.charge else ''}"

    def _summary(self) -> str:
        payment = (
            f"<MedioPago><TipoMedioPago>{self.payment}</TipoMedioPago></MedioPago>" if self.version == "4.4" else ""
        )
        charges = f"<TotalOtrosCargos>{self.charge:.5f}</TotalOtrosCargos>" if self.charge else ""
        return (
            f"<ResumenFactura><CodigoTipoMoneda><CodigoMoneda>{self.currency}</CodigoMoneda>"
            f"<TipoCambio>{self.rate}</TipoCambio></CodigoTipoMoneda><TotalVenta>{self.net:.5f}</TotalVenta>"
            f"<TotalVentaNeta>{self.net:.5f}</TotalVentaNeta><TotalImpuesto>{self.tax:.5f}</TotalImpuesto>{charges}{payment}"
            f"<TotalComprobante>{self.net + self.tax + self.charge:.5f}</TotalComprobante></ResumenFactura>"
        )

    def _reference(self) -> str:
        if self.refers_to is None:
            return ""
        return (
            f"<InformacionReferencia><TipoDocIR>01</TipoDocIR><Numero>{self.refers_to}</Numero>"
            f"<FechaEmisionIR>{self.issued}</FechaEmisionIR><Codigo>01</Codigo><Razon>Devolución</Razon>"
            "</InformacionReferencia>"
        )


def _discount(amount: Decimal) -> str:
    if not amount:
        return ""
    return f"<Descuento><MontoDescuento>{amount:.5f}</MontoDescuento><CodigoDescuento>07</CodigoDescuento></Descuento>"


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A ZIP of files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


ITEMS = (
    Item("P1", "Martillo de uña & mango", Decimal(2), Decimal("1500.50"), Decimal(100)),
    Item("P2", 'Clavos 2"', Decimal("0.500"), Decimal(800)),
)
