"""The organization, its people, templates and boards."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from crm_api.organization.schemas import ThresholdsChange
from orchestration.models.thresholds import Thresholds
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session, tenant_session
from tests.crm_api.conftest import Company, fields, problem

WIDGET: dict[str, Any] = {
    "id": "ventas",
    "title": "Ventas",
    "chart": "kpi",
    "period": "this_year",
    "query": {"metrics": ["net_sales"]},
    "w": 4,
    "h": 2,
}


def test_settings_change_and_mark_the_marts_as_behind(register: Callable[..., Company], settings: Settings) -> None:
    company = register("Cambios")
    before = company.get("/api/organization")
    with platform_session(settings) as session:
        session.execute(text("delete from platform.tenant_changes"))
    change = {"name": "Nuevo nombre", "settings": {"currency": "USD", "thresholds": {"inactivity_days": 45}}}
    changed = company.put("/api/organization", change, headers={"If-Match": before.headers["etag"]})
    assert changed.status_code == 200, changed.text
    assert changed.json()["settings"] == {
        "currency": "USD",
        "time_zone": "America/Costa_Rica",
        "thresholds": {"inactivity_days": 45},
    }
    with tenant_session(settings, company.tenant) as session:
        (audited,) = session.execute(
            text("select user_id, before, after from audit_log where entity = 'organization' and action = 'updated'")
        )
    assert audited.user_id == company.user_id
    assert audited.before["name"] == "Cambios"
    assert audited.after == {"name": "Nuevo nombre", "settings": changed.json()["settings"]}
    # Another threshold joins it; null goes back to the industry's own.
    for sent, kept in (
        ({"new_days": 15}, {"inactivity_days": 45, "new_days": 15}),
        ({"inactivity_days": None}, {"new_days": 15}),
    ):
        answer = company.put("/api/organization", {"settings": {"thresholds": sent}})
        assert answer.json()["settings"]["thresholds"] == kept
    with platform_session(settings) as session:
        dirty = session.execute(text("select organization_id from platform.tenant_changes")).scalars().all()
    assert set(dirty) == {company.tenant.organization_id}
    assert company.get("/api/organization").json() == answer.json()
    problem(company.put("/api/organization", change, headers={"If-Match": before.headers["etag"]}), 412)


def test_what_sellers_see_is_the_organizations_choice(
    register: Callable[..., Company], colleague: Callable[[Company, str], Company]
) -> None:
    company = register("Cada quien lo suyo")
    assert company.get("/api/organization").json()["settings"].get("sellers_see", "all") == "all"
    changed = company.put("/api/organization", {"settings": {"sellers_see": "own", "time_zone": "America/Panama"}})
    assert changed.json()["settings"]["sellers_see"] == "own"
    assert changed.json()["settings"]["time_zone"] == "America/Panama"
    seller, manager = colleague(company, "seller"), colleague(company, "manager")
    mine = seller.post("/api/customers", {"first_name": "Mía"}).json()["customer_id"]
    other = manager.post("/api/customers", {"first_name": "Ajena", "owner_user_id": str(manager.user_id)}).json()
    nobodys = manager.post("/api/customers", {"first_name": "De nadie"}).json()["customer_id"]
    assert seller.get("/api/customers").json()["total"] == 2
    assert {seller.get(f"/api/customers/{key}").status_code for key in (mine, nobodys)} == {200}
    problem(seller.get(f"/api/customers/{other['customer_id']}"), 404)
    assert manager.get("/api/customers").json()["total"] == 3
    company.put("/api/organization", {"settings": {"sellers_see": "all"}})
    assert seller.get("/api/customers").json()["total"] == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"settings": {"currency": "EUR"}}, "settings.currency"),
        ({"settings": {"secret": 1}}, "settings.secret"),
        ({"settings": {"time_zone": "Costa_Rica"}}, "settings.time_zone"),
        ({"settings": {"time_zone": "../etc/passwd"}}, "settings.time_zone"),
        ({"settings": {"sellers_see": "nada"}}, "settings.sellers_see"),
        ({"settings": {"thresholds": {"inactivity_days": 0}}}, "settings.thresholds.inactivity_days"),
        ({"settings": {"thresholds": {"inactivity_days": "90"}}}, "settings.thresholds.inactivity_days"),
        ({"settings": {"thresholds": {"valuable_quantile": 1}}}, "settings.thresholds.valuable_quantile"),
        ({"settings": {"thresholds": {"nada": 1}}}, "settings.thresholds.nada"),
        ({"subscription_plan": "gold"}, "subscription_plan"),
    ],
)
def test_what_may_not_change(company_a: Company, change: dict[str, Any], field: str) -> None:
    assert list(fields(problem(company_a.put("/api/organization", change), 422))) == [field]


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("manager", 403), ("seller", 403), ("viewer", 403)])
def test_who_may_change_the_organization(
    company_a: Company, colleague: Callable[[Company, str], Company], role: str, status: int
) -> None:
    person = colleague(company_a, role)
    assert person.put("/api/organization", {"name": "Ferretería La Prueba"}).status_code == status
    assert person.get("/api/organization").status_code == 200


def test_people_are_those_of_the_organization(
    company_a: Company, company_b: Company, colleague: Callable[[Company, str], Company]
) -> None:
    seller = colleague(company_b, "seller")
    listed = company_b.get("/api/users").json()
    assert {item["email"] for item in listed["items"]} >= {seller.email, company_b.email}
    assert company_a.email not in str(listed)
    assert "password" not in str(listed)
    assert company_b.get(f"/api/users/{seller.user_id}").json()["role"] == "seller"
    problem(company_a.get(f"/api/users/{seller.user_id}"), 404)


def test_boards_are_shared_or_private(company_a: Company, colleague: Callable[[Company, str], Company]) -> None:
    one, two = colleague(company_a, "seller"), colleague(company_a, "seller")
    body = {"name": "Mío", "widgets": [WIDGET], "shared": False}
    created = one.post("/api/dashboards", body)
    assert created.status_code == 201, created.text
    path = f"/api/dashboards/{created.json()['dashboard_id']}"
    assert one.get(path).json()["widgets"] == [WIDGET | {"x": 0, "y": 0}]
    problem(two.get(path), 404)
    shared = one.put(path, body | {"shared": True}, headers={"If-Match": one.get(path).headers["etag"]})
    assert shared.status_code == 200
    assert two.get(path).json()["name"] == "Mío"
    problem(two.put(path, body), 403)
    assert company_a.put(path, body | {"name": "De todos", "shared": True}).json()["name"] == "De todos"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"query": {"metrics": []}}, "widgets.0.query.metrics"),
        ({"query": {"metrics": ["net_sales"], "tenant": "x"}}, "widgets.0.query.tenant"),
        ({"query": {"metrics": ["net_sales"], "limit": 0}}, "widgets.0.query.limit"),
        ({"chart": "pie3d"}, "widgets.0.chart"),
        ({"period": "siempre"}, "widgets.0.period"),
        ({"w": 13}, "widgets.0.w"),
        ({"id": "a b"}, "widgets.0.id"),
        ({"script": "x"}, "widgets.0.script"),
    ],
)
def test_a_widget_that_cannot_be_is_refused(company_a: Company, change: dict[str, Any], field: str) -> None:
    body = {"name": "Malo", "widgets": [WIDGET | change]}
    assert list(fields(problem(company_a.post("/api/dashboards", body), 422))) == [field]


def test_the_thresholds_are_those_that_segments_go_by() -> None:
    computed = {"fixed_inactivity"}
    assert set(ThresholdsChange.model_fields) == {field.name for field in dataclasses.fields(Thresholds)} - computed
