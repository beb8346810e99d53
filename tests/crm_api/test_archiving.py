"""What archiving moves, nobody sold: figures, timelines and the times of closed deals stay as they were."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session
from tests.crm_api.conftest import Company

EVER = "start=2020-01-01&end=2099-12-31"
OPEN = [{"name": "Uno"}, {"name": "Dos"}, {"name": "Tres"}]
CLOSED = [{"name": "Ganada", "kind": "won"}, {"name": "Cobrada", "kind": "won"}, {"name": "Perdida", "kind": "lost"}]


@pytest.fixture
def company(register: Callable[..., Company], refresh_marts: Callable[..., None]) -> Company:
    company = register("Archivera")
    # The analyses of pipelines read what is open now off the marts.
    refresh_marts(company)
    return company


def _made(company: Company, path: str, **values: Any) -> dict[str, Any]:
    response = company.post(path, values)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def _pipeline(company: Company, name: str) -> tuple[str, dict[str, str]]:
    made = _made(company, "/api/pipelines", name=name, stages=[*OPEN, *CLOSED])
    return made["pipeline_id"], {stage["name"]: stage["stage_id"] for stage in made["stages"]}


def _figures(company: Company, pipeline_id: str) -> dict[str, tuple[int, int, int, int]]:
    path = f"/api/analytics/pipeline/performance?{EVER}&pipeline_id={pipeline_id}"
    (found,) = company.get(path).json()["items"]
    return {
        stage["stage"]: (stage["entered"], stage["advanced"], stage["returned"], stage["lost"])
        for stage in found["stages"]
    }


def _reached(company: Company, pipeline_id: str) -> list[int]:
    path = f"/api/analytics/opportunities/conversion?{EVER}&pipeline_id={pipeline_id}"
    (found,) = company.get(path).json()["funnels"]
    return [stage["reached"] for stage in found["stages"]]


def _timeline(company: Company, customer_id: str) -> list[str]:
    items = company.get(f"/api/customers/{customer_id}/timeline", params={"kind": "stage"}).json()["items"]
    return [item["summary"] for item in items]


def _date_back(settings: Settings, company: Company, opportunity_id: str) -> None:
    with tenant_session(settings, company.tenant) as session:
        for statement in (
            "update stage_history set changed_at = changed_at - interval '3 days' where opportunity_id = :key",
            "update opportunities set last_stage_change = last_stage_change - interval '3 days', "
            "won_at = won_at - interval '3 days', lost_at = lost_at - interval '3 days' where opportunity_id = :key",
        ):
            session.execute(text(statement), {"key": opportunity_id})


def test_an_archived_stage(company: Company, settings: Settings) -> None:
    pipeline_id, stages = _pipeline(company, "Con etapas")
    customer = _made(company, "/api/customers", first_name="Rosa")["customer_id"]
    opened = _made(company, "/api/opportunities", title="A", stage_id=stages["Uno"], customer_id=customer)
    key = opened["opportunity_id"]
    _date_back(settings, company, key)
    before = _figures(company, pipeline_id), _reached(company, pipeline_id), _timeline(company, customer)
    path = f"/api/pipelines/{pipeline_id}/stages"
    assert company.delete(f"{path}/{stages['Uno']}", params={"move_to": stages["Tres"]}).status_code == 204
    assert company.post(f"{path}/{stages['Uno']}/restore").status_code == 200
    assert (_figures(company, pipeline_id), _reached(company, pipeline_id), _timeline(company, customer)) == before
    assert before[0]["Uno"] == (1, 0, 0, 0)
    assert before[1][0] == 1
    moves = company.get(f"/api/opportunities/{key}/history").json()["items"]
    assert [move["is_administrative"] for move in moves] == [False, True]
    assert moves[0]["time_in_stage"] == pytest.approx(3 * 86_400, abs=600)
    assert company.get(f"/api/opportunities/{key}").json()["days_in_stage"] == 0
    # What a person does after it counts again.
    won = company.put(f"/api/opportunities/{key}/stage", {"stage_id": stages["Ganada"], "sale": False})
    assert won.status_code == 200
    assert _figures(company, pipeline_id)["Tres"] == (0, 1, 0, 0)
    assert _figures(company, pipeline_id)["Ganada"] == (1, 0, 0, 0)
    assert _timeline(company, customer)[0] == "Se ganó la oportunidad «A»"


def test_an_archived_pipeline(company: Company, settings: Settings) -> None:
    source_id, source = _pipeline(company, "Viejo")
    target_id, target = _pipeline(company, "Nuevo")
    customer = _made(company, "/api/customers", first_name="Rosa")["customer_id"]
    keys = {}
    for name, values in {"Dos": {}, "Ganada": {}, "Perdida": {"lost_reason": "Precio"}}.items():
        body = {"title": name, "stage_id": source[name], "customer_id": customer} | values
        keys[name] = _made(company, "/api/opportunities", **body)["opportunity_id"]
        _date_back(settings, company, keys[name])
    before = {name: company.get(f"/api/opportunities/{key}").json() for name, key in keys.items()}
    told = _timeline(company, customer)
    assert company.delete(f"/api/pipelines/{source_id}", params={"move_to": target_id}).status_code == 204
    assert _timeline(company, customer) == told
    assert set(_figures(company, target_id).values()) == {(0, 0, 0, 0)}
    # They are where they were: the one in the second stage has reached the first two, the won one all.
    assert _reached(company, target_id)[:3] == [2, 2, 1]
    for name, key in keys.items():
        after = company.get(f"/api/opportunities/{key}").json()
        assert after["stage_id"] == target[name]
        assert (after["won_at"], after["lost_at"]) == (before[name]["won_at"], before[name]["lost_at"])
        assert (after["last_stage_change"] == before[name]["last_stage_change"]) is (name != "Dos")
        first, last = company.get(f"/api/opportunities/{key}/history").json()["items"]
        assert first["time_in_stage"] == pytest.approx(3 * 86_400, abs=600)
        assert (last["is_administrative"], last["notes"]) == (True, "Se archivó el embudo Viejo.")
        assert last["changed_at"] > before[name]["last_stage_change"]


def test_from_won_to_won_is_no_win(company: Company) -> None:
    pipeline_id, stages = _pipeline(company, "Con cobro")
    customer = _made(company, "/api/customers", first_name="Rosa")["customer_id"]
    body = {"title": "A", "stage_id": stages["Ganada"], "customer_id": customer}
    key = _made(company, "/api/opportunities", **body)["opportunity_id"]
    assert company.put(f"/api/opportunities/{key}/stage", {"stage_id": stages["Cobrada"]}).status_code == 200
    assert _timeline(company, customer) == [
        "Pasó la oportunidad «A» de «Ganada» a «Cobrada»",
        "Se ganó la oportunidad «A»",
    ]
    assert _figures(company, pipeline_id)["Ganada"] == (1, 0, 0, 0)
