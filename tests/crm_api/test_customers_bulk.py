"""One change for many customers: all of them or none."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session
from tests.crm_api.conftest import Company, fields, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"


def _create(company: Company, **values: Any) -> str:
    response = company.post("/api/customers", values)
    assert response.status_code == 201, response.text
    return str(response.json()["customer_id"])


def _read(company: Company, key: str) -> dict[str, Any]:
    found: dict[str, Any] = company.get(f"/api/customers/{key}").json()
    return found


@pytest.fixture
def three(register: Callable[..., Company]) -> tuple[Company, list[str]]:
    company = register("Masiva", "ferreteria")
    return company, [
        _create(company, first_name="Ana", tags=["A", "B"], canton="201", custom_fields={"obra": "X", "plazo_dias": 3}),
        _create(company, first_name="Beto", tags=["C"]),
        _create(company, first_name="Carla", status="inactive"),
    ]


def test_a_change_by_ids_reaches_those_and_no_other(three: tuple[Company, list[str]], settings: Settings) -> None:
    company, keys = three
    change = {
        "tags_add": ["C", "D"], "tags_remove": ["A"], "status": "inactive", "source": "Feria", "province": "Limón",
        "owner_user_id": str(company.user_id), "custom_fields": {"plazo_dias": 9, "obra": None},
    }  # fmt: skip
    before = _read(company, keys[2])
    answer = company.post("/api/customers/bulk", {"ids": keys[:2], "set": change})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"matched": 2, "changed": 2}
    ana, beto = (_read(company, key) for key in keys[:2])
    assert (ana["tags"], beto["tags"]) == (["B", "C", "D"], ["C", "D"])
    for customer in (ana, beto):
        assert (customer["status"], customer["source"], customer["province"]) == ("inactive", "Feria", "7")
        assert (customer["canton"], customer["owner_user_id"]) == (None, str(company.user_id))
        assert customer["custom_fields"] == {"plazo_dias": 9}
    assert _read(company, keys[2]) == before
    # Who is so already is not touched: no line in the log, no other ETag.
    assert company.post("/api/customers/bulk", {"ids": keys[:2], "set": change}).json() == {"matched": 2, "changed": 0}
    with tenant_session(settings, company.tenant) as session:
        lines = session.execute(
            text("select entity_id::text, before -> 'tags', user_id from audit_log where action = 'updated' order by 1")
        ).all()
    assert [(line[0], line[1], line[2]) for line in lines] == sorted(
        [(keys[0], ["A", "B"], company.user_id), (keys[1], ["C"], company.user_id)]
    )


def test_a_change_by_filter(three: tuple[Company, list[str]]) -> None:
    company, keys = three
    by_filter = {"filter": {"status": ["active"], "tags": ["A", "C"]}, "set": {"tags_add": ["Nueva"]}}
    assert company.post("/api/customers/bulk", by_filter).json() == {"matched": 2, "changed": 2}
    by_search = {"filter": {"q": "carl"}, "set": {"status": "active"}}
    assert company.post("/api/customers/bulk", by_search).json() == {"matched": 1, "changed": 1}
    nobody = {"filter": {"q": "nadie"}, "set": {"status": "active"}}
    assert company.post("/api/customers/bulk", nobody).json() == {"matched": 0, "changed": 0}
    everybody = {"filter": {}, "set": {"source": None}}
    assert company.post("/api/customers/bulk", everybody).json() == {"matched": 3, "changed": 0}
    assert [_read(company, key)["status"] for key in keys] == ["active"] * 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"set": {"status": "active"}}, "body"),
        ({"ids": [NOBODY], "filter": {}, "set": {"status": "active"}}, "body"),
        ({"ids": [], "set": {"status": "active"}}, "ids"),
        ({"ids": ["x"], "set": {"status": "active"}}, "ids.0"),
        ({"ids": [NOBODY] * 10_001, "set": {"status": "active"}}, "ids"),
        ({"filter": {"nada": 1}, "set": {"status": "active"}}, "filter.nada"),
        ({"filter": {}, "set": {}}, "set"),
        ({"filter": {}, "set": {"status": None}}, "set"),
        ({"filter": {}, "set": {"segment": "x"}}, "set.segment"),
        ({"filter": {}, "set": {"owner_user_id": NOBODY}}, "set.owner_user_id"),
        ({"filter": {}, "set": {"tags_add": ["x"] * 51}}, "set.tags_add"),
        ({"filter": {}, "set": {"custom_fields": {"nada": 1}}}, "custom_fields.nada"),
        ({"filter": {}, "set": {"custom_fields": {"plazo_dias": "x"}}}, "custom_fields.plazo_dias"),
        ({"filter": {"custom": ["nada:eq:1"]}, "set": {"status": "active"}}, "custom"),
    ],
)
def test_bad_requests_change_nobody(company_a: Company, body: dict[str, Any], field: str) -> None:
    key = _create(company_a, first_name="Intacta", tags=["A"])
    before = _read(company_a, key)
    assert list(fields(problem(company_a.post("/api/customers/bulk", body), 422, "invalid"))) == [field]
    assert _read(company_a, key) == before


def test_it_is_all_or_nothing(three: tuple[Company, list[str]], company_b: Company) -> None:
    company, keys = three
    foreign = _create(company_b, first_name="Ajena")
    for other in (NOBODY, foreign):
        body = {"ids": [*keys, other], "set": {"tags_add": ["X"]}}
        problem(company.post("/api/customers/bulk", body), 404, "not_found")
    many = _create(company, first_name="Etiquetada", tags=[f"T{number}" for number in range(50)])
    body = {"ids": [*keys, many], "set": {"tags_add": ["X"]}}
    assert list(fields(problem(company.post("/api/customers/bulk", body), 422))) == ["set.tags_add"]
    assert all("X" not in _read(company, key)["tags"] for key in keys)
    assert _read(company_b, foreign)["tags"] == []


def test_the_same_request_comes_once(three: tuple[Company, list[str]]) -> None:
    company, keys = three
    key = {"Idempotency-Key": uuid4().hex}
    body = {"ids": keys, "set": {"tags_add": ["Una"]}}
    first, second = (company.post("/api/customers/bulk", body, headers=key).json() for _ in range(2))
    assert first == second == {"matched": 3, "changed": 3}


def test_a_seller_changes_their_own_alone(
    three: tuple[Company, list[str]], colleague: Callable[[Company, str], Company]
) -> None:
    company, keys = three
    seller, viewer = colleague(company, "seller"), colleague(company, "viewer")
    ours = _create(seller, first_name="Propia")
    assert company.put(f"/api/customers/{keys[0]}", {"owner_user_id": str(company.user_id)}).status_code == 200
    tag = {"tags_add": ["Mía"]}
    problem(seller.post("/api/customers/bulk", {"ids": [ours, keys[0]], "set": tag}), 403, "forbidden")
    give = {"owner_user_id": str(seller.user_id)}
    problem(seller.post("/api/customers/bulk", {"ids": [ours], "set": give}), 403, "forbidden")
    problem(viewer.post("/api/customers/bulk", {"ids": [ours], "set": tag}), 403, "forbidden")
    assert seller.post("/api/customers/bulk", {"ids": [ours, keys[1]], "set": tag}).json()["changed"] == 2
    assert _read(company, keys[0])["tags"] == ["A", "B"]
