"""Pipelines and stages: made, changed, put in order, archived with what is inside, restored."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from tests.crm_api.conftest import Company, fields, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"
STAGES = [{"name": "Uno", "probability": 10}, {"name": "Ganada", "kind": "won"}, {"name": "Perdida", "kind": "lost"}]


@pytest.fixture
def company(register: Callable[..., Company]) -> Company:
    """A company of the test's own, whose pipeline is the template's."""
    return register("Embudos")


def _pipeline(company: Company, name: str | None = None) -> dict[str, Any]:
    items = company.get("/api/pipelines").json()["items"]
    found: dict[str, Any] = next(item for item in items if name in (None, item["name"]))
    return found


def _make(company: Company, name: str, stages: list[dict[str, Any]] | None = STAGES) -> dict[str, Any]:
    response = company.post("/api/pipelines", {"name": name, "stages": stages})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def _names(pipeline: dict[str, Any]) -> list[str]:
    return [stage["name"] for stage in pipeline["stages"]]


def _opportunity(company: Company, title: str, stage_id: str, **values: Any) -> str:
    response = company.post("/api/opportunities", {"title": title, "stage_id": stage_id} | values)
    assert response.status_code == 201, response.text
    return str(response.json()["opportunity_id"])


def _stages(pipeline: dict[str, Any]) -> dict[str, str]:
    return {stage["name"]: stage["stage_id"] for stage in pipeline["stages"]}


def test_a_pipeline_with_its_stages(company: Company) -> None:
    stages = [
        {
            "name": "Prospecto", "color": "#ABCDEF", "probability": 12.5, "expected_duration_days": 3,
            "suggested_activities": ["Llamar"],
        },
        {"name": "Ganada", "kind": "won", "probability": 50},
        {"name": "Perdida", "kind": "lost", "probability": 50},
    ]  # fmt: skip
    made = _make(company, "Instituciones", stages)
    assert (made["order"], made["is_active"]) == (1, True)
    assert [
        (stage["name"], stage["order"], stage["color"], stage["probability"], stage["expected_duration_days"],
         stage["kind"], stage["suggested_activities"])
        for stage in made["stages"]
    ] == [
        ("Prospecto", 0, "#abcdef", 12.5, 3, "open", ["Llamar"]),
        ("Ganada", 1, None, 100.0, None, "won", []),
        ("Perdida", 2, None, 0.0, None, "lost", []),
    ]  # fmt: skip
    assert company.get(f"/api/pipelines/{made['pipeline_id']}").json() == made
    assert [item["name"] for item in company.get("/api/pipelines").json()["items"]][1] == "Instituciones"


def test_without_stages_it_gets_the_usual_ones(company: Company) -> None:
    made = _make(company, "Otro", None)
    assert _names(made) == _names(_pipeline(company))
    assert {stage["kind"] for stage in made["stages"]} == {"open", "won", "lost"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "X", "stages": []}, "stages"),
        ({"name": "X", "stages": STAGES[:2]}, "stages"),
        ({"name": "X", "stages": [STAGES[0], *STAGES]}, "stages"),
        ({"name": "X", "stages": [*STAGES, {"kind": "open"}]}, "stages.3.name"),
        ({"name": "X", "stages": [{"name": "A", "probability": 101}]}, "stages.0.probability"),
        ({"name": "X", "stages": [{"name": "A", "color": "rojo"}]}, "stages.0.color"),
        ({"name": "X", "stages": [{"name": "A", "kind": "otra"}]}, "stages.0.kind"),
        ({"name": "X", "stages": [{"name": "A", "expected_duration_days": -1}]}, "stages.0.expected_duration_days"),
        ({"name": "X", "is_active": False}, "is_active"),
    ],
)
def test_bad_pipelines_are_refused(company_a: Company, body: dict[str, Any], field: str) -> None:
    before = company_a.get("/api/pipelines", params={"archived": "true"}).json()
    assert list(fields(problem(company_a.post("/api/pipelines", body), 422, "invalid"))) == [field]
    assert company_a.get("/api/pipelines", params={"archived": "true"}).json() == before


def test_names_are_taken_once(company: Company) -> None:
    made = _make(company, "Únicos")
    for name in ("Únicos", "unicos"):
        assert list(fields(problem(company.post("/api/pipelines", {"name": name}), 409, "duplicate"))) == ["name"]
    other = _pipeline(company)
    problem(company.put(f"/api/pipelines/{other['pipeline_id']}", {"name": "UNICOS"}), 409, "duplicate")
    company.delete(f"/api/pipelines/{made['pipeline_id']}")
    found = problem(company.post("/api/pipelines", {"name": "Únicos"}), 409, "duplicate")
    assert fields(found) == {"name": "Hay un embudo archivado con ese nombre: restáurelo o use otro."}
    # Its own name, written another way, is free.
    changed = company.put(f"/api/pipelines/{other['pipeline_id']}", {"name": other["name"].upper()})
    assert changed.json()["name"] == other["name"].upper()


def test_a_change_with_its_tag(company: Company) -> None:
    path = f"/api/pipelines/{_pipeline(company)['pipeline_id']}"
    before = company.get(path)
    changed = company.put(path, {"description": "De todo"}, headers={"If-Match": before.headers["etag"]})
    assert changed.json() == before.json() | {"description": "De todo"}
    assert company.get(path).json() == changed.json()
    assert company.get(path).headers["etag"] == changed.headers["etag"]
    problem(company.put(path, {"description": "X"}, headers={"If-Match": before.headers["etag"]}), 412)
    assert list(fields(problem(company.put(path, {"name": None}), 422))) == ["name"]


def test_pipelines_in_order(company: Company) -> None:
    first, second = _pipeline(company)["pipeline_id"], _make(company, "Segundo")["pipeline_id"]
    listed = company.get("/api/pipelines")
    answer = company.put(
        "/api/pipelines/order", {"pipeline_ids": [second, first]}, headers={"If-Match": listed.headers["etag"]}
    )
    assert [item["pipeline_id"] for item in answer.json()["items"]] == [second, first]
    assert company.get("/api/pipelines").json() == answer.json()
    # What names no pipeline goes into the first one.
    assert company.post("/api/opportunities", {"title": "X"}).json()["pipeline_id"] == second
    stale = {"If-Match": listed.headers["etag"]}
    problem(company.put("/api/pipelines/order", {"pipeline_ids": [first, second]}, headers=stale), 412)
    for wrong in ([first], [first, first], [first, second, NOBODY], []):
        found = problem(company.put("/api/pipelines/order", {"pipeline_ids": wrong}), 422)
        assert list(fields(found)) == ["pipeline_ids"]


def test_stages_come_and_change(company: Company) -> None:
    pipeline = _pipeline(company)
    path = f"/api/pipelines/{pipeline['pipeline_id']}/stages"
    opened = company.post(path, {"name": "Visita", "probability": 55, "color": "#112233"})
    assert opened.status_code == 201, opened.text
    lost = company.post(path, {"name": "Descartada", "kind": "lost", "probability": 80}).json()
    assert lost["probability"] == 0.0
    expected = [*_names(pipeline)[:-2], "Visita", *_names(pipeline)[-2:], "Descartada"]
    listed = company.get(path).json()
    assert [stage["name"] for stage in listed["items"]] == expected
    assert [stage["order"] for stage in listed["items"]] == list(range(len(expected)))
    stage = f"{path}/{opened.json()['stage_id']}"
    read = company.get(stage)
    assert read.json() == opened.json()
    changed = company.put(
        stage, {"name": "Visita técnica", "suggested_activities": ["Medir"]}, headers={"If-Match": read.headers["etag"]}
    )
    assert changed.json() == read.json() | {"name": "Visita técnica", "suggested_activities": ["Medir"]}
    assert company.get(stage).headers["etag"] == changed.headers["etag"]
    problem(company.put(stage, {"name": "X"}, headers={"If-Match": read.headers["etag"]}), 412)
    found = problem(company.put(stage, {"name": "GANADA"}), 409, "duplicate")
    assert list(fields(found)) == ["name"]
    problem(company.post(path, {"name": "ganáda"}), 409, "duplicate")
    for body in ({"name": None}, {"kind": None}, {"probability": None}, {"probability": -1}):
        assert list(fields(problem(company.put(stage, body), 422))) == list(body)
    assert company.get(stage).json() == changed.json()


def test_a_stage_belongs_to_its_pipeline(company: Company) -> None:
    first, second = _pipeline(company), _make(company, "Segundo")
    stage = f"/api/pipelines/{first['pipeline_id']}/stages/{second['stages'][0]['stage_id']}"
    problem(company.get(stage), 404)
    problem(company.put(stage, {"name": "X"}), 404)
    problem(company.delete(stage), 404)
    problem(company.post(f"{stage}/restore"), 404)
    problem(company.get(f"/api/pipelines/{first['pipeline_id']}/board/{second['stages'][0]['stage_id']}"), 404)


def test_the_kind_changes_only_while_it_is_empty_and_not_the_last(company: Company) -> None:
    pipeline = _make(company, "Clases")
    stages = _stages(pipeline)
    path = f"/api/pipelines/{pipeline['pipeline_id']}/stages"
    problem(company.put(f"{path}/{stages['Ganada']}", {"kind": "open"}), 409, "last_stage_of_its_kind")
    other = company.post(path, {"name": "Cobrada", "probability": 95}).json()["stage_id"]
    _opportunity(company, "X", other)
    found = problem(company.put(f"{path}/{other}", {"kind": "won"}), 409, "stage_not_empty")
    assert list(fields(found)) == ["kind"]
    company.put(f"/api/opportunities/{_all(company)[0]['opportunity_id']}/stage", {"stage_id": stages["Uno"]})
    won = company.put(f"{path}/{other}", {"kind": "won"}).json()
    assert (won["kind"], won["probability"]) == ("won", 100.0)


def test_stages_in_order(company: Company) -> None:
    pipeline = _pipeline(company)
    path = f"/api/pipelines/{pipeline['pipeline_id']}"
    ids = [stage["stage_id"] for stage in pipeline["stages"]]
    turned = [ids[2], ids[0], ids[1], *ids[3:]]
    tag = company.get(path).headers["etag"]
    answer = company.put(f"{path}/stages/order", {"stage_ids": turned}, headers={"If-Match": tag})
    assert [stage["stage_id"] for stage in answer.json()["stages"]] == turned
    assert company.get(path).json() == answer.json()
    assert company.get(path).headers["etag"] == answer.headers["etag"]
    assert company.post("/api/opportunities", {"title": "X"}).json()["stage_id"] == ids[2]
    problem(company.put(f"{path}/stages/order", {"stage_ids": ids}, headers={"If-Match": tag}), 412)
    for wrong in (ids[1:], [*ids, NOBODY], [*ids, ids[0]], []):
        assert list(fields(problem(company.put(f"{path}/stages/order", {"stage_ids": wrong}), 422))) == ["stage_ids"]


def _all(company: Company) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = company.get("/api/opportunities", params={"sort": "title", "limit": 500}).json()[
        "items"
    ]
    return found


def test_a_stage_is_archived_with_what_is_inside(company: Company, company_b: Company) -> None:
    pipeline = _pipeline(company)
    stages = _stages(pipeline)
    source, target = pipeline["stages"][1], pipeline["stages"][2]
    inside = [_opportunity(company, f"Adentro {n}", source["stage_id"]) for n in range(3)]
    there = _opportunity(company, "Ya estaba", target["stage_id"])
    deleted = _opportunity(company, "Borrada", source["stage_id"])
    company.delete(f"/api/opportunities/{deleted}")
    foreign = _opportunity(company_b, "Ajena", _pipeline(company_b)["stages"][1]["stage_id"], currency="CRC")
    foreign_before = company_b.get(f"/api/opportunities/{foreign}").json()
    path = f"/api/pipelines/{pipeline['pipeline_id']}/stages/{source['stage_id']}"
    order = [card["opportunity_id"] for card in _cards(company, pipeline, source["name"])]
    assert order == inside[::-1]

    found = problem(company.delete(path), 409, "stage_not_empty")
    assert "3 oportunidades" in found["detail"]
    for wrong in (NOBODY, source["stage_id"], stages[pipeline["stages"][-1]["name"]]):
        assert list(fields(problem(company.delete(path, params={"move_to": wrong}), 422))) == ["move_to"]
    tag = company.get(path).headers["etag"]
    problem(company.delete(path, params={"move_to": target["stage_id"]}, headers={"If-Match": '"otra"'}), 412)
    done = company.delete(path, params={"move_to": target["stage_id"]}, headers={"If-Match": tag})
    assert done.status_code == 204, done.text

    after = company.get(f"/api/pipelines/{pipeline['pipeline_id']}").json()
    assert source["name"] not in _names(after)
    # Below what was there, in their order.
    assert [card["opportunity_id"] for card in _cards(company, pipeline, target["name"])] == [there, *order]
    for key in inside:
        moves = company.get(f"/api/opportunities/{key}/history").json()["items"]
        assert [(move["stage_name"], move["from_stage_name"], move["notes"]) for move in moves] == [
            (source["name"], None, None),
            (target["name"], source["name"], f"Se archivó la etapa {source['name']}."),
        ]
        assert moves[0]["time_in_stage"] is not None
        assert [move["is_administrative"] for move in moves] == [False, True]
        assert moves[1]["user_id"] == str(company.user_id)
    assert len(company.get(f"/api/opportunities/{there}/history").json()["items"]) == 1
    assert company_b.get(f"/api/opportunities/{foreign}").json() == foreign_before

    everything = company.get(f"/api/pipelines/{pipeline['pipeline_id']}", params={"archived": "true"}).json()
    assert _names(everything) == [*_names(after), source["name"]]
    assert company.delete(path).status_code == 204
    body = {"stage_id": source["stage_id"]}
    found = problem(company.put(f"/api/opportunities/{there}/stage", body), 422)
    assert fields(found) == {"stage_id": "Esa etapa está archivada: elija otra o restáurela."}
    problem(company.post("/api/opportunities", {"title": "X"} | body), 422)
    found = problem(company.post(f"/api/pipelines/{pipeline['pipeline_id']}/stages", {"name": source["name"]}), 409)
    assert "archivada" in fields(found)["name"]

    restored = company.post(f"{path}/restore").json()
    assert restored == source
    assert company.get(f"/api/pipelines/{pipeline['pipeline_id']}").json() == pipeline
    assert _cards(company, pipeline, source["name"]) == []
    assert company.put(f"/api/opportunities/{there}/stage", body).status_code == 200


def test_the_last_stage_of_each_kind_stays(company: Company) -> None:
    pipeline = _make(company, "Mínimo")
    for stage in pipeline["stages"]:
        path = f"/api/pipelines/{pipeline['pipeline_id']}/stages/{stage['stage_id']}"
        problem(company.delete(path), 409, "last_stage_of_its_kind")
    assert company.get(f"/api/pipelines/{pipeline['pipeline_id']}").json() == pipeline


def test_won_ones_move_with_their_sales(company: Company) -> None:
    pipeline = _make(company, "Con ventas")
    won = _stages(pipeline)["Ganada"]
    path = f"/api/pipelines/{pipeline['pipeline_id']}/stages"
    other = company.post(path, {"name": "Cobrada", "kind": "won"}).json()["stage_id"]
    key = _opportunity(company, "Vendida", won, value=500)
    before = company.get(f"/api/opportunities/{key}").json()
    assert company.delete(f"{path}/{won}", params={"move_to": other}).status_code == 204
    after = company.get(f"/api/opportunities/{key}").json()
    assert (after["stage_id"], after["status"], after["won_at"]) == (other, "won", before["won_at"])
    assert after["sale_id"] == before["sale_id"] is not None


def test_a_pipeline_is_archived_with_what_is_inside(company: Company) -> None:
    source = _make(company, "Viejo", [
        {"name": "Uno"}, {"name": "Propio"}, {"name": "Sí", "kind": "won"}, {"name": "No", "kind": "lost"},
    ])  # fmt: skip
    target = _make(company, "Nuevo", [{"name": "Cero"}, {"name": "uno"}, *STAGES[1:]])
    stages = _stages(source)
    inside = {
        "uno": _opportunity(company, "A", stages["Uno"]),
        "Cero": _opportunity(company, "B", stages["Propio"]),
        "Ganada": _opportunity(company, "C", stages["Sí"], value=70),
        "Perdida": _opportunity(company, "D", stages["No"], lost_reason="Precio"),
    }
    path = f"/api/pipelines/{source['pipeline_id']}"
    assert "4 oportunidades" in problem(company.delete(path), 409, "pipeline_not_empty")["detail"]
    for wrong in (NOBODY, source["pipeline_id"]):
        assert list(fields(problem(company.delete(path, params={"move_to": wrong}), 422))) == ["move_to"]
    assert company.delete(path, params={"move_to": target["pipeline_id"]}).status_code == 204
    for name, key in inside.items():
        opportunity = company.get(f"/api/opportunities/{key}").json()
        assert (opportunity["pipeline_id"], opportunity["stage_id"]) == (target["pipeline_id"], _stages(target)[name])
        last = company.get(f"/api/opportunities/{key}/history").json()["items"][-1]
        assert (last["stage_name"], last["notes"]) == (name, "Se archivó el embudo Viejo.")
    assert company.get(f"/api/opportunities/{inside['Perdida']}").json()["lost_reason"] == "Precio"
    assert company.get(f"/api/opportunities/{inside['Ganada']}").json()["sale_id"] is not None

    assert "Viejo" not in [item["name"] for item in company.get("/api/pipelines").json()["items"]]
    listed = company.get("/api/pipelines", params={"archived": "true"}).json()["items"]
    assert [(item["name"], item["is_active"]) for item in listed][-1] == ("Viejo", False)
    archived = company.get(path).json()
    assert archived == source | {"is_active": False}
    for body in ({"stage_id": stages["Uno"]}, {"pipeline_id": source["pipeline_id"]}):
        problem(company.post("/api/opportunities", {"title": "X"} | body), 422)
    assert company.delete(path).status_code == 204
    assert company.post(f"{path}/restore").json() == source
    assert company.post("/api/opportunities", {"title": "X", "stage_id": stages["Uno"]}).status_code == 201


def test_the_last_pipeline_stays(company: Company) -> None:
    problem(company.delete(f"/api/pipelines/{_pipeline(company)['pipeline_id']}"), 409, "last_pipeline")


def test_what_moves_in_while_its_stage_is_archived_is_not_lost(company: Company, settings: Settings) -> None:
    pipeline = _pipeline(company)
    first, middle, last = (stage["stage_id"] for stage in pipeline["stages"][:3])
    keys = [_opportunity(company, f"{n}", first) for n in range(6)]
    path = f"/api/pipelines/{pipeline['pipeline_id']}/stages/{middle}"

    def enter(key: str) -> int:
        return company.put(f"/api/opportunities/{key}/stage", {"stage_id": middle}).status_code

    with ThreadPoolExecutor(4) as pool:
        moves = [pool.submit(enter, key) for key in keys]
        archived = pool.submit(lambda: company.delete(path, params={"move_to": last}).status_code)
        assert {move.result() for move in moves} <= {200, 422}
        assert archived.result() == 204
    assert {item["stage_id"] for item in _all(company)} <= {first, last}
    with tenant_connection(settings, company.tenant) as connection:
        inconsistent = connection.scalar(
            text(
                "select count(*) from opportunities o where (select h.stage_id from stage_history h "
                "where h.opportunity_id = o.opportunity_id and h.time_in_stage is null) is distinct from o.stage_id"
            )
        )
    assert inconsistent == 0


def test_only_who_leads_changes_pipelines(company: Company, colleague: Callable[[Company, str], Company]) -> None:
    pipeline = _pipeline(company)
    for role, allowed in (("manager", True), ("seller", False), ("viewer", False)):
        person = colleague(company, role)
        response = person.post("/api/pipelines", {"name": f"De {role}"})
        if allowed:
            assert response.status_code == 201
        else:
            problem(response, 403, "forbidden")
        assert person.get(f"/api/pipelines/{pipeline['pipeline_id']}").json() == pipeline


def test_the_same_key_is_one_pipeline(company: Company) -> None:
    headers = {"Idempotency-Key": "embudo-unico"}
    answers = [company.post("/api/pipelines", {"name": "Una vez"}, headers=headers) for _ in range(2)]
    assert answers[0].status_code == answers[1].status_code == 201
    assert answers[0].json() == answers[1].json()


def test_changes_of_stages_are_audited(company: Company, settings: Settings) -> None:
    stage = _pipeline(company)["stages"][0]
    company.put(f"/api/pipelines/{stage['pipeline_id']}/stages/{stage['stage_id']}", {"expected_duration_days": 9})
    with tenant_connection(settings, company.tenant) as connection:
        row = connection.execute(
            text(
                "select action, before, after from audit_log where entity = 'stage' and entity_id = cast(:id as uuid) "
                "order by created_at desc limit 1"
            ),
            {"id": stage["stage_id"]},
        ).one()
    before = {"expected_duration_days": stage["expected_duration_days"]}
    assert tuple(row) == ("updated", before, {"expected_duration_days": 9})


def _cards(company: Company, pipeline: dict[str, Any], stage: str) -> list[dict[str, Any]]:
    board = company.get(f"/api/pipelines/{pipeline['pipeline_id']}/board").json()
    found: list[dict[str, Any]] = next(column["cards"] for column in board["stages"] if column["name"] == stage)
    return found
