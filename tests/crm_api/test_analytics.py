"""Metrics over HTTP: what was written through the API is what the metrics, the board and Kula tell."""

from collections.abc import Callable
from typing import Any

import pytest

from pymeai.templates.catalogue import template_names
from tests.crm_api.conftest import Company, fields, problem

# (day, amount, category, document): 2026-11-16 is the tests' business day.
SALES_A = [
    ("2026-10-20", 100_000.5, "Cementos", "invoice"),
    ("2026-11-02", 50_000, "Pinturas", "invoice"),
    ("2026-11-10", 20_000.25, "Cementos", "ticket"),
    ("2026-11-12", 5_000, "Pinturas", "credit_note"),
]
NOVEMBER = {"start": "2026-11-01", "end": "2026-11-30"}


@pytest.fixture(scope="module", autouse=True)
def filled(company_a: Company, company_b: Company, refresh_marts: Callable[..., None]) -> None:
    """Sales of both companies in the marts; B's would show in A's sums."""
    for company, sales, currency in (
        (company_a, SALES_A, {}),
        (company_b, [("2026-11-03", 999, "Ajena", "invoice")], {"currency": "USD", "exchange_rate": 505}),
    ):
        customer = company.post("/api/customers", {"company_name": "Constructora Peña"}).json()["customer_id"]
        for day, amount, category, document_type in sales:
            line = {"description": category, "category": category, "total": amount}
            body = {"sold_at": f"{day}T15:00:00-06:00", "lines": [line], "document_type": document_type}
            response = company.post("/api/sales", body | {"customer_id": customer} | currency)
            assert response.status_code == 201, response.text
        money = {"currency": "USD", "exchange_rate": 505} if currency else {}
        assert company.post("/api/opportunities", {"title": "Techo", "value": 10} | money).status_code == 201
    refresh_marts(company_a, company_b)


def _query(company: Company, **query: Any) -> dict[str, Any]:
    response = company.post("/api/analytics/query", query)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_sums_are_the_companys_own(company_a: Company, company_b: Company) -> None:
    answer = _query(company_a, metrics=["net_sales", "sales_count"], time_range=NOVEMBER)
    assert answer["rows"][0][0] == pytest.approx(65_000.25)
    assert answer["currency"] == "CRC"
    assert next(column["label"] for column in answer["columns"]) == "Ventas netas"
    assert _query(company_b, metrics=["net_sales"], time_range=NOVEMBER)["rows"] == [[999.0]]
    assert _query(company_b, metrics=["net_sales"])["currency"] == "USD"


def test_groups_come_in_order(company_a: Company) -> None:
    answer = _query(
        company_a, metrics=["net_sales"], group_by=["sale_line__category"], order=[{"field": "net_sales"}], limit=5
    )
    assert answer["rows"] == [["Cementos", 120_000.75], ["Pinturas", 45_000.0]]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"metrics": []},
        {"metrics": ["nada"]},
        {"metrics": ["net_sales"], "group_by": ["nada"]},
        {"metrics": ["net_sales"], "group_by": ["organization_id"]},
        {"metrics": ["net_sales"], "filters": [{"field": "customer__segment", "op": "="}]},
        {"metrics": ["net_sales"], "filters": [{"field": "customer__segment", "op": "eq", "value": "a\x00b"}]},
        {"metrics": ["net_sales"], "filters": [{"field": "x'; drop table users; --", "op": "eq", "value": "x"}]},
        {"metrics": ["net_sales"], "time_range": {"start": "2026-02-01", "end": "2026-01-01"}},
        {"metrics": ["net_sales"], "time_range": {"start": "ayer", "end": "hoy"}},
        {"metrics": ["net_sales"], "order": [{"field": "nada"}]},
        {"metrics": ["net_sales"], "limit": 0},
        {"metrics": ["net_sales"], "limit": 10_000_000},
        {"metrics": ["net_sales"], "tenant": "t_0123456789ab"},
        {"metrics": ["net_sales"], "comparison": "previous_period"},
        {
            "metrics": ["net_sales"],
            "comparison": "previous_year",
            "time_range": {"start": "0001-01-01", "end": "0001-02-01"},
        },
        {
            "metrics": ["net_sales"],
            "comparison": "previous_period",
            "time_range": {"start": "0001-01-02", "end": "9999-12-31"},
        },
    ],
)
def test_queries_that_cannot_be_answered(company_a: Company, query: dict[str, Any]) -> None:
    found = problem(company_a.post("/api/analytics/query", query), 422)
    assert "psycopg" not in str(found)
    assert "select" not in str(found).lower()


def test_the_catalogue_is_in_spanish(company_a: Company) -> None:
    found = company_a.get("/api/analytics/metrics").json()
    metrics = {item["name"]: item for item in found["metrics"]}
    dimensions = {item["name"]: item for item in found["dimensions"]}
    assert metrics["net_sales"]["label"] == "Ventas netas"
    assert "net_sales" in dimensions["sale_line__category"]["metrics"]
    assert {"metric_time", "customer__segment", "opportunity__stage"} <= set(dimensions)


def test_the_first_board_has_its_figures(company_a: Company) -> None:
    board = company_a.get("/api/analytics/dashboard").json()
    widgets = {widget["id"]: widget for widget in board["widgets"]}
    assert board["name"] == "Inicio"
    assert [widget["problem"] for widget in board["widgets"]] == [None] * 7
    assert widgets["ventas"]["time_range"] == {"start": "2026-10-18", "end": "2026-11-16"}
    assert widgets["ventas"]["result"]["rows"][0][0] == pytest.approx(165_000.75)
    assert widgets["ventas_por_categoria"]["result"]["rows"] == [["Cementos", 120_000.75], ["Pinturas", 45_000.0]]
    assert widgets["embudo"]["result"]["rows"] == [["Solicitud", 0, 10.0]]
    assert widgets["mejores_clientes"]["result"]["rows"] == [["Constructora Peña", 165_000.75]]
    by_month = widgets["ventas_por_mes"]["result"]["rows"]
    assert [row for row in by_month if row[1]] == [["2026-10-01", 100_000.5], ["2026-11-01", 65_000.25]]


def test_every_templates_board_can_be_asked(
    register: Callable[..., Company], refresh_marts: Callable[..., None]
) -> None:
    companies = [register(f"Plantilla {industry}", industry) for industry in template_names()]
    stages = {}
    for company in companies:
        assert company.post("/api/customers", {"first_name": "Ana"}).status_code == 201
        stages[company.email] = company.get("/api/pipelines").json()["items"][0]["stages"]
        # The later the stage, the more it is worth: by value the funnel would stand on its head.
        for value, stage in enumerate(stages[company.email], 1):
            body = {"title": f"En {stage['name']}", "value": 1000 * value, "stage_id": stage["stage_id"]}
            body |= {"lost_reason": "Precio"} if stage["kind"] == "lost" else {}
            assert company.post("/api/opportunities", body).status_code == 201
    refresh_marts(*companies)
    for company in companies:
        widgets = company.get("/api/analytics/dashboard").json()["widgets"]
        assert [(widget["id"], widget["problem"]) for widget in widgets if widget["problem"]] == []
        funnel = next(widget for widget in widgets if widget["id"] == "embudo")["result"]["rows"]
        still_open = [stage["name"] for stage in stages[company.email][:-2]]
        assert funnel == [[name, place, 1000.0 * (place + 1)] for place, name in enumerate(still_open)]


def test_a_widget_that_no_longer_can_be_asked_spoils_no_other(register: Callable[..., Company]) -> None:
    company = register("Widget roto")
    board = company.get("/api/dashboards").json()["items"][0]
    widgets = [*board["widgets"], board["widgets"][0] | {"id": "roto", "query": {"metrics": ["ya_no_existe"]}}]
    changed = company.put(
        f"/api/dashboards/{board['dashboard_id']}", {"name": "Inicio", "is_favorite": True, "widgets": widgets}
    )
    assert changed.status_code == 200
    found = company.get("/api/analytics/dashboard").json()["widgets"]
    assert [widget["problem"] is None for widget in found] == [True] * 8 + [False]


def test_kula_and_the_metrics_tell_the_same(company_a: Company) -> None:
    reply = company_a.post("/api/kula/query", {"question": "¿Cuánto vendí en noviembre de 2026 por categoría?"}).json()
    assert reply["kind"] == "answer", reply
    asked = _query(company_a, metrics=["net_sales"], group_by=["sale_line__category"], time_range=NOVEMBER)
    assert sorted(reply["rows"]) == sorted(asked["rows"]) == [["Cementos", 20_000.25], ["Pinturas", 45_000.0]]
    assert reply["engine"] == "offline"
    assert "₡" in reply["text"] or reply["text"]


def test_what_one_may_not_ask_of_the_marts(company_a: Company) -> None:
    body = {"metrics": ["net_sales"], "group_by": ["customer__name"] * 7}
    assert "group_by" in fields(problem(company_a.post("/api/analytics/query", body), 422))
