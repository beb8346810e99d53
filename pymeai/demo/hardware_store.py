"""Ferretería El Roble: customers, invoices with their lines, and quotations, in colones."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.random import Generator

from pymeai.demo.people import Buyer, Population
from pymeai.demo.products import HARDWARE, Product
from pymeai.demo.rhythm import (
    arrival,
    growth,
    history,
    keep_in_season,
    open_day,
    purchase_days,
    towards_payday,
    weighted_months,
)

SELLERS = ("Marvin Solís", "Karla Jiménez", "Josué Brenes", "Doña Flor Araya")
_SELLER_SHARES = (0.34, 0.3, 0.24, 0.12)
VAT = 0.13
_PRICES_YEARLY = 0.035
_TICKETS_YEARLY = 0.12
# The dry months are for building; in December people paint the house with the Christmas bonus.
_MONTHS = (1.05, 1.12, 1.2, 1.0, 0.92, 0.88, 0.95, 0.9, 0.76, 0.72, 1.0, 1.3)


@dataclass(frozen=True)
class Habit:
    """How one group of customers buys. `every_days` is the range of their average gaps."""

    label: str
    count: int
    every_days: tuple[int, int]
    lines: tuple[int, int]
    site_share: float
    stops: float
    credit: float
    maker: str


_HABITS = (
    Habit("Contratista", 46, (9, 24), (2, 6), 0.75, 0.22, 0.7, "person"),
    Habit("Contratista", 62, (28, 60), (2, 5), 0.6, 0.3, 0.35, "person"),
    Habit("Empresa", 58, (18, 55), (1, 5), 0.55, 0.25, 0.75, "company"),
    Habit("Institución", 8, (30, 70), (2, 6), 0.6, 0.1, 1.0, "institution"),
    Habit("Hogar", 96, (45, 120), (1, 4), 0.06, 0.35, 0.05, "person"),
    Habit("Hogar", 148, (150, 420), (1, 3), 0.03, 0.2, 0.0, "person"),
)
_TILL_TICKETS = 1500


@dataclass(frozen=True)
class Client:
    """A customer of the store, as its own list has it."""

    code: str
    buyer: Buyer
    label: str
    since: date
    credit_limit: int | None
    habit: Habit


@dataclass(frozen=True)
class Line:
    """A line of a document; amounts in colones, without tax, negative on a credit note."""

    product: Product
    quantity: int
    price: int
    discount: float

    @property
    def subtotal(self) -> float:
        """Quantity by price, less the discount."""
        return round(self.quantity * self.price * (1 - self.discount), 2)

    @property
    def tax(self) -> float:
        """13 % of the subtotal."""
        return round(self.subtotal * VAT, 2)


@dataclass(frozen=True)
class Document:
    """An invoice, ticket or credit note. `client` is None for a till ticket."""

    day: date
    kind: str
    client: Client | None
    seller: str
    payment: str
    lines: tuple[Line, ...]
    number: str = ""


@dataclass(frozen=True)
class Quotation:
    """A quotation and what became of it. Amount in colones without tax."""

    number: str
    day: date
    client: Client
    work: str
    stage: str
    amount: int
    seller: str
    moved: date
    closed: date | None
    expected: date
    lost_reason: str | None


@dataclass
class Store:
    """All that the store's spreadsheets say."""

    clients: list[Client] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    quotations: list[Quotation] = field(default_factory=list)


def open_store(random: Generator, today: date) -> Store:
    """Three years of the store up to `today`."""
    first, last = history(today)
    store = Store()
    store.clients = _clients(random, first, last)
    documents = [document for client in store.clients for document in _purchases(random, client, first, last)]
    documents += [
        _document(random, open_day(day, last), None, 0.02, (1, 3), first)
        for day in weighted_months(random, first, last, _MONTHS, _TILL_TICKETS)
    ]
    store.documents = _numbered(documents + _returns(random, documents, last))
    store.quotations = _quotations(random, store.clients, first, last)
    return store


def _clients(random: Generator, first: date, last: date) -> list[Client]:
    population = Population(random)
    drawn: list[tuple[date, Buyer, Habit]] = []
    for habit in _HABITS:
        for _ in range(habit.count):
            buyer: Buyer = getattr(population, habit.maker)()
            drawn.append((arrival(random, first, last - timedelta(days=5), already=0.5), buyer, habit))
    drawn.sort(key=lambda entry: (entry[0], entry[1].name))
    clients = []
    for index, (since, buyer, habit) in enumerate(drawn, start=1):
        limit = int(random.integers(3, 40)) * 100_000 if random.random() < habit.credit else None
        clients.append(Client(f"C{index:04d}", buyer, habit.label, since, limit, habit))
    return clients


def _purchases(random: Generator, client: Client, first: date, last: date) -> list[Document]:
    start = max(first, client.since)
    end = last
    if random.random() < client.habit.stops:
        end = start + timedelta(days=float(random.uniform(0.15, 0.9)) * (last - start).days)
    every = float(random.uniform(*client.habit.every_days))
    days = keep_in_season(random, purchase_days(random, start, end, every_days=every * 0.78), _MONTHS)
    if not days and end - start > timedelta(days=10):
        days = [start + timedelta(days=int(random.integers(0, 10)))]
    documents = []
    for day in days:
        moved = open_day(max(start, towards_payday(random, day)), last)
        documents.append(_document(random, moved, client, client.habit.site_share, client.habit.lines, first))
    return documents


def _document(
    random: Generator, day: date, client: Client | None, site_share: float, count: tuple[int, int], first: date
) -> Document:
    on_site = random.random() < site_share
    amount = int(random.integers(count[0], count[1] + 1))
    products = random.choice(len(HARDWARE), size=amount, replace=False)
    lines = tuple(_line(random, HARDWARE[int(index)], day, first, on_site=on_site) for index in products)
    return Document(
        day=day,
        kind="Factura electrónica" if client is not None else "Tiquete electrónico",
        client=client,
        seller=str(random.choice(SELLERS, p=_SELLER_SHARES)),
        payment=_payment(random, client, day, first),
        lines=lines,
    )


def _line(random: Generator, product: Product, day: date, first: date, *, on_site: bool) -> Line:
    low, high = product.site if on_site else product.home
    # Small quantities are commoner than large ones.
    quantity = low + int((high - low + 1) * float(random.beta(1.2, 2.6)))
    if on_site:
        quantity = max(1, round(quantity * growth(day, first, _TICKETS_YEARLY - _PRICES_YEARLY)))
    price = round(product.price * growth(day, first, _PRICES_YEARLY) / 5) * 5
    discount = float(random.choice((0.0, 0.03, 0.05, 0.1), p=(0.62, 0.14, 0.17, 0.07))) if on_site else 0.0
    return Line(product, quantity, price, discount)


def _payment(random: Generator, client: Client | None, day: date, first: date) -> str:
    if client is not None and client.credit_limit is not None and random.random() < 0.65:
        return "Crédito 30 días"
    # SINPE Móvil takes the place of cash, year by year.
    sinpe = 0.18 + 0.07 * (day - first).days / 365
    options = ("SINPE Móvil", "Tarjeta", "Transferencia", "Efectivo")
    return str(random.choice(options, p=(sinpe, 0.3, 0.08, 0.62 - sinpe)))


def _returns(random: Generator, documents: list[Document], last: date) -> list[Document]:
    """Credit notes: one line of about one document in sixty comes back within two weeks."""
    returned = []
    for document in documents:
        if document.client is None or random.random() >= 1 / 60:
            continue
        line = document.lines[int(random.integers(len(document.lines)))]
        back = Line(line.product, -max(1, line.quantity // 2), line.price, line.discount)
        day = open_day(min(last, document.day + timedelta(days=int(random.integers(1, 14)))), last)
        if day < document.day:
            continue
        returned.append(
            Document(day, "Nota de crédito electrónica", document.client, document.seller, document.payment, (back,))
        )
    return returned


def _numbered(documents: list[Document]) -> list[Document]:
    documents = sorted(documents, key=lambda d: (d.day, d.client.code if d.client else "", d.kind, len(d.lines)))
    series = {"Factura electrónica": "FE", "Tiquete electrónico": "TE", "Nota de crédito electrónica": "NC"}
    counters = dict.fromkeys(series.values(), 0)
    numbered = []
    for document in documents:
        prefix = series[document.kind]
        counters[prefix] += 1
        numbered.append(
            Document(
                document.day,
                document.kind,
                document.client,
                document.seller,
                document.payment,
                document.lines,
                f"{prefix}-{counters[prefix]:06d}",
            )
        )
    return numbered


_WORKS = (
    "Materiales casa 120 m2", "Remodelación baño", "Techo de bodega", "Tapia perimetral", "Ampliación segunda planta",
    "Instalación eléctrica local", "Pintura de condominio", "Cochera y portón", "Aceras y cunetas", "Cielo raso gypsum",
    "Batería de baños", "Malla y verjas",
)  # fmt: skip
_LOST = ("Precio", "Compró en otra ferretería", "Obra suspendida", "No respondió", "Sin crédito aprobado")
_OPEN_STAGES = ("Solicitud", "Cotizada", "Negociación", "Orden")
_QUOTATIONS = 290


def _quotations(random: Generator, clients: list[Client], first: date, last: date) -> list[Quotation]:
    """Quotations from half a year after the start on; older than some weeks, nearly all are won or lost."""
    builders = [client for client in clients if client.label != "Hogar"] + [
        client for client in clients if client.label == "Hogar"
    ][::6]
    strengths = np.array(
        [3.0 if client.label == "Contratista" else 2.0 if client.label != "Hogar" else 0.7 for client in builders]
    )
    days = weighted_months(random, first + timedelta(days=180), last, _MONTHS, _QUOTATIONS)
    quotations = []
    for index, day in enumerate(days, start=1):
        known = np.array([client.since <= day for client in builders])
        weights = strengths * known
        client = builders[int(random.choice(len(builders), p=weights / weights.sum()))]
        quotations.append(_quotation(random, f"COT-{index:04d}", open_day(day, last), client, last))
    return quotations


def _quotation(random: Generator, number: str, day: date, client: Client, last: date) -> Quotation:
    amount = round(float(random.lognormal(13.9, 0.75)) / 1000) * 1000
    lasts = 6 + int(random.gamma(2.0, 38.0))
    closes = day + timedelta(days=lasts)
    stalled = random.random() < 0.2
    is_open = closes > last or (stalled and (last - day).days < 150)
    # Large quotations are harder to win, known contractors easier.
    chance = 0.62 - 0.1 * (amount > 2_000_000) + 0.08 * (client.label == "Contratista")
    won = not is_open and random.random() < chance
    if is_open:
        progress = min(0.99, (last - day).days / max(lasts, 1))
        stage = _OPEN_STAGES[int(progress * 4)] if not stalled else str(random.choice(_OPEN_STAGES[1:3]))
        moved = day + timedelta(days=int(random.integers(0, max(1, (last - day).days // 2 + 1))))
    else:
        stage, moved = "Ganada" if won else "Perdida", closes
    return Quotation(
        number=number,
        day=day,
        client=client,
        work=str(random.choice(_WORKS)),
        stage=stage,
        amount=amount,
        seller=str(random.choice(SELLERS[:3], p=(0.4, 0.38, 0.22))),
        moved=moved,
        closed=None if is_open else closes,
        expected=day + timedelta(days=int(random.integers(10, 40))),
        lost_reason=str(random.choice(_LOST)) if not is_open and not won else None,
    )
