"""The spreadsheets of Ferretería El Roble, with what makes real ones hard to read."""

from datetime import date
from pathlib import Path

from numpy.random import Generator

from pymeai.costa_rica.identification import show_identification
from pymeai.costa_rica.text import fold
from pymeai.demo.hardware_store import Client, Document, Quotation, Store
from pymeai.demo.spreadsheets import Cell, colones, short_date, write_csv, write_workbook

_CLIENT_HEADER = (
    "Código", "Nombre o razón social", "Cédula", "Teléfonos", "Correo", "Provincia", "Dirección", "Tipo de cliente",
    "Tiene crédito", "Límite de crédito", "Plazo en días", "Cliente desde", "Observaciones",
)  # fmt: skip
_SALES_HEADER = (
    "Fecha", "Factura", "Tipo de documento", "Cédula", "Cliente", "Vendedor", "Código", "Producto", "Categoría", "Cantidad",
    "Precio unitario", "Descuento", "Subtotal", "IVA", "Total", "Costo", "Forma de pago",
)  # fmt: skip
_QUOTATION_HEADER = (
    "N° cotización", "Fecha", "Cliente", "Teléfono", "Obra", "Etapa", "Monto", "Vendedor", "Último movimiento",
    "Cierre esperado", "Fecha de cierre", "Motivo de pérdida",
)  # fmt: skip
_PLACES = (
    "200 m sur de la iglesia", "frente al EBAIS", "50 m este de la pulpería La Amistad", "contiguo a la plaza",
    "casa portón negro", "residencial Los Lagos casa 14", "del cruce 300 m norte", "diagonal a la escuela",
)  # fmt: skip
_REMARKS = (
    "Paga puntual",
    "Pide factura",
    "Llamar antes de entregar",
    "Descuento 5 %",
    "Revisar saldo",
    "Amigo de don Rafa",
)
# What people write in a cell that asks for an e-mail, a date or a phone they do not have.
_BAD_EMAILS = ("no tiene", "pendiente", "arroba gmail", "n/a")


def write_clients(random: Generator, store: Store, today: date, path: Path) -> None:
    """clientes.xlsx: title rows, mixed capitals, two phones in one cell, blanks, a few bad cells, a few duplicates."""
    rows: list[list[Cell]] = []
    for index, client in enumerate(store.clients):
        rows.append(_client_row(random, client))
        if index % 61 == 40:
            rows.append(_again(random, rows[-1]))
        if index % 90 == 70:
            rows.append([None] * len(_CLIENT_HEADER))
    for index in (17, 95, 203, 310):
        rows[index][4] = _BAD_EMAILS[index % len(_BAD_EMAILS)]
    rows[52][2] = "4-018-12"
    rows[131][3] = "888-77"
    rows[260][11] = "31/02/2024"
    titles = ("FERRETERÍA EL ROBLE", f"Lista de clientes al {short_date(today)}", "")
    write_workbook(path, "Clientes", titles, _CLIENT_HEADER, rows, formats={11: "dd/mm/yyyy"})


def _client_row(random: Generator, client: Client) -> list[Cell]:
    buyer = client.buyer
    identification: Cell = show_identification("02" if buyer.is_company else "01", buyer.identification)
    if random.random() < 0.2:
        identification = buyer.identification
    if random.random() < 0.07:
        identification = None
    phones = _phone(random, buyer.phone)
    if buyer.phone_alt is not None:
        phones = f"{phones} / {_phone(random, buyer.phone_alt)}"
    has_credit = client.credit_limit is not None
    return [
        client.code,
        _as_typed(random, buyer.name),
        identification,
        phones if random.random() < 0.94 else None,
        _email_as_typed(random, buyer.email),
        _province_as_typed(random, buyer.province),
        str(random.choice(_PLACES)) if random.random() < 0.6 else None,
        client.label,
        str(random.choice(("Sí", "SI", "sí", "x"))) if has_credit else str(random.choice(("No", "NO", "no"))),
        colones(client.credit_limit) if client.credit_limit is not None else None,
        int(random.choice((15, 30, 30, 45))) if has_credit else None,
        short_date(client.since),
        str(random.choice(_REMARKS)) if random.random() < 0.15 else None,
    ]


def _again(random: Generator, row: list[Cell]) -> list[Cell]:
    """The same customer typed a second time, years later and in a hurry."""
    name = str(row[1]).upper() if str(row[1]) != str(row[1]).upper() else str(row[1]).title()
    return [
        None,
        name,
        row[2],
        row[3],
        None,
        row[5],
        None,
        row[7],
        row[8],
        row[9],
        None,
        None,
        str(random.choice(_REMARKS)),
    ]


def _money(amount: float) -> str:
    # cp1252 has no colón sign: point-of-sale programs print the cent sign in its place.
    return colones(amount, "¢")


def write_sales(random: Generator, store: Store, path: Path) -> None:
    """ventas.csv: cp1252, semicolons, a line a row, colones with points, customers by identification or by name, a total."""
    rows: list[list[str]] = []
    total = tax = subtotal = 0.0
    for document in store.documents:
        identification, name = _who(random, document)
        for line in document.lines:
            subtotal, tax, total = subtotal + line.subtotal, tax + line.tax, total + line.subtotal + line.tax
            rows.append(
                [
                    short_date(document.day),
                    document.number,
                    document.kind,
                    identification,
                    name,
                    document.seller,
                    line.product.code,
                    line.product.name,
                    line.product.category,
                    str(line.quantity),
                    _money(line.price),
                    f"{round(line.discount * 100)}%" if line.discount else "",
                    _money(line.subtotal),
                    _money(line.tax),
                    _money(line.subtotal + line.tax),
                    _money(round(line.quantity * line.price * line.product.cost_share, 2)),
                    document.payment,
                ]
            )
    closing = [""] * len(_SALES_HEADER)
    closing[0] = "TOTAL"
    closing[12:15] = [_money(round(subtotal, 2)), _money(round(tax, 2)), _money(round(total, 2))]
    write_csv(path, _SALES_HEADER, [*rows, closing], encoding="cp1252", delimiter=";")


def _who(random: Generator, document: Document) -> tuple[str, str]:
    if document.client is None:
        return "", ""
    buyer = document.client.buyer
    identification = show_identification("02" if buyer.is_company else "01", buyer.identification)
    form = random.random()
    if form < 0.25:
        return identification, ""
    if form < 0.9:
        return identification, _as_typed(random, buyer.name)
    return "", buyer.name


def write_quotations(random: Generator, store: Store, path: Path) -> None:
    """cotizaciones.xlsx: real dates and numbers in most cells, text in some."""
    rows = [_quotation_row(random, quotation) for quotation in store.quotations]
    dates = dict.fromkeys((1, 8, 9, 10), "dd/mm/yyyy")
    titles = ("Control de cotizaciones - El Roble", "")
    write_workbook(path, "Cotizaciones", titles, _QUOTATION_HEADER, rows, formats={**dates, 6: '"₡"#,##0.00'})


def _quotation_row(random: Generator, quotation: Quotation) -> list[Cell]:
    stage = quotation.stage if random.random() < 0.8 else quotation.stage.upper()
    amount: Cell = quotation.amount if random.random() < 0.85 else colones(quotation.amount)
    return [
        quotation.number,
        quotation.day,
        quotation.client.buyer.name,
        _phone(random, quotation.client.buyer.phone),
        quotation.work,
        stage,
        amount,
        quotation.seller,
        quotation.moved,
        quotation.expected,
        quotation.closed,
        quotation.lost_reason,
    ]


def _phone(random: Generator, digits: str) -> str:
    form = random.random()
    if form < 0.6:
        return f"{digits[:4]}-{digits[4:]}"
    if form < 0.8:
        return digits
    return f"+506 {digits[:4]} {digits[4:]}"


def _as_typed(random: Generator, name: str) -> str:
    form = random.random()
    if form < 0.78:
        return name
    if form < 0.92:
        return name.upper()
    if form < 0.95:
        return name.lower()
    return f"  {name} "


def _email_as_typed(random: Generator, email: str | None) -> str | None:
    if email is None:
        return None
    return email.upper() if random.random() < 0.08 else email


def _province_as_typed(random: Generator, province: str) -> str | None:
    form = random.random()
    if form < 0.72:
        return province
    if form < 0.92:
        return fold(province).upper()
    return None
