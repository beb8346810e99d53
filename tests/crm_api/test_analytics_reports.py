"""Segments, pipelines, conversion and recommendations against figures computed by hand. Today is 2026-11-16."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session
from tests.crm_api.conftest import Company, fields, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"
NOVEMBER = {"start": "2026-11-01", "end": "2026-11-30"}


@dataclass
class Filled:
    """A company with a known history, beside another one with its own."""

    company: Company
    pipeline_id: str
    stages: dict[str, str]
    customers: dict[str, str]
    opportunities: dict[str, str]


# title -> (value, created, [(stage, entered)…]); the stages are those of the template «general».
HISTORY: dict[str, tuple[int, str, list[tuple[str, str]]]] = {
    "Ganada": (1000, "2026-11-02", [("Contacto", "2026-11-02"), ("Propuesta", "2026-11-04"), ("Ganada", "2026-11-10")]),
    "Perdida": (500, "2026-11-03", [("Contacto", "2026-11-03"), ("Propuesta", "2026-11-05"), ("Perdida", "2026-11-09")]),
    "Devuelta": (200, "2026-11-04", [("Contacto", "2026-11-04"), ("Negociación", "2026-11-06"), ("Contacto", "2026-11-12")]),
    "Abierta": (300, "2026-11-05", [("Contacto", "2026-11-05"), ("Propuesta", "2026-11-11")]),
    "Vieja": (900, "2026-08-01", [("Contacto", "2026-08-01"), ("Ganada", "2026-10-15")]),
}  # fmt: skip


@pytest.fixture(scope="module")
def filled(register: Callable[..., Company], settings: Settings, refresh_marts: Callable[..., None]) -> Filled:
    company, other = register("Analizada"), register("La otra")
    pipeline = company.get("/api/pipelines").json()["items"][0]
    stages = {stage["name"]: stage["stage_id"] for stage in pipeline["stages"]}
    opportunities = {}
    for title, (value, created, steps) in HISTORY.items():
        made = company.post("/api/opportunities", {"title": title, "value": value, "currency": "CRC", "source": "Web"})
        key = opportunities[title] = made.json()["opportunity_id"]
        for stage, _ in steps[1:]:
            body = {"stage_id": stages[stage]} | ({"lost_reason": "Precio"} if stage == "Perdida" else {})
            moved = company.put(f"/api/opportunities/{key}/stage", body)
            assert moved.status_code == 200, moved.text
        _date_back(settings, company, key, created, [day for _, day in steps])
    for number in range(3):
        other.post("/api/opportunities", {"title": f"Ajena {number}", "value": 7, "currency": "CRC"})
    customers = {}
    for name, days in {"Frecuente": ["2026-10-01", "2026-10-15", "2026-10-29", "2026-11-12"], "Nueva": ["2026-11-10"], "Sin compras": []}.items():  # fmt: skip
        body = {"first_name": name, "phone": "8888-7777", "last_name": "Mora"}
        customers[name] = company.post("/api/customers", body).json()["customer_id"]
        for day in days:
            sale = {
                "sold_at": f"{day}T12:00:00-06:00",
                "amount": 100,
                "currency": "CRC",
                "customer_id": customers[name],
            }
            assert company.post("/api/sales", sale).status_code == 201
    company.post("/api/sales", {"sold_at": "2026-11-11T12:00:00-06:00", "amount": 10_000, "currency": "CRC"})
    refresh_marts(company, other)
    return Filled(company, pipeline["pipeline_id"], stages, customers, opportunities)


def _date_back(settings: Settings, company: Company, key: str, created: str, days: list[str]) -> None:
    """Let what was done just now have happened on these days, at noon."""
    with tenant_session(settings, company.tenant) as session:
        moves = session.execute(
            text("select history_id from stage_history where opportunity_id = :key order by changed_at, history_id"),
            {"key": key},
        ).scalars()
        for history_id, day, following in zip(list(moves), days, [*days[1:], None], strict=True):
            session.execute(
                text(
                    "update stage_history set changed_at = cast(:day as timestamptz) + interval '18 hours', time_in_stage = "
                    "extract(epoch from cast(:following as timestamptz) - cast(:day as timestamptz)) where history_id = :id"
                ),
                {"day": f"{day}T00:00:00Z", "following": following and f"{following}T00:00:00Z", "id": history_id},
            )
        session.execute(
            text(
                "update opportunities set created_at = cast(:created as timestamptz), last_stage_change = cast(:last as timestamptz), "
                "won_at = case when status = 'won' then cast(:last as timestamptz) end, "
                "lost_at = case when status = 'lost' then cast(:last as timestamptz) end where opportunity_id = :key"
            ),
            {"created": f"{created}T18:00:00Z", "last": f"{days[-1]}T18:00:00Z", "key": key},
        )


def _answer(filled: Filled, path: str, **parameters: Any) -> dict[str, Any]:
    response = filled.company.get(f"/api/analytics/{path}", params=parameters)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_conversion_of_a_month(filled: Filled) -> None:
    found = _answer(filled, "opportunities/conversion", **NOVEMBER)
    assert found["totals"] == {
        "opened": 4,
        "won": 1,
        "lost": 1,
        "win_rate": 0.5,
        "won_value": 1000.0,
        "lost_value": 500.0,
        "average_days_to_close": 8.0,
    }
    assert found["previous"]["won"] == 1
    assert found["previous"]["won_value"] == 900.0
    assert found["previous"]["opened"] == 0
    assert found["previous_range"] == {"start": "2026-10-01", "end": "2026-10-31"}
    (group,) = found["groups"]
    assert (group["name"], group["opened"], group["won"]) == (found["funnels"][0]["pipeline"], 4, 1)
    assert [(month["month"], month["won"]) for month in found["months"]] == [("2026-11-01", 1)]
    assert found["lost_reasons"] == [{"reason": "Precio", "opportunities": 1, "value": 500.0}]
    (funnel,) = found["funnels"]
    assert funnel["opened"] == 4
    assert [(stage["stage"], stage["reached"], stage["share"]) for stage in funnel["stages"]] == [
        ("Contacto", 4, 1.0),
        ("Propuesta", 4, 1.0),
        ("Negociación", 2, 0.5),
        ("Ganada", 1, 0.25),
    ]
    assert found["currency"] == "CRC"
    assert found["data_as_of"] is not None


@pytest.mark.parametrize(("by", "name"), [("source", "Web"), ("seller", None), ("product", None)])
def test_conversion_by_something_else(filled: Filled, by: str, name: str | None) -> None:
    found = _answer(filled, "opportunities/conversion", by=by, **NOVEMBER)
    group = found["groups"][0]
    assert (group["name"], group["opened"], group["won"], group["lost"]) == (name, 4, 1, 1)


def test_conversion_of_one_pipeline(filled: Filled) -> None:
    found = _answer(filled, "opportunities/conversion", pipeline_id=filled.pipeline_id, period="last_12_months")
    assert (found["totals"]["opened"], found["totals"]["won"]) == (5, 2)
    assert found["time_range"] == {"start": "2025-12-01", "end": "2026-11-16"}
    everything = _answer(filled, "opportunities/conversion", period="all")
    assert everything["totals"] == found["totals"]
    assert (everything["previous"], everything["time_range"]) == (None, None)


def test_performance_of_a_month(filled: Filled) -> None:
    (pipeline,) = _answer(filled, "pipeline/performance", **NOVEMBER)["items"]
    stages = {stage["stage"]: stage for stage in pipeline["stages"]}
    assert list(stages)[:3] == ["Contacto", "Propuesta", "Negociación"]
    moved = {
        name: [stage[key] for key in ("entered", "advanced", "returned", "lost")] for name, stage in stages.items()
    }
    assert moved["Contacto"] == [5, 4, 0, 0]
    assert moved["Propuesta"] == [3, 1, 0, 1]
    assert moved["Negociación"] == [1, 0, 1, 0]
    assert moved["Ganada"] == [1, 0, 0, 0]
    assert moved["Perdida"] == [1, 0, 0, 0]
    assert stages["Propuesta"]["advance_rate"] == 0.5
    # 2, 2, 2 and 6 days in «Contacto»; 6 and 4 in «Propuesta».
    assert stages["Contacto"]["median_days"] == 2.0
    assert stages["Propuesta"]["median_days"] == 5.0
    assert stages["Perdida"]["median_days"] is None
    assert [stages[name]["open_value"] for name in ("Contacto", "Propuesta", "Negociación")] == [200.0, 300.0, 0.0]
    assert (pipeline["open_opportunities"], pipeline["open_value"]) == (2, 500.0)
    assert pipeline["weighted_value"] == pytest.approx(200 * 0.1 + 300 * 0.4)


def test_performance_of_all_time_and_of_another_month(filled: Filled) -> None:
    (ever,) = _answer(filled, "pipeline/performance", period="all")["items"]
    assert ever["stages"][0]["entered"] == 6
    (october,) = _answer(filled, "pipeline/performance", start="2026-10-01", end="2026-10-31")["items"]
    moved = [(stage["stage"], stage["entered"], stage["advanced"]) for stage in october["stages"]]
    assert [move for move in moved if any(move[1:])] == [("Contacto", 0, 1), ("Ganada", 1, 0)]


def test_segments(filled: Filled) -> None:
    found = _answer(filled, "customers/segments", **NOVEMBER)
    assert found["customers"] == 3
    assert sum(item["customers"] for item in found["items"]) == 3
    assert sum(item["customers_share"] for item in found["items"]) == pytest.approx(1)
    # 100 each of two customers; what the till sold to nobody is no segment's.
    assert sum(item["net_sales"] for item in found["items"]) == 200.0
    assert sum(item["sales_count"] for item in found["items"]) == 2
    by_segment = {item["segment"]: item for item in found["items"]}
    assert by_segment["nuevo"]["label"] == "Nuevo"
    assert found["history"][-1]["month"] == "2026-11-01"
    assert found["history"][-1]["customers"] == {
        segment: item["customers"] for segment, item in by_segment.items() if segment
    }
    year = _answer(filled, "customers/segments")
    assert sum(item["net_sales"] for item in year["items"]) == 500.0


def test_the_lists_of_customers_have_the_same_segments(filled: Filled) -> None:
    analysed = {item["segment"]: item["customers"] for item in _answer(filled, "customers/segments")["items"]}
    listed = filled.company.get("/api/customers/segments").json()
    assert {item["segment"]: item["customers"] for item in listed["items"]} == analysed
    assert listed["total"] == len(analysed)
    for segment, number in analysed.items():
        page = filled.company.get(f"/api/customers/segments/{segment}").json()
        assert page["total"] == number
        assert {customer["segment"] for customer in page["items"]} == {segment}
    assert filled.company.get("/api/customers/segments/ninguno").json()["items"] == []


@pytest.mark.parametrize("path", ["pipeline/performance", "opportunities/conversion"])
def test_a_pipeline_that_is_none(filled: Filled, company_b: Company, path: str) -> None:
    missing = problem(filled.company.get(f"/api/analytics/{path}", params={"pipeline_id": NOBODY}), 404)
    foreign = company_b.get(f"/api/analytics/{path}", params={"pipeline_id": filled.pipeline_id})
    assert problem(foreign, 404) == missing


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"period": "mañana"}, "period"),
        ({"start": "2026-01-01"}, "end"),
        ({"end": "2026-01-01"}, "start"),
        ({"start": "2026-02-01", "end": "2026-01-01"}, "start"),
        ({"period": "all", "start": "2026-01-01", "end": "2026-01-02"}, "period"),
        ({"start": "0001-01-01", "end": "2026-01-01"}, "start"),
        ({"start": "2026-01-01", "end": "9999-12-31"}, "end"),
        ({"start": "2026-02-30", "end": "2026-03-01"}, "start"),
    ],
)
@pytest.mark.parametrize(
    "path", ["dashboard", "customers/segments", "pipeline/performance", "opportunities/conversion"]
)
def test_periods_that_are_none(filled: Filled, path: str, parameters: dict[str, str], field: str) -> None:
    assert field in fields(problem(filled.company.get(f"/api/analytics/{path}", params=parameters), 422, "invalid"))


@pytest.mark.parametrize(
    "days", [{"start": "1900-01-01", "end": "2200-12-31"}, {"start": "1900-01-01", "end": "1900-01-01"}]
)
@pytest.mark.parametrize(
    "path", ["dashboard", "customers/segments", "pipeline/performance", "opportunities/conversion"]
)
def test_the_longest_and_the_earliest_period(filled: Filled, path: str, days: dict[str, str]) -> None:
    _answer(filled, path, **days)


def test_the_board_of_another_period(filled: Filled) -> None:
    widget = {"id": "v", "title": "Ventas", "chart": "kpi", "w": 3, "h": 2, "period": "last_30_days"}
    widget["query"] = {"metrics": ["net_sales"], "comparison": "previous_period"}
    made = filled.company.post("/api/dashboards", {"name": "Ventas", "widgets": [widget]}).json()
    key = made["dashboard_id"]
    own = _answer(filled, "dashboard", dashboard_id=key)["widgets"][0]
    assert own["result"]["rows"][0][0] == 10_400.0 - 100.0
    october = _answer(filled, "dashboard", dashboard_id=key, start="2026-10-01", end="2026-10-31")["widgets"][0]
    assert october["result"]["rows"][0][0] == 300.0
    ever = _answer(filled, "dashboard", dashboard_id=key, period="all")["widgets"][0]
    # The two won opportunities wrote their sales, on the day that it really is.
    assert (ever["result"]["rows"][0][0], ever["problem"], ever["time_range"]) == (10_500.0 + 1900.0, None, None)
    problem(filled.company.get("/api/analytics/dashboard", params={"dashboard_id": NOBODY}), 404)


@pytest.fixture
def today_work(filled: Filled, settings: Settings) -> Filled:
    """Reasons to write to people: a follow-up three days late, a step due today, a stalled opportunity, somebody at risk."""
    company, customers = filled.company, filled.customers
    with tenant_session(settings, company.tenant, user_id=company.user_id) as session:
        session.execute(text("delete from interactions"))
        session.execute(
            text(
                "insert into interactions (customer_id, user_id, type, followup_date, followup_done_at) values "
                "(:new, :me, 'Llamada', '2026-11-13', null), (:none, :me, 'Visita', '2026-11-17', null), "
                "(:none, :me, 'Visita', '2026-11-10', now())"
            ),
            {"new": customers["Nueva"], "none": customers["Sin compras"], "me": company.user_id},
        )
        session.execute(
            text(
                "update opportunities set customer_id = :none, next_step_at = '2026-11-16T15:00:00Z' where title = 'Abierta'"
            ),
            {"none": customers["Sin compras"]},
        )
        session.execute(
            text(
                "update opportunities set customer_id = :often, last_stage_change = '2026-08-01T15:00:00Z' where title = 'Devuelta'"
            ),
            {"often": customers["Frecuente"]},
        )
    return filled


def test_whom_to_write_to_today(today_work: Filled) -> None:
    found = _answer(today_work, "recommendations")
    assert found["today"] == "2026-11-16"
    items = {item["name"]: item for item in found["items"]}
    assert [item["name"] for item in found["items"]] == ["Nueva Mora", "Sin compras Mora", "Frecuente Mora"]
    new, step, often = items["Nueva Mora"], items["Sin compras Mora"], items["Frecuente Mora"]
    assert [reason["kind"] for reason in new["reasons"]] == ["followup_due"]
    assert new["reasons"][0]["text"] == "Tiene un seguimiento pendiente para el 13/11/2026 (hace 3 días): Llamada."
    assert [reason["kind"] for reason in step["reasons"]] == ["next_step_due"]
    assert step["reasons"][0]["text"] == "El próximo paso de «Abierta» es hoy."
    assert step["reasons"][0]["opportunity_id"] == today_work.opportunities["Abierta"]
    assert "stalled" in [reason["kind"] for reason in often["reasons"]]
    assert "«Devuelta» lleva 107 días en la etapa Contacto, más de lo previsto." in str(often["reasons"])
    link = urlsplit(new["whatsapp"])
    assert (link.netloc, link.path) == ("wa.me", "/50688887777")
    assert parse_qs(link.query)["text"] == [new["message"]]
    assert new["message"].startswith("Hola Nueva, ")
    assert _answer(today_work, "recommendations", limit=1)["items"] == [new]
    assert _answer(today_work, "recommendations", limit=1)["total"] == 3


def test_those_who_stay_away_come_with_the_segmentations_words(
    register: Callable[..., Company], refresh_marts: Callable[..., None]
) -> None:
    company = register("Riesgo")
    key = company.post("/api/customers", {"company_name": "Constructora Tarda", "phone": "2222-3333"}).json()[
        "customer_id"
    ]
    for day in ("2026-06-01", "2026-06-11", "2026-06-21", "2026-07-01", "2026-07-11", "2026-07-21"):
        sale = {"sold_at": f"{day}T12:00:00-06:00", "amount": 5000, "currency": "CRC", "customer_id": key}
        assert company.post("/api/sales", sale).status_code == 201
    refresh_marts(company)
    (item,) = company.get("/api/analytics/recommendations").json()["items"]
    assert item["name"] == "Constructora Tarda"
    assert item["reasons"][0]["kind"] in {"losing", "at_risk"}
    assert item["reasons"][0]["text"].endswith(".")
    assert item["message"].startswith("Hola Constructora Tarda, ¿cómo está?")
    assert item["lifetime_value"] == 30_000.0


def test_who_said_no_to_whatsapp_gets_no_link(today_work: Filled) -> None:
    path = f"/api/customers/{today_work.customers['Nueva']}"
    assert today_work.company.put(path, {"consent": {"whatsapp": {"granted": False}}}).status_code == 200
    items = _answer(today_work, "recommendations")["items"]
    assert next(item for item in items if item["name"] == "Nueva Mora")["whatsapp"] is None
    today_work.company.put(path, {"consent": {"whatsapp": {"granted": True}}})


def test_mine_are_mine(today_work: Filled, colleague: Callable[[Company, str], Company]) -> None:
    seller = colleague(today_work.company, "seller")
    assert seller.get("/api/analytics/recommendations").json()["total"] == 3
    assert seller.get("/api/analytics/recommendations", params={"mine": True}).json()["items"] == []
    today_work.company.put(f"/api/customers/{today_work.customers['Nueva']}", {"owner_user_id": str(seller.user_id)})
    mine = seller.get("/api/analytics/recommendations", params={"mine": True}).json()["items"]
    assert [item["name"] for item in mine] == ["Nueva Mora"]


def test_nobody_elses_customers_are_recommended(today_work: Filled, company_b: Company) -> None:
    assert company_b.get("/api/analytics/recommendations").json()["items"] == []
