"""Sales: documents with their lines."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session, tenant_connection
from tests.crm_api.conftest import Company, fields, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"
LINES = [
    {"description": "Cemento 50 kg", "category": "Cementos", "quantity": 10, "unit_price": 7250.5, "discount": 505},
    {"description": "Flete", "total": 5000},
]


def _create(company: Company, **values: Any) -> dict[str, Any]:
    response = company.post("/api/sales", {"sold_at": "2026-03-05T10:00:00"} | values)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


def test_lines_add_up_to_the_amount(company_a: Company, settings: Settings) -> None:
    customer = company_a.post("/api/customers", {"first_name": "Ana"}).json()
    created = _create(company_a, customer_id=customer["customer_id"], lines=LINES, tax=10000, external_key="F-1")
    assert created["amount"] == 77000.0
    assert [line["total"] for line in created["lines"]] == [72000.0, 5000.0]
    # Without a zone, the time is Costa Rica's.
    assert created["sold_at"] == "2026-03-05T16:00:00Z"
    assert (created["currency"], created["exchange_rate"], created["document_type"]) == ("CRC", 1.0, "invoice")
    assert company_a.get(f"/api/sales/{created['sale_id']}").json() == created
    with tenant_connection(settings, company_a.tenant) as connection:
        stored = connection.execute(
            text("select amount, lines -> 0 ->> 'total' from sales where external_key = 'F-1'")
        ).one()
    assert stored == (Decimal("77000.00000"), "72000.0")


@pytest.mark.parametrize("amount", [0.1, 1234567.89, 9999999999.99999, 0])
def test_amounts_come_back_as_they_went_in(company_a: Company, amount: float) -> None:
    assert _create(company_a, amount=amount)["amount"] == amount


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "body"),
        ({"amount": 1, "sold_at": None}, "sold_at"),
        ({"amount": 1, "sold_at": "ayer"}, "sold_at"),
        ({"amount": 1, "sold_at": "9999-12-31T23:59:59-10:00"}, "sold_at"),
        ({"amount": 1, "sold_at": "0001-01-01"}, "sold_at"),
        ({"amount": 1, "sold_at": "1899-12-31T23:59:59"}, "sold_at"),
        ({"amount": 1, "sold_at": "2101-01-01T00:00:00"}, "sold_at"),
        ({"amount": -1}, "amount"),
        ({"amount": "mucho"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1e30"}, "amount"),
        ({"amount": 10, "lines": [{"total": 5}]}, "amount"),
        ({"lines": [{}]}, "lines.0"),
        ({"lines": [{"total": -5}]}, "lines"),
        ({"lines": [{"quantity": 999999999999, "unit_price": 999999999999}]}, "lines.0"),
        ({"lines": [{"total": 9999999999999}] * 2}, "lines"),
        ({"amount": 1, "currency": "EUR"}, "currency"),
        ({"amount": 1, "currency": "CRC", "exchange_rate": 500}, "exchange_rate"),
        ({"amount": 1, "exchange_rate": 0}, "exchange_rate"),
        ({"amount": 1, "customer_id": NOBODY}, "customer_id"),
        ({"amount": 1, "opportunity_id": NOBODY}, "opportunity_id"),
        ({"amount": 1, "user_id": NOBODY}, "user_id"),
        ({"amount": 1, "document_type": "nota"}, "document_type"),
        ({"amount": 1, "external_key": "x\x00"}, "external_key"),
        ({"amount": 1, "custom_fields": {"x": 1}}, "custom_fields.x"),
    ],
)
def test_bad_values_are_named_in_spanish(company_a: Company, values: dict[str, Any], field: str) -> None:
    body = {"sold_at": "2026-03-05T10:00:00-06:00"} | values
    found = problem(company_a.post("/api/sales", body), 422, "invalid")
    assert list(fields(found)) == [field]


def test_a_foreign_customer_cannot_be_sold_to(company_a: Company, company_b: Company) -> None:
    foreign = company_a.post("/api/customers", {"first_name": "Ajena"}).json()["customer_id"]
    body = {"sold_at": "2026-03-05", "amount": 1, "currency": "USD", "exchange_rate": 505}
    answers = [company_b.post("/api/sales", body | {"customer_id": key}) for key in (foreign, NOBODY)]
    assert answers[0].json() == answers[1].json()
    assert fields(problem(answers[0], 422)) == {"customer_id": "Ese cliente no existe."}


def test_a_document_is_stored_once(company_a: Company) -> None:
    _create(company_a, amount=1, external_key="F-2")
    body = {"sold_at": "2026-03-05", "amount": 2, "external_key": "F-2"}
    assert list(fields(problem(company_a.post("/api/sales", body), 409, "duplicate"))) == ["external_key"]


def test_dollars_need_the_rate_of_their_day(company_b: Company, tell_rates: Callable[[dict[str, float]], None]) -> None:
    body = {"sold_at": "2001-03-05T10:00:00-06:00", "amount": 100}
    assert list(fields(problem(company_b.post("/api/sales", body), 422))) == ["exchange_rate"]
    tell_rates({"2001-03-02": 320.5})
    created = _create(company_b, **body)
    assert (created["currency"], created["exchange_rate"]) == ("USD", 320.5)


def test_lists_filter_by_day_in_costa_rica(register: Callable[..., Company]) -> None:
    company = register("Días")
    for moment in (
        "2026-02-28T23:59:00-06:00",
        "2026-03-01T00:00:00-06:00",
        "2026-03-31T23:00:00-06:00",
        "2026-04-01T00:00:00-06:00",
    ):
        _create(company, sold_at=moment, amount=1)
    march = {"sold_at_from": "2026-03-01", "sold_at_to": "2026-03-31", "sort": "sold_at"}
    found = company.get("/api/sales", params=march).json()
    assert [item["sold_at"] for item in found["items"]] == ["2026-03-01T06:00:00Z", "2026-04-01T05:00:00Z"]
    everything = {"sold_at_to": "9999-12-31", "sold_at_from": "0001-01-01"}
    assert company.get("/api/sales", params=everything).json()["total"] == 4


def test_search_finds_by_customer_and_document(register: Callable[..., Company]) -> None:
    company = register("Búsqueda de ventas")
    customer = company.post("/api/customers", {"company_name": "Constructora Peña"}).json()["customer_id"]
    sale = _create(company, customer_id=customer, amount=1, external_key="FAC-77", seller="Íñigo")
    _create(company, amount=2)
    for query in ("pena", "fac-77", "inigo PEÑA"):
        items = company.get("/api/sales", params={"q": query}).json()["items"]
        assert [item["sale_id"] for item in items] == [sale["sale_id"]], query
    assert company.get("/api/sales", params={"customer_id": customer}).json()["total"] == 1


def test_a_sale_makes_the_tenant_dirty(company_a: Company, settings: Settings) -> None:
    query = text("select count(*) from platform.tenant_changes where organization_id = :id")
    with platform_session(settings) as session:
        before = session.execute(query, {"id": company_a.tenant.organization_id}).scalar_one()
    _create(company_a, amount=5)
    with platform_session(settings) as session:
        assert session.execute(query, {"id": company_a.tenant.organization_id}).scalar_one() > before


def test_a_viewer_records_no_sale(company_a: Company, colleague: Callable[[Company, str], Company]) -> None:
    viewer = colleague(company_a, "viewer")
    problem(viewer.post("/api/sales", {"sold_at": "2026-03-05", "amount": 1}), 403, "forbidden")
