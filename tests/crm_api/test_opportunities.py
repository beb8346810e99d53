"""Opportunities: create, move, history."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.crm_api.conftest import Company, fields, problem
from tests.crm_api.opportunities import create_opportunity, stages_of

NOBODY = "0190a000-0000-7000-8000-000000000000"


def test_an_opportunity_enters_the_first_stage(company_a: Company) -> None:
    created = create_opportunity(company_a, value=1500000, product="Zinc", expected_close_date="2026-12-01")
    assert created["stage_id"] == stages_of(company_a)["Solicitud"]
    assert (created["status"], created["value"], created["currency"]) == ("open", 1500000.0, "CRC")
    history = company_a.get(f"/api/opportunities/{created['opportunity_id']}/history").json()
    assert [move["stage_id"] for move in history["items"]] == [created["stage_id"]]


def test_moving_writes_status_times_and_history(company_a: Company) -> None:
    stages = stages_of(company_a)
    path = f"/api/opportunities/{create_opportunity(company_a)['opportunity_id']}"
    quoted = company_a.put(
        f"{path}/stage", {"stage_id": stages["Cotizada"], "notes": "Enviada", "board_position": 2.5}
    ).json()
    assert (quoted["status"], quoted["board_position"]) == ("open", 2.5)
    lost = company_a.put(f"{path}/stage", {"stage_id": stages["Perdida"], "lost_reason": "Precio"}).json()
    assert (lost["status"], lost["lost_reason"]) == ("lost", "Precio")
    assert lost["lost_at"] is not None
    assert lost["won_at"] is None
    won = company_a.put(f"{path}/stage", {"stage_id": stages["Ganada"]}).json()
    assert (won["status"], won["lost_reason"], won["lost_at"]) == ("won", None, None)
    moves = company_a.get(f"{path}/history").json()["items"]
    assert [move["stage_id"] for move in moves] == [stages[n] for n in ("Solicitud", "Cotizada", "Perdida", "Ganada")]
    assert [move["notes"] for move in moves] == [None, "Enviada", None, None]
    assert [move["time_in_stage"] is None for move in moves] == [False, False, False, True]
    assert moves[1]["user_id"] == str(company_a.user_id)


def test_a_stage_of_another_pipeline_or_company_is_none(company_a: Company, company_b: Company) -> None:
    path = f"/api/opportunities/{create_opportunity(company_a)['opportunity_id']}/stage"
    foreign = next(iter(stages_of(company_b).values()))
    answers = [company_a.put(path, {"stage_id": key}) for key in (foreign, NOBODY)]
    assert answers[0].json() == answers[1].json()
    assert fields(problem(answers[0], 422)) == {"stage_id": "Esa etapa no existe."}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": None}, "title"),
        ({"title": " "}, "title"),
        ({"value": -1}, "value"),
        ({"value": "x"}, "value"),
        ({"currency": "EUR"}, "currency"),
        ({"stage_id": NOBODY}, "stage_id"),
        ({"pipeline_id": NOBODY}, "pipeline_id"),
        ({"customer_id": NOBODY}, "customer_id"),
        ({"user_id": NOBODY}, "user_id"),
        ({"probability_override": 101}, "probability_override"),
        ({"expected_close_date": "31/12/2026"}, "expected_close_date"),
        ({"expected_close_date": "0001-01-01"}, "expected_close_date"),
        ({"next_step_at": "2101-01-01T00:00:00"}, "next_step_at"),
        ({"status": "won"}, "status"),
        ({"custom_fields": {"fecha_entrega": "31/12/2026"}}, "custom_fields.fecha_entrega"),
    ],
)
def test_bad_values_are_named_in_spanish(company_a: Company, values: dict[str, Any], field: str) -> None:
    found = problem(company_a.post("/api/opportunities", {"title": "X"} | values), 422, "invalid")
    assert list(fields(found)) == [field]


@pytest.mark.parametrize("change", [{"title": None}, {"value": None}, {"user_id": NOBODY}, {"stage_id": NOBODY}])
def test_bad_changes_change_nothing(company_a: Company, change: dict[str, Any]) -> None:
    created = create_opportunity(company_a)
    path = f"/api/opportunities/{created['opportunity_id']}"
    problem(company_a.put(path, {"description": "x"} | change), 422, "invalid")
    assert company_a.get(path).json() == created


def test_change_with_etag_and_delete(company_a: Company) -> None:
    path = f"/api/opportunities/{create_opportunity(company_a)['opportunity_id']}"
    tag = company_a.get(path).headers["etag"]
    changed = company_a.put(path, {"value": 99.5, "description": "Con mano de obra"}, headers={"If-Match": tag})
    assert changed.json()["value"] == 99.5
    problem(company_a.put(path, {"value": 1}, headers={"If-Match": tag}), 412)
    problem(company_a.put(f"{path}/stage", {"stage_id": stages_of(company_a)["Orden"]}, headers={"If-Match": tag}), 412)
    assert company_a.delete(path).status_code == 204
    problem(company_a.get(path), 404)


def test_lists_filter_search_and_sort(register: Callable[..., Company]) -> None:
    company = register("Lista de oportunidades")
    customer = company.post("/api/customers", {"company_name": "Ganadería Peñón"}).json()["customer_id"]
    small = create_opportunity(company, title="Cerca", value=10, customer_id=customer)
    large = create_opportunity(company, title="Galerón", value=20)
    listed = company.get("/api/opportunities", params={"sort": "-value"}).json()
    assert [item["opportunity_id"] for item in listed["items"]] == [large["opportunity_id"], small["opportunity_id"]]
    found = company.get("/api/opportunities", params={"q": "penon"}).json()
    assert [item["title"] for item in found["items"]] == ["Cerca"]
    won = stages_of(company)["Ganada"]
    company.put(f"/api/opportunities/{large['opportunity_id']}/stage", {"stage_id": won})
    assert company.get("/api/opportunities", params={"status": "won"}).json()["total"] == 1
    assert company.get("/api/opportunities", params={"stage_id": won}).json()["total"] == 1


def test_sellers_move_their_own(company_a: Company, colleague: Callable[[Company, str], Company]) -> None:
    seller, viewer = colleague(company_a, "seller"), colleague(company_a, "viewer")
    stage = {"stage_id": stages_of(company_a)["Orden"]}
    own, others = create_opportunity(seller), create_opportunity(company_a, user_id=str(company_a.user_id))
    assert own["user_id"] == str(seller.user_id)
    assert seller.put(f"/api/opportunities/{own['opportunity_id']}/stage", stage).status_code == 200
    problem(seller.put(f"/api/opportunities/{others['opportunity_id']}/stage", stage), 403)
    problem(viewer.put(f"/api/opportunities/{own['opportunity_id']}/stage", stage), 403)
    problem(seller.put(f"/api/opportunities/{own['opportunity_id']}", {"user_id": str(viewer.user_id)}), 403)


def test_sellers_take_what_is_nobodys_and_delete_only_their_own(
    company_a: Company, colleague: Callable[[Company, str], Company]
) -> None:
    seller, other = colleague(company_a, "seller"), colleague(company_a, "seller")
    mine, theirs = {"user_id": str(seller.user_id)}, {"user_id": str(other.user_id)}
    path = f"/api/opportunities/{create_opportunity(company_a)['opportunity_id']}"
    assert company_a.put(path, {"user_id": None}).json()["user_id"] is None
    assert "no es de nadie" in problem(seller.delete(path), 403, "forbidden")["detail"]
    assert seller.put(path, {"title": "Mejor título"}).status_code == 200
    problem(seller.put(path, theirs), 403, "forbidden")
    assert seller.put(path, mine).json()["user_id"] == str(seller.user_id)
    problem(other.put(path, theirs), 403, "forbidden")
    problem(other.delete(path), 403, "forbidden")
    assert seller.delete(path).status_code == 204


def test_pipelines_are_the_organizations_own(company_b: Company, register: Callable[..., Company]) -> None:
    company = register("Embudos")
    pipeline = company.get("/api/pipelines").json()["items"][0]
    assert company.get(f"/api/pipelines/{pipeline['pipeline_id']}").json() == pipeline
    assert company.get(f"/api/pipelines/{pipeline['pipeline_id']}/stages").json()["total"] == 5
    problem(company_b.get(f"/api/pipelines/{pipeline['pipeline_id']}"), 404)
