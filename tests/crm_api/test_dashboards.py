"""Boards: own ones and shared ones, copies, and nobody else's."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.crm_api.conftest import Company, fields, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"
WIDGET = {"id": "ventas", "title": "Ventas", "chart": "kpi", "query": {"metrics": ["net_sales"]}, "w": 3, "h": 2}


def _made(person: Company, name: str, **more: Any) -> dict[str, Any]:
    response = person.post("/api/dashboards", {"name": name, "widgets": [WIDGET]} | more)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


@pytest.fixture(scope="module")
def seller(company_a: Company, colleague: Callable[[Company, str], Company]) -> Company:
    return colleague(company_a, "seller")


def test_create_read_change_delete(company_a: Company) -> None:
    made = _made(company_a, "Mañanas", shared=False)
    path = f"/api/dashboards/{made['dashboard_id']}"
    read = company_a.get(path)
    assert read.json() == made
    assert made["owner_user_id"] == str(company_a.user_id)
    assert made["widgets"] == [WIDGET | {"period": "all", "x": 0, "y": 0}]
    wanted = {"name": "Tardes", "widgets": [], "is_favorite": True, "shared": True}
    changed = company_a.put(path, wanted, headers={"If-Match": read.headers["etag"]})
    assert {name: changed.json()[name] for name in wanted} == wanted
    for late in (company_a.put(path, wanted, headers={"If-Match": read.headers["etag"]}),
                 company_a.delete(path, headers={"If-Match": read.headers["etag"]})):  # fmt: skip
        problem(late, 412, "precondition_failed")
    assert company_a.get(path).json() == changed.json()
    assert company_a.delete(path, headers={"If-Match": changed.headers["etag"]}).status_code == 204
    problem(company_a.get(path), 404)
    problem(company_a.delete(path), 404)
    log = company_a.get("/api/audit", params={"entity_id": made["dashboard_id"]}).json()["items"]
    assert [line["action"] for line in log] == ["deleted", "updated", "created"]


def test_a_key_makes_one_board(company_a: Company) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    body = {"name": "Una vez", "widgets": [WIDGET]}
    first = company_a.post("/api/dashboards", body, headers=key).json()
    assert company_a.post("/api/dashboards", body, headers=key).json() == first
    copied = [company_a.post(f"/api/dashboards/{first['dashboard_id']}/copy", {}, headers={"Idempotency-Key": "copy-" + first["name"].replace(" ", "")}).json() for _ in range(2)]  # fmt: skip
    assert copied[0] == copied[1]
    assert company_a.get("/api/dashboards", params={"q": "una vez"}).json()["total"] == 2


def test_a_copy_is_ones_own(company_a: Company, seller: Company) -> None:
    made = _made(company_a, "Del dueño")
    path = f"/api/dashboards/{made['dashboard_id']}"
    problem(seller.put(path, {"name": "X", "widgets": []}), 403)
    problem(seller.delete(path), 403)
    copy = seller.post(f"{path}/copy", {}).json()
    assert copy["name"] == "Copia de Del dueño"
    assert copy["widgets"] == made["widgets"]
    assert (copy["owner_user_id"], copy["shared"], copy["is_favorite"]) == (str(seller.user_id), False, False)
    named = seller.post(f"{path}/copy", {"name": "El mío", "shared": True}).json()
    assert (named["name"], named["shared"]) == ("El mío", True)
    mine = f"/api/dashboards/{copy['dashboard_id']}"
    assert seller.put(mine, {"name": "Otro", "widgets": [], "shared": False}).status_code == 200
    assert company_a.get(path).json() == made
    problem(company_a.get(mine), 404)
    assert seller.delete(mine).status_code == 204


def test_a_name_that_is_as_long_as_may_be_can_be_copied(company_a: Company) -> None:
    made = _made(company_a, "x" * 300)
    copy = company_a.post(f"/api/dashboards/{made['dashboard_id']}/copy", {}).json()
    assert copy["name"] == ("Copia de " + "x" * 300)[:300]


def test_private_boards_are_nobody_elses(company_a: Company, seller: Company) -> None:
    made = _made(seller, "Privado", shared=False)
    path = f"/api/dashboards/{made['dashboard_id']}"
    never = f"/api/dashboards/{NOBODY}"
    assert problem(company_a.get(path), 404) == problem(company_a.get(never), 404)
    problem(company_a.post(f"{path}/copy", {}), 404)
    problem(company_a.delete(path), 404)
    assert made["dashboard_id"] not in company_a.get("/api/dashboards").text
    assert seller.get(path).json() == made


def test_the_favourite_opens_first(register: Callable[..., Company]) -> None:
    company = register("Favoritos")
    board = company.get("/api/dashboards").json()["items"][0]
    company.put(f"/api/dashboards/{board['dashboard_id']}", {"name": "Inicio", "is_favorite": False, "widgets": []})
    mine = _made(company, "El que abro", is_favorite=True, widgets=[])
    assert company.get("/api/analytics/dashboard").json()["dashboard_id"] == mine["dashboard_id"]
    for one in company.get("/api/dashboards").json()["items"]:
        assert company.delete(f"/api/dashboards/{one['dashboard_id']}").status_code == 204
    problem(company.get("/api/analytics/dashboard"), 404)


@pytest.mark.parametrize(
    ("widgets", "field"),
    [
        ([WIDGET, WIDGET], "body"),
        ([WIDGET | {"query": {"metrics": []}}], "widgets.0.query.metrics"),
        ([WIDGET | {"query": {}}], "widgets.0.query.metrics"),
        ([WIDGET | {"chart": "3d"}], "widgets.0.chart"),
        ([WIDGET | {"id": "Con espacios"}], "widgets.0.id"),
        ([WIDGET | {"w": 13}], "widgets.0.w"),
        ([WIDGET | {"id": str(number)} for number in range(61)], "widgets"),
        ("x", "widgets"),
    ],
)
def test_widgets_that_are_none(company_a: Company, widgets: Any, field: str) -> None:
    found = problem(company_a.post("/api/dashboards", {"name": "X", "widgets": widgets}), 422, "invalid")
    assert field in fields(found)


def test_filters_and_order(register: Callable[..., Company]) -> None:
    company = register("Orden")
    for name in ("Beta", "Alfa", "Gama"):
        _made(company, name)
    page = company.get("/api/dashboards", params={"sort": "name", "limit": 2}).json()
    assert [board["name"] for board in page["items"]] == ["Alfa", "Beta"]
    rest = company.get("/api/dashboards", params={"sort": "name", "limit": 9, "cursor": page["next_cursor"]}).json()
    assert [board["name"] for board in rest["items"]][-1] == "Inicio"
    assert rest["next_cursor"] is None
