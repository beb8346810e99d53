"""Customers that were deleted: found, restored, exported and erased like any other."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session
from tests.crm_api.conftest import Company, fields, problem


@pytest.fixture
def company(register: Callable[..., Company]) -> Company:
    return register("Borrados", "ferreteria")


def _customer(company: Company, **values: Any) -> str:
    response = company.post("/api/customers", values)
    assert response.status_code == 201, response.text
    return str(response.json()["customer_id"])


def _deleted(company: Company, **values: Any) -> str:
    customer = _customer(company, **values)
    assert company.delete(f"/api/customers/{customer}").status_code == 204
    return customer


def test_a_deleted_customer_comes_back_as_they_were(company: Company, settings: Settings) -> None:
    values = {"first_name": "Rosa", "last_name": "Vega", "identification_number": "1-0999-0777", "tags": ["VIP"]}
    _customer(company, first_name="Queda")
    earlier = _deleted(company, first_name="Antes")
    customer = _deleted(company, **values)
    listed = company.get("/api/customers/deleted").json()
    assert [item["customer_id"] for item in listed["items"]] == [customer, earlier]
    assert listed["total"] == 2
    assert listed["items"][0]["deleted_at"] is not None
    assert company.get("/api/customers/deleted", params={"q": "vega"}).json()["total"] == 1
    key = {"Idempotency-Key": uuid4().hex}
    answer, again = (company.post(f"/api/customers/{customer}/restore", headers=key) for _ in range(2))
    assert answer.status_code == 200, answer.text
    assert answer.json() == again.json()
    found = company.get(f"/api/customers/{customer}")
    assert answer.headers["ETag"] == found.headers["ETag"]
    assert {name: found.json()[name] for name in ("first_name", "last_name", "tags")} == {
        "first_name": "Rosa", "last_name": "Vega", "tags": ["VIP"],
    }  # fmt: skip
    assert company.get("/api/customers/deleted").json()["total"] == 1
    with tenant_session(settings, company.tenant) as session:
        statement = text("select action from audit_log where entity_id = :key order by created_at, audit_id")
        assert list(session.execute(statement, {"key": customer}).scalars()) == ["created", "deleted", "restored"]
    # Who is there already stays so.
    assert company.post(f"/api/customers/{customer}/restore").status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [("identification_number", "1-0999-0777"), ("external_id", "C-9")],
    ids=["identification", "code"],
)
def test_what_somebody_else_has_by_now_is_not_taken_back(company: Company, name: str, value: str) -> None:
    customer = _deleted(company, first_name="Primera", **{name: value})
    second = _customer(company, first_name="Segunda", **{name: value})
    found = problem(company.post(f"/api/customers/{customer}/restore"), 409, "duplicate")
    assert list(fields(found)) == [name]
    assert company.delete(f"/api/customers/{second}").status_code == 204
    assert company.post(f"/api/customers/{customer}/restore").status_code == 200


def test_who_is_part_of_another_one_is_restored_by_undoing_that(company: Company) -> None:
    keep, double = (_customer(company, first_name=name) for name in ("Queda", "Doble"))
    merge = company.post("/api/customers/merge", {"keep": keep, "merge": [double]}).json()["merges"][0]
    for path, body in (("restore", None), ("erase", {"confirm": True})):
        found = problem(company.post(f"/api/customers/{double}/{path}", body), 409, "customer_merged")
        assert keep in found["detail"]
    problem(company.get(f"/api/customers/{double}/export"), 409, "customer_merged")
    assert company.get("/api/customers/deleted").json()["total"] == 0
    assert company.delete(f"/api/customers/{keep}").status_code == 204
    undo = f"/api/customers/merges/{merge['merge_id']}/undo"
    assert "Restáurelo primero" in problem(company.post(undo), 409, "merge_cannot_be_undone")["detail"]
    assert company.post(f"/api/customers/{keep}/restore").status_code == 200
    assert company.post(undo).status_code == 200
    assert company.get(f"/api/customers/{double}").json()["first_name"] == "Doble"


def test_a_deleted_customer_is_exported_and_erased(company: Company, settings: Settings) -> None:
    customer = _deleted(company, first_name="Xiomara", last_name="Quirós", email="xiomara@quiros.cr")
    exported = company.get(f"/api/customers/{customer}/export")
    assert exported.status_code == 200, exported.text
    assert exported.json()["customer"]["email"] == "xiomara@quiros.cr"
    assert company.post(f"/api/customers/{customer}/erase", {"confirm": True}).status_code == 200
    with tenant_session(settings, company.tenant) as session:
        statement = text(
            "select (select count(*) from customers c where c::text ilike '%xiomara%') "
            "+ (select count(*) from audit_log a where a::text ilike '%xiomara%')"
        )
        assert session.execute(statement).scalar_one() == 0
    # Whose data are gone cannot come back.
    problem(company.post(f"/api/customers/{customer}/restore"), 404, "not_found")
    assert company.get("/api/customers/deleted").json()["total"] == 0
    problem(company.get(f"/api/customers/{customer}/export"), 404, "not_found")


def test_only_who_manages_restores(company: Company, colleague: Callable[[Company, str], Company]) -> None:
    customer = _deleted(company, first_name="Una")
    for role in ("seller", "viewer"):
        person = colleague(company, role)
        problem(person.get("/api/customers/deleted"), 403, "forbidden")
        problem(person.post(f"/api/customers/{customer}/restore"), 403, "forbidden")
    manager = colleague(company, "manager")
    assert manager.get("/api/customers/deleted").json()["total"] == 1
    assert manager.post(f"/api/customers/{customer}/restore").status_code == 200
