"""Pura Vida Tours: guests, agencies and their bookings, and the enquiries before them, in dollars."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.random import Generator

from pymeai.costa_rica.text import fold
from pymeai.demo.products import TOURS, Tour
from pymeai.demo.rhythm import growth, history, keep_in_season, purchase_days, weighted_months

AGENTS = ("Sofía Vargas", "Luis Quesada", "Emily Carter")
# The dry season from December to April, a small peak in July and August, next to nothing in September and October.
_MONTHS = (1.35, 1.4, 1.5, 1.25, 0.7, 0.75, 1.05, 0.95, 0.4, 0.42, 0.85, 1.45)
_BOOKINGS_YEARLY = 0.18
_PRICES_YEARLY = 0.04


@dataclass(frozen=True)
class Origin:
    """Where guests come from: names, language and telephone numbers of that country."""

    country: str
    language: str
    share: float
    phone: str
    given: tuple[str, ...]
    surnames: tuple[str, ...]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ENGLISH = _names(
    "James Mary Robert Linda Michael Susan William Karen David Jessica Thomas Sarah Brian Ashley Kevin Megan Eric Laura "
    "Jason Nicole Ryan Rachel Scott Emma Justin Olivia Aaron Hannah Adam Grace Nathan Chloe Tyler Julie Peter Alison"
)
_SPANISH = _names(
    "Carmen Javier Lucía Antonio Elena Manuel Pilar Sergio Marta Rubén Alba Iván Nuria Óscar Andrea Diego Paula Hugo"
)
_ORIGINS = (
    Origin("Estados Unidos", "Inglés", 0.47, "+1 305 4{:02d} {:04d}", _ENGLISH, _names(
        "Smith Johnson Brown Miller Davis Wilson Anderson Taylor Moore Jackson White Harris Clark Lewis Walker Young King "
        "Wright Hill Green Baker Nelson Carter Mitchell Roberts Turner Phillips Parker Evans Edwards Collins Stewart")),
    Origin("Canadá", "Inglés", 0.14, "+1 416 5{:02d} {:04d}", _ENGLISH, _names(
        "Tremblay Gagnon Roy MacDonald Campbell Fraser Morrison Bouchard Gauthier Murray Sinclair Leblanc")),
    Origin("Alemania", "Alemán", 0.1, "+49 1512 3{:02d} {:04d}", _names(
        "Lukas Anna Jonas Lena Felix Marie Paul Laura Max Julia Tim Sophie Jan Katharina Stefan Petra"), _names(
        "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Hoffmann Koch Richter Klein Wolf Schröder")),
    Origin("España", "Español", 0.08, "+34 612 {:02d} {:04d}", _SPANISH, _names(
        "García López Martínez Sánchez Pérez Gómez Ruiz Moreno Muñoz Álvarez Romero Navarro Torres Domínguez")),
    Origin("Francia", "Francés", 0.07, "+33 6 12 {:02d} {:04d}", _names(
        "Pierre Camille Julien Claire Antoine Manon Nicolas Élise Hugo Chloé Mathieu Sophie"), _names(
        "Martin Bernard Dubois Moreau Laurent Simon Michel Lefèvre Garnier Rousseau Fontaine")),
    Origin("Costa Rica", "Español", 0.14, "8{:02d}{:04d}4", _SPANISH, _names(
        "Rojas Vargas Mora Jiménez Solano Chaves Araya Castro Quesada Ramírez Brenes Alfaro Zúñiga Porras")),
)  # fmt: skip
AGENCIES = (
    "Hotel Los Lagos", "Hotel Arenal Vista", "Agencia Viajes Colón", "Tico Travel LLC", "Rainforest Journeys Inc",
    "Hotel Playa Bonita", "Hostel La Fortuna", "Caribe Sur Tours", "Bookings Pacific Ltd", "Hotel Casa Verde",
    "Travelers Hub LLC", "Nature Escapes GmbH", "Hotel Monteverde Inn", "Globetrek SAS", "Costa Azul Travel",
    "Hotel Villa Tortuga", "Andes y Selva S.A.", "Sunset Journeys LLC", "Hotel El Colibrí", "Terra Viva Reisen GmbH",
)  # fmt: skip
CHANNELS = ("Página web", "WhatsApp", "Booking/OTA", "Referido", "Instagram", "Llamada")
_CHANNEL_SHARES = (0.34, 0.24, 0.18, 0.1, 0.09, 0.05)
_GUESTS = 640


@dataclass(frozen=True)
class Guest:
    """Who books: a traveller, or an agency that books for its own guests."""

    name: str
    email: str
    phone: str
    country: str
    language: str
    agency: str | None
    is_agency: bool = False


@dataclass(frozen=True)
class Booking:
    """A booking of one tour. Price a person in dollars; `refund` says that it gives money back."""

    number: str
    day: date
    travel: date
    guest: Guest
    tour: Tour
    people: int
    price: float
    discount: float
    channel: str
    agent: str
    payment: str
    refund: bool = False

    @property
    def total(self) -> float:
        """In dollars; negative for a refund."""
        amount = round(self.people * self.price * (1 - self.discount), 2)
        return -amount if self.refund else amount


@dataclass(frozen=True)
class Enquiry:
    """A request for a trip and what became of it. Value in dollars."""

    number: str
    day: date
    guest: Guest
    interest: str
    people: int
    travel: date
    stage: str
    value: int
    agent: str
    channel: str
    closed: date | None
    lost_reason: str | None


@dataclass
class Operator:
    """All that the tour operator's spreadsheets say."""

    bookings: list[Booking] = field(default_factory=list)
    enquiries: list[Enquiry] = field(default_factory=list)


def open_operator(random: Generator, today: date) -> Operator:
    """Three years of the tour operator up to `today`."""
    first, last = history(today)
    guests = _guests(random)
    bookings = [b for guest in guests for b in _bookings(random, guest, first, last)]
    bookings += _refunds(random, bookings, last)
    bookings.sort(key=lambda b: (b.day, b.guest.name, b.refund, b.tour.name))
    numbered = [_with_number(b, f"PV-{index:05d}") for index, b in enumerate(bookings, start=1)]
    return Operator(numbered, _enquiries(random, guests, first, last))


def _guests(random: Generator) -> list[Guest]:
    guests = [_agency(random, name, index) for index, name in enumerate(AGENCIES)]
    names: set[str] = set()
    shares = [origin.share for origin in _ORIGINS]
    while len(names) < _GUESTS:
        origin = _ORIGINS[int(random.choice(len(_ORIGINS), p=shares))]
        name = f"{random.choice(origin.given)} {random.choice(origin.surnames)}"
        if origin.language == "Español":
            name = f"{name} {random.choice(origin.surnames)}"
        if name in names:
            continue
        names.add(name)
        agency = str(random.choice(AGENCIES)) if random.random() < 0.12 else None
        host = str(random.choice(("mail.example", "inbox.example", "post.example")))
        email = f"{fold(name).replace(' ', '.')}{int(random.integers(10, 99))}@{host}"
        guests.append(Guest(name, email, _phone(random, origin.phone), origin.country, origin.language, agency))
    return guests


def _agency(random: Generator, name: str, index: int) -> Guest:
    site = fold(name).replace(" ", "").replace(".", "")
    country, language = ("Costa Rica", "Español") if index % 5 in {0, 1, 2} else ("Estados Unidos", "Inglés")
    return Guest(
        name, f"reservas@{site}.com", _phone(random, "2{:02d}{:04d}9"), country, language, None, is_agency=True
    )


def _phone(random: Generator, form: str) -> str:
    return form.format(int(random.integers(20, 99)), int(random.integers(1000, 9999)))


def _bookings(random: Generator, guest: Guest, first: date, last: date) -> list[Booking]:
    if guest.is_agency:
        # Some agencies began late, one in four went elsewhere.
        start = first + timedelta(days=int(random.integers(0, 400)))
        end = last if random.random() > 0.25 else start + (last - start) * float(random.uniform(0.2, 0.7))
        days = purchase_days(random, start, end, every_days=float(random.uniform(9, 24)))
        days = keep_in_season(random, days, _MONTHS)
        return [_booking(random, guest, day, first) for day in days]
    # Later guests are more: the company grows.
    trip = weighted_months(random, first, last, _MONTHS, 1)[0]
    if growth(trip, first, _BOOKINGS_YEARLY) / growth(last, first, _BOOKINGS_YEARLY) < random.random():
        trip = weighted_months(random, trip, last, _MONTHS, 1)[0]
    tours = int(random.choice((1, 2, 3, 4), p=(0.42, 0.3, 0.18, 0.1)))
    bookings = [_booking(random, guest, trip, first) for _ in range(tours)]
    returns = 0.5 if guest.country == "Costa Rica" else 0.13
    again = trip
    while random.random() < returns:
        again += timedelta(days=int(random.integers(90, 480)))
        if again > last:
            break
        bookings.append(_booking(random, guest, again, first))
    return bookings


def _booking(random: Generator, guest: Guest, day: date, first: date) -> Booking:
    popularity = np.array([tour.popularity for tour in TOURS])
    tour = TOURS[int(random.choice(len(TOURS), p=popularity / popularity.sum()))]
    people = 1 + int(random.gamma(2.2, 1.1 if not guest.is_agency else 1.6))
    price = round(tour.price * growth(day, first, _PRICES_YEARLY))
    discount = 0.15 if guest.is_agency else float(random.choice((0.0, 0.05, 0.1), p=(0.85, 0.1, 0.05)))
    payments = ("Tarjeta", "PayPal", "Transferencia", "Efectivo", "SINPE Móvil")
    shares = (0.5, 0.2, 0.14, 0.16, 0.0) if guest.country != "Costa Rica" else (0.3, 0.0, 0.15, 0.1, 0.45)
    return Booking(
        number="",
        day=day,
        travel=day + timedelta(days=int(random.gamma(1.6, 14)) + 1),
        guest=guest,
        tour=tour,
        people=min(people, 14),
        price=float(price),
        discount=discount,
        channel="Agencia" if guest.is_agency else str(random.choice(CHANNELS, p=_CHANNEL_SHARES)),
        agent=str(random.choice(AGENTS, p=(0.45, 0.33, 0.22))),
        payment="Transferencia" if guest.is_agency else str(random.choice(payments, p=shares)),
    )


def _refunds(random: Generator, bookings: list[Booking], last: date) -> list[Booking]:
    """About one booking in fifty is paid back before the tour."""
    refunds = []
    for booking in bookings:
        if random.random() >= 0.02 or booking.day >= last:
            continue
        day = min(last, booking.day + timedelta(days=int(random.integers(1, 10))))
        refunds.append(
            Booking("", day, booking.travel, booking.guest, booking.tour, booking.people, booking.price,
                    booking.discount, booking.channel, booking.agent, booking.payment, refund=True)
        )  # fmt: skip
    return refunds


def _with_number(booking: Booking, number: str) -> Booking:
    return Booking(number, booking.day, booking.travel, booking.guest, booking.tour, booking.people, booking.price,
                   booking.discount, booking.channel, booking.agent, booking.payment, booking.refund)  # fmt: skip


_OPEN_STAGES = ("Consulta", "Cotización", "Bloqueo", "Depósito")
_LOST = ("Precio", "Eligió otro operador", "Cambió de fechas", "No respondió", "Sin cupo")
_ENQUIRIES = 320


def _enquiries(random: Generator, guests: list[Guest], first: date, last: date) -> list[Enquiry]:
    enquiries = []
    for index, day in enumerate(weighted_months(random, first + timedelta(days=150), last, _MONTHS, _ENQUIRIES), 1):
        guest = guests[int(random.integers(len(guests)))]
        lasts = 6 + int(random.gamma(2.0, 34.0))
        stalled = random.random() < 0.15 and (last - day).days < 240
        is_open = stalled or day + timedelta(days=lasts) > last
        won = not is_open and random.random() < (0.62 if guest.is_agency else 0.41)
        progress = min(0.99, (last - day).days / lasts)
        stage = _OPEN_STAGES[int(progress * 4)] if is_open else "Ganada" if won else "Perdida"
        people = 1 + int(random.gamma(2.5, 1.5))
        tour = TOURS[int(random.integers(len(TOURS)))]
        enquiries.append(
            Enquiry(
                number=f"Q-{index:04d}",
                day=day,
                guest=guest,
                interest=tour.name,
                people=people,
                travel=day + timedelta(days=lasts + int(random.integers(10, 120))),
                stage=stage,
                value=round(people * tour.price * float(random.uniform(1.0, 3.2))),
                agent=str(random.choice(AGENTS, p=(0.45, 0.33, 0.22))),
                channel="Agencia" if guest.is_agency else str(random.choice(CHANNELS, p=_CHANNEL_SHARES)),
                closed=None if is_open else day + timedelta(days=lasts),
                lost_reason=None if is_open or won else str(random.choice(_LOST)),
            )
        )
    return enquiries
