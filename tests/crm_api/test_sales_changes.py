"""Sales are changed and deleted, filtered on every column, and seen by whom they concern."""

from collections.abc import Callable
from typing import Any

import pytest

from crm_api.sales.filters import SaleFilters
from pymeai.database.tables.platform import Organization
from pymeai.database.tables.workspace import AuditLog
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session, tenant_session
from tests.crm_api.conftest import Company, fields, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"


def _create(company: Company, **values: Any) -> dict[str, Any]:
    response = company.post("/api/sales", {"sold_at": "2026-03-05T10:00:00"} | values)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


def test_what_is_planned_is_no_sale(company_a: Company) -> None:
    for moment in ("2090-01-01", "2090-01-01T10:00:00-06:00"):
        refused = problem(company_a.post("/api/sales", {"sold_at": moment, "amount": 5}), 422, "invalid")
        assert "oportunidad" in fields(refused)["sold_at"]
    path = f"/api/sales/{_create(company_a, amount=5)['sale_id']}"
    assert list(fields(problem(company_a.put(path, {"sold_at": "2090-01-01"}), 422, "invalid"))) == ["sold_at"]
    deal = company_a.post("/api/opportunities", {"title": "Techo", "value": 5}).json()
    stages = company_a.get(f"/api/pipelines/{deal['pipeline_id']}/stages").json()["items"]
    won = next(stage["stage_id"] for stage in stages if stage["kind"] == "won")
    body = {"stage_id": won, "sale": {"sold_at": "2090-01-01"}}
    refused = problem(company_a.put(f"/api/opportunities/{deal['opportunity_id']}/stage", body), 422, "invalid")
    assert list(fields(refused)) == ["sale.sold_at"]


def test_a_change_keeps_what_is_not_sent(company_a: Company) -> None:
    created = _create(company_a, amount=100, seller="Eva", payment_method="efectivo", tax=13)
    path = f"/api/sales/{created['sale_id']}"
    before = company_a.get(path)
    changed = company_a.put(
        path,
        {"amount": 120.5, "payment_method": None, "document_type": "credit_note"},
        headers={"If-Match": before.headers["etag"]},
    )
    assert changed.status_code == 200, changed.text
    expected = created | {"amount": 120.5, "payment_method": None, "document_type": "credit_note"}
    assert changed.json() == expected | {"updated_at": changed.json()["updated_at"]}
    assert company_a.get(path).json() == changed.json()
    assert company_a.get(path).headers["etag"] == changed.headers["etag"] != before.headers["etag"]
    problem(company_a.put(path, {"amount": 1}, headers={"If-Match": before.headers["etag"]}), 412)


def test_new_lines_give_the_amount(company_a: Company) -> None:
    created = _create(company_a, lines=[{"description": "Cemento", "quantity": 2, "unit_price": 10}])
    path = f"/api/sales/{created['sale_id']}"
    changed = company_a.put(path, {"lines": [{"description": "Arena", "total": 7.5}, {"total": 2.5}]}).json()
    assert changed["amount"] == 10.0
    assert [line.get("description") for line in changed["lines"]] == ["Arena", None]
    found = problem(company_a.put(path, {"amount": 11}), 422, "invalid")
    assert list(fields(found)) == ["amount"]
    found = problem(company_a.put(path, {"amount": 11, "lines": [{"total": 5}]}), 422, "invalid")
    assert list(fields(found)) == ["amount"]
    bare = company_a.put(path, {"lines": [], "amount": 0}).json()
    assert (bare["lines"], bare["amount"]) == ([], 0.0)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"sold_at": None}, "sold_at"),
        ({"amount": None}, "amount"),
        ({"currency": None}, "currency"),
        ({"document_type": None}, "document_type"),
        ({"customer_id": NOBODY}, "customer_id"),
        ({"opportunity_id": NOBODY}, "opportunity_id"),
        ({"user_id": NOBODY}, "user_id"),
        ({"exchange_rate": 500}, "exchange_rate"),
        ({"source": "opportunity"}, "source"),
        ({"custom_fields": {"nada": 1}}, "custom_fields.nada"),
        ({"lines": [{"total": -1}]}, "lines"),
        ({"sale_id": NOBODY}, "sale_id"),
    ],
)
def test_bad_changes_change_nothing(company_a: Company, values: dict[str, Any], field: str) -> None:
    created = _create(company_a, amount=5)
    path = f"/api/sales/{created['sale_id']}"
    assert list(fields(problem(company_a.put(path, {"seller": "Otro"} | values), 422, "invalid"))) == [field]
    assert company_a.get(path).json() == created


def test_a_deleted_sale_is_gone_and_audited(company_a: Company, settings: Settings) -> None:
    created = _create(company_a, amount=5, external_key="BORRAR-1")
    path = f"/api/sales/{created['sale_id']}"
    tag = company_a.get(path).headers["etag"]
    company_a.put(path, {"amount": 6})
    problem(company_a.delete(path, headers={"If-Match": tag}), 412)
    assert company_a.delete(path).status_code == 204
    problem(company_a.get(path), 404, "not_found")
    problem(company_a.delete(path), 404, "not_found")
    with tenant_session(settings, company_a.tenant) as session:
        rows = session.query(AuditLog).filter_by(entity_id=created["sale_id"]).order_by(AuditLog.created_at).all()
    assert [row.action for row in rows] == ["created", "updated", "deleted"]
    assert (rows[1].before, rows[1].after) == ({"amount": 5.0}, {"amount": 6.0})
    assert rows[2].before is not None
    assert (rows[2].before["external_key"], rows[2].user_id) == ("BORRAR-1", company_a.user_id)


def test_a_deleted_customer_cannot_be_sold_to(company_a: Company) -> None:
    customer = company_a.post("/api/customers", {"first_name": "Ida"}).json()["customer_id"]
    company_a.delete(f"/api/customers/{customer}")
    found = problem(company_a.post("/api/sales", {"sold_at": "2026-03-05", "amount": 1, "customer_id": customer}), 422)
    assert fields(found) == {"customer_id": "Ese cliente no existe."}


def test_the_rate_follows_currency_and_day(company_a: Company, tell_rates: Callable[[dict[str, float]], None]) -> None:
    tell_rates({"2002-05-02": 355.25, "2002-05-09": 356.75})
    created = _create(company_a, amount=100, currency="USD", sold_at="2002-05-03T12:00:00")
    assert created["exchange_rate"] == 355.25
    path = f"/api/sales/{created['sale_id']}"
    assert company_a.put(path, {"sold_at": "2002-05-10T00:30:00"}).json()["exchange_rate"] == 356.75
    # A day of which nobody knows the rate: what was known before stays.
    assert company_a.put(path, {"sold_at": "1990-01-01T10:00:00"}).json()["exchange_rate"] == 356.75
    assert company_a.put(path, {"exchange_rate": None}).json()["exchange_rate"] is None
    assert company_a.put(path, {"currency": "CRC"}).json()["exchange_rate"] == 1.0
    assert list(fields(problem(company_a.put(path, {"currency": "USD"}), 422))) == ["exchange_rate"]
    assert company_a.put(path, {"currency": "USD", "exchange_rate": 500}).json()["exchange_rate"] == 500.0


def test_an_unknown_rate_stays_empty_where_it_is_said(company_a: Company) -> None:
    body = {"sold_at": "1990-01-01", "amount": 5, "currency": "USD"}
    assert list(fields(problem(company_a.post("/api/sales", body), 422))) == ["exchange_rate"]
    assert _create(company_a, **body, exchange_rate=None)["exchange_rate"] is None


def test_every_column_has_a_filter_and_each_one_filters(register: Callable[..., Company]) -> None:
    company = register("Filtros de ventas")
    customer = company.post("/api/customers", {"company_name": "La Uno"}).json()["customer_id"]
    opportunity = company.post("/api/opportunities", {"title": "T", "customer_id": customer}).json()["opportunity_id"]
    wanted = _create(
        company,
        customer_id=customer,
        opportunity_id=opportunity,
        user_id=str(company.user_id),
        amount=1500,
        tax=195,
        currency="USD",
        exchange_rate=512.5,
        document_type="ticket",
        external_key="T-1",
        payment_method="SINPE",
        source="feria",
        seller="Eva",
        channel="WhatsApp",
        lines=[{"description": "Clavo de acero", "quantity": 1, "unit_price": 1500}],
    )
    other = _create(company, sold_at="2025-01-01T00:00:00", amount=10)
    exact = ("sale_id", "customer_id", "opportunity_id", "user_id", "currency", "document_type", "external_key",
             "payment_method", "source", "seller", "channel")  # fmt: skip
    tried = set()
    for name in exact:
        found = company.get("/api/sales", params={name: wanted[name]}).json()
        assert [item["sale_id"] for item in found["items"]] == [wanted["sale_id"]], name
        both = {name: [wanted[name], other[name] or NOBODY]}
        assert company.get("/api/sales", params=both).json()["total"] == (2 if other[name] else 1), name
        tried.add(name)
    for name in ("amount", "tax", "exchange_rate", "sold_at", "created_at", "updated_at"):
        low, high = sorted((wanted[name], other[name]))
        for parameter, value in ((f"{name}_from", high), (f"{name}_to", low)):
            found = company.get("/api/sales", params={parameter: value}).json()
            assert found["total"] == 1, parameter
            tried.add(parameter)
    for name in ("customer_id", "opportunity_id", "user_id", "external_key", "payment_method", "source", "seller",
                 "channel", "exchange_rate"):  # fmt: skip
        empty = company.get("/api/sales", params={f"{name}_empty": "true"}).json()["items"]
        full = company.get("/api/sales", params={f"{name}_empty": "false"}).json()["items"]
        assert sorted(item["sale_id"] for item in empty + full) == sorted([wanted["sale_id"], other["sale_id"]]), name
        assert all(item[name] is None for item in empty), name
        tried.add(f"{name}_empty")
    for name, words in (("customer_name", "uno"), ("product", "acero clavo")):
        found = company.get("/api/sales", params={name: words}).json()
        assert [item["sale_id"] for item in found["items"]] == [wanted["sale_id"]], name
        tried.add(name)
    assert tried == set(SaleFilters.model_fields) - {"custom"}
    assert list(fields(problem(company.get("/api/sales", params={"nada": "1"}), 422))) == ["nada"]


def test_the_customer_is_named_without_asking_again(company_a: Company) -> None:
    customer = company_a.post("/api/customers", {"first_name": "Ana", "last_name": "Mora"}).json()["customer_id"]
    sale = _create(company_a, customer_id=customer, amount=1)
    assert sale["customer_name"] == "Ana Mora"
    listed = company_a.get("/api/sales", params={"customer_id": customer}).json()["items"]
    assert listed == [sale]


def test_sellers_change_their_own(company_a: Company, colleague: Callable[[Company, str], Company]) -> None:
    seller, manager, viewer = (colleague(company_a, role) for role in ("seller", "manager", "viewer"))
    own = _create(seller, amount=1, user_id=str(manager.user_id))
    assert own["user_id"] == str(seller.user_id)
    others = _create(company_a, amount=1, user_id=str(manager.user_id))
    assert seller.put(f"/api/sales/{own['sale_id']}", {"amount": 2}).json()["amount"] == 2.0
    for body in ({"amount": 2}, {"user_id": str(seller.user_id)}):
        problem(seller.put(f"/api/sales/{others['sale_id']}", body), 403)
    problem(seller.put(f"/api/sales/{own['sale_id']}", {"user_id": str(manager.user_id)}), 403)
    problem(seller.delete(f"/api/sales/{others['sale_id']}"), 403)
    problem(viewer.delete(f"/api/sales/{own['sale_id']}"), 403)
    assert manager.put(f"/api/sales/{own['sale_id']}", {"user_id": str(manager.user_id)}).status_code == 200
    assert seller.get(f"/api/sales/{others['sale_id']}").json() == others


def test_sellers_see_their_own_where_the_organization_says_so(
    register: Callable[..., Company], colleague: Callable[[Company, str], Company], settings: Settings
) -> None:
    company = register("Cada quien lo suyo")
    seller, viewer = colleague(company, "seller"), colleague(company, "viewer")
    with platform_session(settings) as session:
        organization = session.get_one(Organization, company.tenant.organization_id)
        organization.settings = organization.settings | {"sellers_see": "own"}
    theirs = company.post("/api/customers", {"first_name": "A", "owner_user_id": str(seller.user_id)}).json()
    mine = company.post("/api/customers", {"first_name": "B", "owner_user_id": str(company.user_id)}).json()
    seen = [
        _create(seller, amount=1),
        _create(company, amount=2),
        _create(company, amount=3, customer_id=theirs["customer_id"]),
    ]
    hidden = [
        _create(company, amount=4, customer_id=mine["customer_id"]),
        _create(company, amount=5, user_id=str(company.user_id)),
    ]
    listed = seller.get("/api/sales", params={"sort": "amount"}).json()
    assert [item["amount"] for item in listed["items"]] == [1.0, 2.0, 3.0]
    for sale in seen:
        assert seller.get(f"/api/sales/{sale['sale_id']}").status_code == 200
    for sale in hidden:
        answers = [seller.get(f"/api/sales/{key}") for key in (sale["sale_id"], NOBODY)]
        assert problem(answers[0], 404) == answers[1].json()
        problem(seller.delete(f"/api/sales/{sale['sale_id']}"), 404)
    for person in (company, viewer):
        assert person.get("/api/sales").json()["total"] == 5
