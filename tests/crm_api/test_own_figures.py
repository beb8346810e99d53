"""Where sellers see only what is theirs, figures cover only that: metrics, analyses, alerts, boards and Kula."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.crm_api.conftest import Company

ALL, ONE, TWO = "all", "one", "two"
EVER = "start=2020-01-01&end=2099-12-31"
# Customer -> whose it is and what was bought, by whom. `None` is nobody's.
CUSTOMERS: dict[str, tuple[str | None, list[tuple[str | None, int]]]] = {
    "Cliente Uno": (ONE, [(ONE, 100)]),
    "Cliente Dos": (TWO, [(TWO, 2_000)]),
    # The first seller sold something to a customer of the second one's.
    "Cliente Ajeno": (TWO, [(ONE, 30)]),
    "Cliente Libre": (None, [(None, 5)]),
}
OPPORTUNITIES: dict[str, tuple[str | None, int]] = {
    "Venta de Uno": (ONE, 10),
    "Venta de Dos": (TWO, 700),
    "Venta Libre": (None, 4),
}


@dataclass
class Office:
    """An owner, two sellers who see only what is theirs, and a viewer."""

    people: dict[str, Company]

    def ask(self, person: str, **query: Any) -> list[list[Any]]:
        response = self.people[person].post("/api/analytics/query", query)
        assert response.status_code == 200, response.text
        rows: list[list[Any]] = response.json()["rows"]
        return rows

    def get(self, person: str, path: str) -> dict[str, Any]:
        response = self.people[person].get(path)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found


@pytest.fixture(scope="module")
def office(
    register: Callable[..., Company],
    colleague: Callable[[Company, str], Company],
    refresh_marts: Callable[..., None],
) -> Office:
    owner = register("Cada uno con lo suyo")
    people = {ALL: owner, ONE: colleague(owner, "seller"), TWO: colleague(owner, "seller"), "viewer": colleague(owner, "viewer")}  # fmt: skip
    users = {name: str(person.user_id) for name, person in people.items()}
    assert owner.put("/api/organization", {"settings": {"sellers_see": "own"}}).status_code == 200
    for name, (holder, sales) in CUSTOMERS.items():
        body = {"company_name": name, "owner_user_id": users[holder] if holder else None}
        key = owner.post("/api/customers", body).json()["customer_id"]
        for seller, amount in sales:
            sale = {
                "customer_id": key,
                "sold_at": "2026-11-10T12:00:00-06:00",
                "user_id": users[seller] if seller else None,
                "lines": [{"description": f"Producto de {name}", "total": amount}],
            }
            assert owner.post("/api/sales", sale).status_code == 201
        contact = {"type": "Llamada", "date_time": "2026-11-10T12:00:00-06:00"}
        assert people[holder or ALL].post(f"/api/customers/{key}/interactions", contact).status_code == 201
    for title, (holder, value) in OPPORTUNITIES.items():
        body = {"title": title, "value": value, "user_id": users[holder] if holder else None}
        assert owner.post("/api/opportunities", body).status_code == 201
    refresh_marts(owner)
    return Office(people)


def test_sales_by_customer(office: Office) -> None:
    query = {"metrics": ["net_sales"], "group_by": ["customer__name"], "order": [{"field": "net_sales"}]}
    everything = [["Cliente Dos", 2000.0], ["Cliente Uno", 100.0], ["Cliente Ajeno", 30.0], ["Cliente Libre", 5.0]]
    assert office.ask(ALL, **query) == everything
    assert office.ask("viewer", **query) == everything
    # Their own sale counts, without the name of whom they do not see.
    assert office.ask(ONE, **query) == [["Cliente Uno", 100.0], [None, 30.0], ["Cliente Libre", 5.0]]
    assert office.ask(TWO, **query) == [["Cliente Dos", 2000.0], ["Cliente Libre", 5.0]]


@pytest.mark.parametrize(
    ("metric", "of_all", "of_one", "of_two"),
    [
        ("net_sales", 2135, 135, 2005),
        ("sales_count", 4, 3, 2),
        ("customers_count", 4, 2, 3),
        ("opportunities_count", 3, 2, 2),
        ("open_value", 714, 14, 704),
        ("interactions_count", 4, 2, 3),
    ],
)
def test_totals(office: Office, metric: str, of_all: int, of_one: int, of_two: int) -> None:
    found = [office.ask(person, metrics=[metric])[0][0] for person in (ALL, ONE, TWO)]
    assert found == [of_all, of_one, of_two]
    compared = {
        "metrics": [metric],
        "time_range": {"start": "2026-11-01", "end": "2026-11-30"},
        "comparison": "previous_period",
    }
    if metric in {"net_sales", "sales_count", "interactions_count"}:
        rows = [office.ask(person, **compared)[0] for person in (ALL, ONE, TWO)]
        assert [row[0] for row in rows] == [of_all, of_one, of_two]


def test_names_that_are_groups(office: Office) -> None:
    for group, metric in (
        ("customer__name", "customers_count"),
        ("opportunity__title", "opportunities_count"),
        ("sale_line__product", "net_sales"),
    ):
        query = {"metrics": [metric], "group_by": [group]}
        assert any("Dos" in str(row[0]) for row in office.ask(ALL, **query))
        seen = {row[0] for row in office.ask(ONE, **query)}
        assert not any("Dos" in str(name) for name in seen), seen
        assert any("Uno" in str(name) for name in seen)
        assert any("Libre" in str(name) for name in seen)
    hidden = {"field": "customer__name", "op": "eq", "value": "Cliente Dos"}
    assert office.ask(ONE, metrics=["net_sales"], filters=[hidden]) in ([], [[None]])


def test_segments(office: Office) -> None:
    path = "/api/analytics/customers/segments?start=2026-11-01&end=2026-11-30"
    assert [office.get(person, path)["customers"] for person in (ALL, ONE, TWO)] == [4, 2, 3]
    sold = [sum(item["net_sales"] for item in office.get(person, path)["items"]) for person in (ALL, ONE, TWO)]
    # Sold to customers whom one sees.
    assert sold == [2135, 105, 2005]
    # The monthly results are the whole organization's.
    assert office.get(ONE, path)["history"] == []


def test_pipelines_and_conversion(office: Office) -> None:
    for person, number, value in ((ALL, 3, 714), (ONE, 2, 14), (TWO, 2, 704)):
        (pipeline,) = office.get(person, f"/api/analytics/pipeline/performance?{EVER}")["items"]
        assert (pipeline["open_opportunities"], pipeline["open_value"]) == (number, value)
        assert pipeline["stages"][0]["entered"] == number
        (funnel,) = office.get(person, f"/api/analytics/opportunities/conversion?{EVER}")["funnels"]
        assert (funnel["opened"], funnel["stages"][0]["reached"]) == (number, number)


def test_alerts(office: Office) -> None:
    alert = {
        "name": "Mejor cliente",
        "query": {
            "metrics": ["net_sales"],
            "group_by": ["customer__name"],
            "order": [{"field": "net_sales"}],
            "limit": 1,
        },
        "condition": {"op": "gt", "value": 1, "unit": "absolute", "period": "all"},
        "schedule": "daily",
        "channel": "app",
    }
    kept = office.people[ALL].post("/api/alerts", alert)
    assert kept.status_code == 201, kept.text
    key = kept.json()["alert_id"]
    for person, name in ((ALL, "Cliente Dos"), (ONE, "Cliente Uno")):
        for path, body in (("/api/alerts/preview", alert), (f"/api/alerts/{key}/test", None)):
            response = office.people[person].post(path, body)
            assert response.status_code == 200, response.text
            assert response.json()["rows"][0]["group"] == [name]


def test_boards(office: Office) -> None:
    widget = {"id": "mejores", "title": "Mejores clientes", "chart": "bar", "period": "all", "x": 0, "y": 0, "w": 6, "h": 4, "query": {"metrics": ["net_sales"], "group_by": ["customer__name"]}}  # fmt: skip
    made = office.people[ALL].post("/api/dashboards", {"name": "Clientes", "shared": True, "widgets": [widget]})
    assert made.status_code == 201, made.text
    path = f"/api/analytics/dashboard?dashboard_id={made.json()['dashboard_id']}"
    for person, seen in ((ALL, True), (ONE, False), (TWO, True)):
        (shown,) = office.get(person, path)["widgets"]
        names = {row[0] for row in shown["result"]["rows"]}
        assert ("Cliente Dos" in names) is seen
        assert "Cliente Libre" in names


def test_kula(office: Office) -> None:
    def ask(person: str, question: str) -> dict[str, Any]:
        response = office.people[person].post("/api/kula/query", {"question": question})
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    best = "¿Quiénes son mis mejores clientes?"
    everything = ask(ALL, best)
    assert everything["kind"] == "answer"
    assert {row[0] for row in everything["rows"]} == set(CUSTOMERS)
    # The owner asked first: what Kula kept of all is nothing for a seller.
    assert {row[0] for row in ask(ONE, best)["rows"]} == {"Cliente Uno", "Cliente Libre"}
    assert {row[0] for row in ask(TWO, best)["rows"]} == {"Cliente Dos", "Cliente Libre"}
    named = ask(ONE, "ventas de Cliente Dos")
    assert "Cliente Dos" not in str(named["options"])
    assert "2000" not in str(named["rows"]) + named["text"]
    assert ask(ALL, "ventas netas")["rows"] == [[2135.0]]
    assert ask(ONE, "ventas netas")["rows"] == [[135.0]]
