"""Alerts: what they find is what the metrics say. Today is 2026-11-16."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from pymeai.settings import Settings
from pymeai.templates.alerts import Condition, alert_dates
from pymeai.tenancy.sessions import tenant_session
from tests.conftest import TODAY
from tests.crm_api.conftest import Company, fields, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"
SALES = [("2026-10-05", 1000), ("2026-10-10", 1000), ("2026-11-03", 500), ("2026-11-12", 700)]
QUERY = {"metrics": ["net_sales"]}
BELOW = {"op": "lt", "value": 1000, "period": "last_7_days"}


@pytest.fixture(scope="module", autouse=True)
def filled(company_a: Company, company_b: Company, refresh_marts: Callable[..., None]) -> None:
    dollars = {"currency": "USD", "exchange_rate": 500}
    for company, times, money in ((company_a, 1, {"currency": "CRC"}), (company_b, 1000, dollars)):
        for day, amount in SALES:
            line = {"description": "Cemento", "category": "Cementos", "total": amount * times}
            body = {"sold_at": f"{day}T12:00:00-06:00", "lines": [line]} | money
            assert company.post("/api/sales", body).status_code == 201
    refresh_marts(company_a, company_b)


def _made(person: Company, **more: Any) -> dict[str, Any]:
    body = {"name": "Ventas bajas", "query": QUERY, "condition": BELOW} | more
    response = person.post("/api/alerts", body)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def _found(company: Company, condition: dict[str, Any], **query: Any) -> dict[str, Any]:
    body = {"name": "X", "query": QUERY | query, "condition": condition}
    response = company.post("/api/alerts/preview", body)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_create_read_change_delete(company_a: Company) -> None:
    made = _made(company_a)
    path = f"/api/alerts/{made['alert_id']}"
    read = company_a.get(path)
    assert read.json() == made
    assert made["query"] == QUERY
    assert made["condition"] == BELOW | {"value": 1000.0, "unit": "absolute", "comparison": None}
    assert (made["schedule"], made["channel"], made["is_active"], made["last_state"]) == ("daily", "app", True, {})
    assert made["created_by"] == str(company_a.user_id)
    wanted = {"name": "Otra", "query": {"metrics": ["sales_count"]}, "condition": {"op": "gte", "value": 3}}
    wanted |= {"schedule": "weekly", "channel": "email", "is_active": False}
    changed = company_a.put(path, wanted, headers={"If-Match": read.headers["etag"]})
    assert changed.status_code == 200, changed.text
    assert {name: changed.json()[name] for name in ("name", "query", "schedule", "channel", "is_active")} == {
        name: wanted[name] for name in ("name", "query", "schedule", "channel", "is_active")
    }
    for late in (company_a.put(path, wanted, headers={"If-Match": read.headers["etag"]}),
                 company_a.delete(path, headers={"If-Match": read.headers["etag"]})):  # fmt: skip
        problem(late, 412, "precondition_failed")
    assert company_a.delete(path, headers={"If-Match": changed.headers["etag"]}).status_code == 204
    problem(company_a.get(path), 404)
    log = company_a.get("/api/audit", params={"entity_id": made["alert_id"]}).json()["items"]
    assert [line["action"] for line in log] == ["deleted", "updated", "created"]


def test_a_key_makes_one_alert(company_a: Company) -> None:
    body = {"name": "Una", "query": QUERY, "condition": BELOW}
    key = {"Idempotency-Key": str(uuid4())}
    assert company_a.post("/api/alerts", body, headers=key).json() == company_a.post("/api/alerts", body, headers=key).json()  # fmt: skip
    problem(company_a.post("/api/alerts", body | {"name": "Dos"}, headers=key), 409, "idempotency_key_reused")


def test_a_value_of_the_last_days(company_a: Company, company_b: Company) -> None:
    made = _made(company_a)
    found = company_a.post(f"/api/alerts/{made['alert_id']}/test").json()
    assert (found["fires"], found["value"], found["measured"], found["unit"]) == (True, 700.0, 700.0, "absolute")
    assert found["time_range"] == {"start": "2026-11-10", "end": "2026-11-16"}
    assert found["text"].startswith("Ventas netas: ₡700")
    assert company_a.get(f"/api/alerts/{made['alert_id']}").json() == made
    other = _found(company_b, BELOW)
    assert (other["fires"], other["value"]) == (False, 700_000.0)
    assert other["text"].startswith("Sin aviso.")


@pytest.mark.parametrize(
    ("condition", "measured", "fires"),
    [
        ({"op": "changes_by", "value": -20, "unit": "percent"}, -40.0, True),
        ({"op": "changes_by", "value": -40, "unit": "percent"}, -40.0, True),
        ({"op": "changes_by", "value": -50, "unit": "percent"}, -40.0, False),
        ({"op": "changes_by", "value": 20, "unit": "percent"}, -40.0, False),
        ({"op": "changes_by", "value": -800}, -800.0, True),
        ({"op": "changes_by", "value": -801}, -800.0, False),
        ({"op": "lt", "value": 0}, -800.0, True),
        ({"op": "gt", "value": -40, "unit": "percent"}, -40.0, False),
        ({"op": "gte", "value": -40, "unit": "percent"}, -40.0, True),
        ({"op": "lte", "value": -41, "unit": "percent"}, -40.0, False),
    ],
)
def test_a_change_from_the_month_before(
    company_a: Company, condition: dict[str, Any], measured: float, fires: bool
) -> None:
    # 1 200 from 1 to 16 November, 2 000 from 1 to 16 October.
    found = _found(company_a, condition | {"comparison": "previous_period", "period": "this_month"})
    assert (found["value"], found["previous"]) == (1200.0, 2000.0)
    assert found["measured"] == pytest.approx(measured)
    assert found["fires"] is fires
    assert found["previous_range"] == {"start": "2026-10-01", "end": "2026-10-16"}
    if fires:
        assert "(antes ₡2" in found["text"]


def test_a_change_from_nothing_has_no_percentage(company_a: Company) -> None:
    condition = {"op": "changes_by", "value": 10, "comparison": "previous_year", "period": "this_month"}
    assert _found(company_a, condition | {"unit": "percent"})["fires"] is False
    assert _found(company_a, condition)["fires"] is True


def test_nothing_at_all_is_a_zero_of_a_sum(company_a: Company) -> None:
    found = _found(company_a, {"op": "lt", "value": 1, "period": "yesterday"})
    assert (found["value"], found["fires"]) == (0.0, True)
    average = _found(company_a, {"op": "lt", "value": 1, "period": "yesterday"}, metrics=["average_ticket"])
    assert (average["value"], average["fires"]) == (None, False)


def test_groups_are_measured_each(company_a: Company) -> None:
    found = _found(company_a, {"op": "gt", "value": 3000}, group_by=["sale_line__category"])
    assert [(row["group"], row["value"], row["fires"]) for row in found["rows"]] == [(["Cementos"], 3200.0, True)]
    assert found["text"].startswith("Ventas netas: Cementos: ₡3")


def test_a_ratio_is_measured_in_percent(company_a: Company) -> None:
    condition = {"op": "gte", "value": 50, "unit": "percent"}
    found = _found(company_a, condition, metrics=["win_rate"])
    assert (found["value"], found["fires"]) == (None, False)
    refused = company_a.post("/api/alerts", {"name": "X", "query": QUERY, "condition": condition})
    assert "condition.unit" in fields(problem(refused, 422))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"query": {"metrics": ["nada"]}}, "metrics"),
        ({"query": {"metrics": []}}, "query.metrics"),
        ({"query": {}}, "query.metrics"),
        ({"query": {"metrics": ["net_sales", "sales_count"]}}, "query.metrics"),
        ({"query": {"metrics": ["net_sales"], "group_by": ["organization_id"]}}, "group_by"),
        ({"condition": {"op": "changes_by", "value": 5}}, "condition"),
        ({"condition": {"op": "changes_by", "value": 0, "comparison": "previous_period", "period": "this_month"}}, "condition"),
        ({"condition": {"op": "lt", "value": 5, "comparison": "previous_period"}}, "condition"),
        ({"condition": {"op": "like", "value": 5}}, "condition.op"),
        ({"condition": {"op": "lt", "value": "mucho"}}, "condition.value"),
        ({"condition": {"op": "lt", "value": 1e300}}, "condition.value"),
        ({"condition": {"op": "lt", "value": 1, "period": "ayer"}}, "condition.period"),
        ({"schedule": "hourly"}, "schedule"),
        ({"channel": "paloma"}, "channel"),
        ({"name": ""}, "name"),
    ],
)  # fmt: skip
def test_alerts_that_are_none(company_a: Company, change: dict[str, Any], field: str) -> None:
    body = {"name": "X", "query": QUERY, "condition": BELOW} | change
    before = company_a.get("/api/alerts").json()["total"]
    for path in ("/api/alerts", "/api/alerts/preview"):
        assert field in fields(problem(company_a.post(path, body), 422))
    assert company_a.get("/api/alerts").json()["total"] == before


def test_sellers_change_their_own(company_a: Company, colleague: Callable[[Company, str], Company]) -> None:
    seller, viewer, manager = (colleague(company_a, role) for role in ("seller", "viewer", "manager"))
    owners, sellers = _made(company_a), _made(seller, name="La mía")
    body = {"name": "X", "query": QUERY, "condition": BELOW}
    problem(seller.put(f"/api/alerts/{owners['alert_id']}", body), 403)
    problem(seller.delete(f"/api/alerts/{owners['alert_id']}"), 403)
    problem(viewer.post("/api/alerts", body), 403)
    assert viewer.post(f"/api/alerts/{owners['alert_id']}/test").status_code == 200
    assert manager.put(f"/api/alerts/{sellers['alert_id']}", body).status_code == 200
    assert seller.delete(f"/api/alerts/{sellers['alert_id']}").status_code == 204


def test_another_organizations_alert_is_one_that_never_was(company_a: Company, company_b: Company) -> None:
    made = _made(company_a, name="Secreta de A")
    for method, suffix in (("GET", ""), ("DELETE", ""), ("POST", "/test")):
        foreign = company_b.request(method, f"/api/alerts/{made['alert_id']}{suffix}")
        assert problem(foreign, 404) == problem(company_b.request(method, f"/api/alerts/{NOBODY}{suffix}"), 404)
    assert "Secreta de A" not in company_b.get("/api/alerts").text


def test_filters(company_a: Company) -> None:
    weekly = _made(company_a, name="Semanal única", schedule="weekly", is_active=False)
    found = company_a.get("/api/alerts", params={"schedule": "weekly", "is_active": False, "q": "unica"}).json()
    assert [alert["alert_id"] for alert in found["items"]] == [weekly["alert_id"]]
    assert company_a.get("/api/alerts", params={"q": "unica", "is_active": True}).json()["total"] == 0


def test_an_alert_that_can_no_longer_be_asked_says_so(company_a: Company, settings: Settings) -> None:
    made = _made(company_a)
    with tenant_session(settings, company_a.tenant) as session:
        session.execute(
            text('update alerts set condition = \'{"op": "old"}\' where alert_id = :id'), {"id": made["alert_id"]}
        )
    problem(company_a.post(f"/api/alerts/{made['alert_id']}/test"), 409, "broken_alert")


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [("yesterday", "2026-11-15", "2026-11-15"), ("last_7_days", "2026-11-10", "2026-11-16"),
     ("this_month", "2026-11-01", "2026-11-16")],
)  # fmt: skip
def test_days_of_an_alert(period: Any, start: str, end: str) -> None:
    found = alert_dates(period, TODAY)
    assert found is not None
    assert [day.isoformat() for day in found] == [start, end]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "x"])
def test_numbers_that_are_none(value: Any) -> None:
    with pytest.raises(ValidationError):
        Condition(op="gt", value=value)
