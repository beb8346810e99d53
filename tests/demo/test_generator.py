"""The demo companies' spreadsheets: always the same, and as messy and as lifelike as they should be."""

import csv
import hashlib
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook

from pymeai.costa_rica.identification import parse_identification
from pymeai.costa_rica.money import parse_amount
from pymeai.costa_rica.phones import parse_phone
from pymeai.demo.company import DemoCompany
from pymeai.demo.generator import write_companies
from pymeai.demo.hardware_store import Store, open_store
from pymeai.demo.tour_operator import Operator, open_operator

TODAY = date(2026, 11, 16)


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> tuple[DemoCompany, ...]:
    return write_companies(tmp_path_factory.mktemp("demo"), TODAY)


@pytest.fixture(scope="module")
def store() -> Store:
    return open_store(np.random.default_rng(506), TODAY)


@pytest.fixture(scope="module")
def operator() -> Operator:
    return open_operator(np.random.default_rng(507), TODAY)


def file_of(companies: tuple[DemoCompany, ...], name: str) -> Path:
    return next(file.path for company in companies for file in company.files if file.path.name == name)


def hashes(companies: tuple[DemoCompany, ...]) -> dict[str, str]:
    return {f.path.name: hashlib.sha256(f.path.read_bytes()).hexdigest() for c in companies for f in c.files}


def sales_rows(companies: tuple[DemoCompany, ...]) -> list[dict[str, str]]:
    with file_of(companies, "ventas.csv").open(encoding="cp1252", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def amount(text: str) -> Decimal:
    parsed = parse_amount(text)
    assert parsed is not None
    return parsed.value


def test_the_same_day_and_seed_give_the_same_bytes(companies: tuple[DemoCompany, ...], tmp_path: Path) -> None:
    assert hashes(write_companies(tmp_path, TODAY)) == hashes(companies)


def test_another_seed_gives_other_companies(companies: tuple[DemoCompany, ...], tmp_path: Path) -> None:
    other, ours = hashes(write_companies(tmp_path, TODAY, seed=7)), hashes(companies)
    assert all(other[name] != ours[name] for name in ours)


def test_there_are_hundreds_of_customers_thousands_of_sales_and_low_hundreds_of_opportunities(
    store: Store, operator: Operator
) -> None:
    assert 300 <= len(store.clients) <= 600
    assert 4_000 <= len(store.documents) <= 9_000
    assert 100 <= len(store.quotations) <= 400
    assert 400 <= len({booking.guest.name for booking in operator.bookings}) <= 900
    assert 1_500 <= len(operator.bookings) <= 4_000
    assert 100 <= len(operator.enquiries) <= 400


def test_the_history_is_three_years_that_end_today(store: Store, operator: Operator) -> None:
    days = [document.day for document in store.documents]
    assert TODAY - timedelta(days=7) <= max(days) <= TODAY
    assert TODAY - timedelta(days=1096) <= min(days) <= TODAY - timedelta(days=1085)
    assert max(quotation.closed for quotation in store.quotations if quotation.closed) <= TODAY
    assert max(booking.day for booking in operator.bookings) <= TODAY
    assert all(enquiry.closed is None or enquiry.day < enquiry.closed <= TODAY for enquiry in operator.enquiries)


def test_the_shop_is_closed_on_sundays_and_busier_around_pay_days(store: Store) -> None:
    by_day = Counter(document.day for document in store.documents)
    assert not [day for day in by_day if day.weekday() == 6]
    payday = [count for day, count in by_day.items() if day.day in {1, 2, 15, 16, 17, 30, 31}]
    other = [count for day, count in by_day.items() if day.day in {6, 7, 8, 9, 10, 22, 23, 24, 25}]
    assert np.mean(payday) > 1.15 * np.mean(other)


def test_sales_grow_and_follow_the_seasons(store: Store, operator: Operator) -> None:
    by_year: dict[int, float] = defaultdict(float)
    for document in store.documents:
        by_year[(TODAY - document.day).days // 365] += sum(line.subtotal for line in document.lines)
    assert by_year[0] > 1.05 * by_year[1] > 1.05 * 1.05 * by_year[2]
    months = Counter(booking.day.month for booking in operator.bookings)
    assert min(months[m] for m in (1, 2, 3)) > 2 * max(months[m] for m in (9, 10))


def test_some_customers_are_frequent_some_occasional_and_some_lost(store: Store) -> None:
    days: dict[str, list[date]] = defaultdict(list)
    for document in store.documents:
        if document.client is not None:
            days[document.client.code].append(document.day)
    recent = TODAY - timedelta(days=60)
    frequent = [code for code, found in days.items() if len(found) >= 20 and max(found) >= recent]
    lost = [code for code, found in days.items() if len(found) >= 5 and max(found) < TODAY - timedelta(days=200)]
    occasional = [code for code, found in days.items() if 2 <= len(found) <= 6]
    assert len(frequent) >= 30
    assert len(lost) >= 20
    assert len(occasional) >= 60


def test_the_pipeline_has_won_lost_and_open_opportunities_of_every_stage(store: Store, operator: Operator) -> None:
    stages = Counter(quotation.stage for quotation in store.quotations)
    assert set(stages) == {"Solicitud", "Cotizada", "Negociación", "Orden", "Ganada", "Perdida"}
    assert 0.4 < stages["Ganada"] / (stages["Ganada"] + stages["Perdida"]) < 0.8
    enquiries = Counter(enquiry.stage for enquiry in operator.enquiries)
    assert set(enquiries) == {"Consulta", "Cotización", "Bloqueo", "Depósito", "Ganada", "Perdida"}


def test_every_identification_and_phone_is_well_formed(store: Store, operator: Operator) -> None:
    for client in store.clients:
        expected = "02" if client.buyer.is_company else "01"
        assert parse_identification(client.buyer.identification).type == expected
        assert parse_phone(client.buyer.phone) == f"+506{client.buyer.phone}"
    for booking in operator.bookings:
        assert parse_phone(booking.guest.phone).startswith("+")


def test_the_last_row_of_the_sales_is_their_total(companies: tuple[DemoCompany, ...]) -> None:
    *lines, closing = sales_rows(companies)
    assert closing["Fecha"] == "TOTAL"
    assert sum(amount(row["Subtotal"]) for row in lines) == amount(closing["Subtotal"])
    assert sum(amount(row["Total"]) for row in lines) == amount(closing["Total"])


def test_invoice_lines_share_their_number_and_credit_notes_are_negative(companies: tuple[DemoCompany, ...]) -> None:
    lines = sales_rows(companies)[:-1]
    by_number: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for row in lines:
        by_number[row["Factura"]].add((row["Fecha"], row["Tipo de documento"], row["Cliente"]))
        assert (amount(row["Subtotal"]) < 0) == row["Factura"].startswith("NC-")
    assert all(len(heads) == 1 for heads in by_number.values())
    assert len(lines) > 2 * len(by_number)


def test_customers_are_named_by_identification_by_name_or_not_at_all(companies: tuple[DemoCompany, ...]) -> None:
    forms = Counter((bool(row["Cédula"]), bool(row["Cliente"])) for row in sales_rows(companies)[:-1])
    assert set(forms) == {(True, True), (True, False), (False, True), (False, False)}


def test_the_client_list_has_titles_blanks_duplicates_and_bad_cells(companies: tuple[DemoCompany, ...]) -> None:
    page = load_workbook(file_of(companies, "clientes.xlsx")).active
    assert page is not None
    rows = list(page.iter_rows(values_only=True))
    assert rows[0][0] == "FERRETERÍA EL ROBLE"
    assert rows[3][:3] == ("Código", "Nombre o razón social", "Cédula")
    records = rows[4:]
    assert any(all(cell is None for cell in row) for row in records)
    identifications = Counter(str(row[2]).replace("-", "") for row in records if row[2] is not None)
    assert sum(count > 1 for count in identifications.values()) >= 3
    assert [row[2] for row in records].count("4-018-12") == 1
    assert any(row[11] == "31/02/2024" for row in records)
    assert any(" / " in str(row[3]) for row in records)
    names = [str(row[1]) for row in records if row[1] is not None]
    assert any(name.isupper() for name in names)
    assert any(name.islower() for name in names)


def test_bookings_mix_day_first_and_iso_dates_and_refunds_are_in_parentheses(
    companies: tuple[DemoCompany, ...],
) -> None:
    with file_of(companies, "reservas.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    iso = [row for row in rows if "-" in row["Fecha de reserva"]]
    assert 0.1 < len(iso) / len(rows) < 0.6
    refunds = [row for row in rows if row["Tipo de documento"] == "Nota de crédito"]
    assert len(refunds) >= 10
    assert all(row["Total"].startswith("($") for row in refunds)
