"""The spreadsheets of Pura Vida Tours: one sheet with guests and what they bought, and one with enquiries."""

from datetime import date
from pathlib import Path

from numpy.random import Generator

from pymeai.demo.spreadsheets import Cell, dollars, short_date, write_csv, write_workbook
from pymeai.demo.tour_operator import Booking, Enquiry, Operator

_BOOKING_HEADER = (
    "No. Reserva", "Fecha de reserva", "Fecha del viaje", "Cliente", "Email", "WhatsApp", "País", "Idioma", "Agencia",
    "Tour", "Categoría", "Personas", "Precio por persona", "Descuento", "Total", "Tipo de documento", "Canal", "Vendedor",
    "Forma de pago", "Moneda",
)  # fmt: skip
_ENQUIRY_HEADER = (
    "Consulta No.", "Fecha de consulta", "Nombre", "Correo", "País", "Interés", "Personas", "Fecha de llegada", "Etapa",
    "Valor estimado (USD)", "Vendedor", "Origen", "Fecha de cierre", "Motivo de pérdida",
)  # fmt: skip


def write_bookings(random: Generator, operator: Operator, path: Path) -> None:
    """reservas.csv: UTF-8, commas, dollars with commas; d/m dates, but ISO in the rows that the website added."""
    rows = [_booking_row(random, booking) for booking in operator.bookings]
    write_csv(path, _BOOKING_HEADER, rows, encoding="utf-8", delimiter=",")


def _booking_row(random: Generator, booking: Booking) -> list[str]:
    guest = booking.guest
    by_website = booking.channel == "Página web"
    return [
        booking.number,
        _day(booking.day, iso=by_website),
        _day(booking.travel, iso=by_website),
        guest.name if guest.is_agency or random.random() < 0.93 else guest.name.upper(),
        guest.email if random.random() < 0.97 or guest.phone == "" else "",
        guest.phone if random.random() < 0.8 else "",
        guest.country if random.random() < 0.95 else "",
        guest.language if random.random() < 0.9 else "",
        guest.agency or "",
        booking.tour.name,
        booking.tour.category,
        str(booking.people),
        dollars(booking.price),
        f"{round(booking.discount * 100)}%" if booking.discount else "",
        dollars(booking.total),
        "Nota de crédito" if booking.refund else "Factura",
        booking.channel,
        booking.agent,
        booking.payment,
        "USD",
    ]


def _day(day: date, *, iso: bool) -> str:
    return day.isoformat() if iso else short_date(day)


def write_enquiries(random: Generator, operator: Operator, path: Path) -> None:
    """consultas.xlsx: a title, real dates, values with the dollar in their format."""
    rows = [_enquiry_row(random, enquiry) for enquiry in operator.enquiries]
    formats = {**dict.fromkeys((1, 7, 12), "yyyy-mm-dd"), 9: '"$"#,##0.00'}
    write_workbook(path, "Consultas", ("Pura Vida Tours · consultas", ""), _ENQUIRY_HEADER, rows, formats=formats)


def _enquiry_row(random: Generator, enquiry: Enquiry) -> list[Cell]:
    return [
        enquiry.number,
        enquiry.day,
        enquiry.guest.name,
        enquiry.guest.email,
        enquiry.guest.country if random.random() < 0.9 else None,
        enquiry.interest,
        enquiry.people,
        enquiry.travel,
        enquiry.stage,
        enquiry.value,
        enquiry.agent,
        enquiry.channel,
        enquiry.closed,
        enquiry.lost_reason,
    ]
