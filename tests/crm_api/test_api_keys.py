"""API keys: shown once, scoped, revocable, and named in the audit log."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select, text

from crm_api.access import RANKS, SCOPES, Permission
from crm_api.api_keys.tokens import hash_key
from pymeai.clock import utc_now
from pymeai.database.tables.platform import ApiKey
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from tests.crm_api.conftest import Company, fields, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"
Colleague = Callable[[Company, str], Company]


class Program:
    """A program that calls with a key."""

    def __init__(self, client: TestClient, made: dict[str, Any]) -> None:
        self.client, self.made, self.key = client, made, made["key"]

    def __call__(self, method: str, path: str, body: Any = None) -> Response:
        return self.client.request(method, path, json=body, headers={"Authorization": f"Bearer {self.key}"})


@pytest.fixture
def program(client: TestClient) -> Callable[..., Program]:
    """Make a key in somebody's name."""

    def run(person: Company, *scopes: str, **more: Any) -> Program:
        made = person.post("/api/api-keys", {"name": "Tienda en línea", "scopes": list(scopes)} | more)
        assert made.status_code == 201, made.text
        return Program(client, made.json())

    return run


def test_a_key_opens_what_its_scopes_say(company_a: Company, program: Callable[..., Program]) -> None:
    call = program(company_a, "read", "edit_own")
    assert call.key.startswith("pym_")
    assert len(call.key) == 47
    assert call.made["prefix"] == call.key[:10]
    made = call("POST", "/api/customers", {"first_name": "De la tienda"})
    assert made.status_code == 201
    assert company_a.get(f"/api/customers/{made.json()['customer_id']}").json()["first_name"] == "De la tienda"
    assert call("GET", "/api/customers").json()["total"] >= 1
    for method, path, body in (
        ("POST", "/api/kula/query", {"question": "ventas"}),
        ("PUT", "/api/organization", {"name": "De la llave"}),
        ("GET", "/api/audit", None),
    ):
        problem(call(method, path, body), 403, "scope_missing")
    assert company_a.get("/api/organization").json()["name"] == "Ferretería La Prueba"


def test_reading_alone_writes_nothing(company_a: Company, program: Callable[..., Program]) -> None:
    call = program(company_a, "read")
    before = company_a.get("/api/customers").json()["total"]
    problem(call("POST", "/api/customers", {"first_name": "X"}), 403, "scope_missing")
    assert call("GET", "/api/customers").json()["total"] == before


def test_a_key_can_do_no_more_than_its_person_can_now(
    company_a: Company, colleague: Colleague, set_role: Callable[[Company, str], None], program: Callable[..., Program]
) -> None:
    admin = colleague(company_a, "admin")
    call = program(admin, *(scope.value for scope in SCOPES))
    assert call("POST", "/api/customers", {"first_name": "X"}).status_code == 201
    set_role(admin, "viewer")
    problem(call("POST", "/api/customers", {"first_name": "X"}), 403, "forbidden")
    assert call("GET", "/api/customers").status_code == 200


def test_a_key_sees_what_its_person_sees(
    register: Callable[..., Company],
    colleague: Colleague,
    set_role: Callable[[Company, str], None],
    program: Callable[..., Program],
) -> None:
    """Where sellers see their own alone: fewer scopes are no wider view, and a manager's no narrower one."""
    owner = register("Cada quien lo suyo")
    owner.put("/api/organization", {"settings": {"sellers_see": "own"}})
    foreign = owner.post("/api/customers", {"first_name": "Ajena", "owner_user_id": str(owner.user_id)}).json()
    admin = colleague(owner, "admin")
    path = f"/api/customers/{foreign['customer_id']}"
    for scopes in (["read"], ["read", "edit_own"]):
        set_role(admin, "admin")
        call = program(admin, *scopes)
        assert call("GET", path).status_code == 200
        set_role(admin, "seller")
        problem(admin.get(path), 404, "not_found")
        problem(call("GET", path), 404, "not_found")
        assert call("GET", "/api/customers").json()["total"] == 0


def test_a_key_is_in_the_audit_log(company_a: Company, program: Callable[..., Program]) -> None:
    call = program(company_a, "read", "edit_own")
    key = call("POST", "/api/customers", {"first_name": "Auditado"}).json()["customer_id"]
    line = company_a.get("/api/audit", params={"entity_id": key}).json()["items"][0]
    assert (line["action"], line["user_id"]) == ("created", str(company_a.user_id))
    assert line["api_key_id"] == call.made["api_key_id"]
    assert company_a.delete(f"/api/api-keys/{call.made['api_key_id']}").status_code == 204
    about = company_a.get("/api/audit", params={"entity": "api_key", "entity_id": call.made["api_key_id"]}).json()[
        "items"
    ]
    assert {line["action"] for line in about} == {"created", "revoked"}
    assert call.key not in str(about)


PERSONS_ONLY: list[tuple[str, str, Any]] = [
    ("GET", "/api/auth/sessions", None),
    ("DELETE", "/api/auth/sessions", None),
    ("DELETE", f"/api/auth/sessions/{NOBODY}", None),
    ("POST", "/api/auth/logout", None),
    ("PUT", "/api/auth/password", {"current_password": "x", "new_password": "otra clave larga"}),
    ("PUT", "/api/users/{own}", {"first_name": "X"}),
    ("DELETE", f"/api/users/{NOBODY}", None),
    ("PUT", f"/api/users/{NOBODY}/role", {"role": "owner"}),
    ("DELETE", f"/api/users/{NOBODY}/sessions", None),
    ("POST", "/api/users/invite", {"email": "x@ejemplo.cr"}),
    ("GET", "/api/users/invitations", None),
    ("DELETE", f"/api/users/invitations/{NOBODY}", None),
    ("GET", "/api/api-keys", None),
    ("POST", "/api/api-keys", {"name": "Otra", "scopes": ["read"]}),
    ("DELETE", f"/api/api-keys/{NOBODY}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), PERSONS_ONLY)
def test_a_key_manages_neither_people_nor_keys(
    company_a: Company, program: Callable[..., Program], method: str, path: str, body: Any
) -> None:
    """With all the scopes that there are, in an owner's name."""
    call = program(company_a, *(scope.value for scope in SCOPES))
    found = problem(call(method, path.format(own=company_a.user_id), body), 403)
    assert found["code"] in {"person_required", "scope_missing"}


def test_that_list_is_all_of_them(app: FastAPI) -> None:
    closed = {
        (method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
        if operation["x-roles"] and not operation["x-api-key"]
    }
    listed = {(method, path.replace(NOBODY, "{id}").replace("{own}", "{id}")) for method, path, _ in PERSONS_ONLY}
    assert {(method, re.sub(r"{\w+}", "{id}", path)) for method, path in closed} == listed


@pytest.mark.parametrize("scope", ["manage_users", "manage_api_keys", "todo", "", "READ", "*"])
def test_scopes_that_no_key_has(company_a: Company, scope: str) -> None:
    answer = company_a.post("/api/api-keys", {"name": "X", "scopes": ["read", scope]})
    assert next(iter(fields(problem(answer, 422, "invalid")))).startswith("scopes")


@pytest.mark.parametrize(
    ("change", "field"),
    [({"name": " "}, "name"), ({"name": "x" * 101}, "name"), ({"name": "a\x00"}, "name"), ({"scopes": []}, "scopes"),
     ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"), ({"expires_at": "0000-01-01"}, "expires_at"),
     ({"expires_at": "mañana"}, "expires_at"), ({"user_id": NOBODY}, "user_id"), ({"key": "pym_x"}, "key")],
)  # fmt: skip
def test_a_key_that_cannot_be(company_a: Company, change: dict[str, Any], field: str) -> None:
    answer = company_a.post("/api/api-keys", {"name": "X", "scopes": ["read"]} | change)
    assert list(fields(problem(answer, 422, "invalid"))) == [field]


@pytest.mark.parametrize("role", sorted(RANKS))
def test_who_may_make_keys(company_a: Company, colleague: Colleague, role: str) -> None:
    answer = colleague(company_a, role).post("/api/api-keys", {"name": "X", "scopes": ["read"]})
    if role in ("owner", "admin"):
        assert answer.status_code == 201
    else:
        problem(answer, 403, "forbidden")


def test_a_key_is_shown_once_and_stored_hashed(
    company_a: Company, program: Callable[..., Program], settings: Settings
) -> None:
    call = program(company_a, "read")
    listed = company_a.get("/api/api-keys").text
    assert call.made["prefix"] in listed
    assert call.key not in listed
    with platform_session(settings) as session:
        row = session.execute(select(ApiKey).where(ApiKey.api_key_id == call.made["api_key_id"])).scalar_one()
        assert row.key_hash == hash_key(call.key)
        for table in ("api_keys", "idempotency_keys"):
            leaks = f"select count(*) from platform.{table} t where t::text like :key"
            assert session.execute(text(leaks), {"key": f"%{call.key}%"}).scalar_one() == 0


def test_a_retry_makes_one_key_and_keeps_its_secret_nowhere(company_a: Company, settings: Settings) -> None:
    headers, body = {"Idempotency-Key": uuid4().hex}, {"name": "Repetida", "scopes": ["read"]}
    first, second = (company_a.post("/api/api-keys", body, headers=headers).json() for _ in range(2))
    assert first["key"].startswith("pym_")
    assert second == first | {"key": None}
    assert company_a.get("/api/api-keys", params={"q": "repetida"}).json()["total"] == 1
    with platform_session(settings) as session:
        leaks = "select count(*) from platform.idempotency_keys t where t::text like :key"
        assert session.execute(text(leaks), {"key": f"%{first['key']}%"}).scalar_one() == 0


def test_a_revoked_key_is_out_at_the_next_request(company_a: Company, program: Callable[..., Program]) -> None:
    call = program(company_a, "read")
    assert call("GET", "/api/customers").status_code == 200
    path = f"/api/api-keys/{call.made['api_key_id']}"
    assert company_a.delete(path).status_code == 204
    problem(call("GET", "/api/customers"), 401, "api_key_invalid")
    problem(company_a.delete(path), 404, "not_found")


def test_a_key_expires(company_a: Company, program: Callable[..., Program], settings: Settings) -> None:
    call = program(company_a, "read", expires_at=(utc_now() + timedelta(days=1)).isoformat())
    assert call("GET", "/api/customers").status_code == 200
    with platform_session(settings) as session:
        session.get_one(ApiKey, call.made["api_key_id"]).expires_at = utc_now()
    problem(call("GET", "/api/customers"), 401, "api_key_invalid")
    # It stays in the list, so that people see why their program stopped.
    items = company_a.get("/api/api-keys", params={"limit": 500}).json()["items"]
    assert call.made["api_key_id"] in {item["api_key_id"] for item in items}


def test_its_last_use_is_noted_once_a_minute(
    company_a: Company, program: Callable[..., Program], settings: Settings
) -> None:
    call = program(company_a, "read")

    def last_use() -> Any:
        with platform_session(settings) as session:
            return session.get_one(ApiKey, call.made["api_key_id"]).last_used_at

    assert last_use() is None
    call("GET", "/api/customers")
    first = last_use()
    assert first is not None
    call("GET", "/api/customers")
    assert last_use() == first
    with platform_session(settings) as session:
        session.get_one(ApiKey, call.made["api_key_id"]).last_used_at = first - timedelta(seconds=61)
    call("GET", "/api/customers")
    assert last_use() > first


def test_a_key_opens_its_own_company_alone(
    company_a: Company, company_b: Company, program: Callable[..., Program]
) -> None:
    key = company_b.post("/api/customers", {"first_name": "De B"}).json()["customer_id"]
    call = program(company_a, "read", "edit_own", "edit_all")
    problem(call("GET", f"/api/customers/{key}"), 404, "not_found")
    problem(call("PUT", f"/api/customers/{key}", {"first_name": "De A"}), 404, "not_found")
    mine = program(company_b, "read")
    problem(company_a.delete(f"/api/api-keys/{mine.made['api_key_id']}"), 404, "not_found")
    assert mine("GET", f"/api/customers/{key}").json()["first_name"] == "De B"
    assert mine.made["api_key_id"] not in company_a.get("/api/api-keys", params={"limit": 500}).text


@pytest.mark.parametrize("change", [lambda k: k[:-1], lambda k: k + "A", lambda k: k.upper(), lambda k: k.removeprefix("pym_"),
                                    lambda k: k.replace("pym_", "pym-"), lambda k: k[:-1] + ("A" if k[-1] != "A" else "B")])  # fmt: skip
def test_nearly_a_key_is_none(
    company_a: Company, client: TestClient, program: Callable[..., Program], change: Callable[[str], str]
) -> None:
    call = program(company_a, "read")
    call.key = change(call.key)
    problem(call("GET", "/api/customers"), 401)


def test_there_is_a_limit_to_how_many(register: Callable[..., Company], settings: Settings) -> None:
    company = register("Muchas claves")
    with platform_session(settings) as session:
        session.add_all(
            ApiKey(
                organization_id=company.tenant.organization_id, user_id=company.user_id, name=f"{number}", prefix="pym_x",
                key_hash=uuid4().hex, scopes=[Permission.READ.value],
            )
            for number in range(100)
        )  # fmt: skip
    answer = company.post("/api/api-keys", {"name": "Una más", "scopes": ["read"]})
    problem(answer, 409, "too_many_api_keys")


def test_lists_are_paged_and_sorted(register: Callable[..., Company], program: Callable[..., Program]) -> None:
    company = register("Lista de claves")
    for name in ("b", "a", "c"):
        program(company, "read", name=name)
    first = company.get("/api/api-keys", params={"sort": "name", "limit": 2}).json()
    second = company.get("/api/api-keys", params={"sort": "name", "limit": 2, "cursor": first["next_cursor"]}).json()
    assert [item["name"] for item in first["items"] + second["items"]] == ["a", "b", "c"]
    assert (first["total"], second["next_cursor"]) == (3, None)
