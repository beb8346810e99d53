"""People: who may change whom, and what happens to those who leave."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text, update

from pymeai.database.connections import engine_for
from pymeai.database.tables.platform import User, Webhook
from pymeai.settings import Settings
from pymeai.tenancy.provisioning import drop_tenant
from pymeai.tenancy.sessions import platform_session
from tests.crm_api.conftest import PASSWORD, Company, fields, problem
from tests.crm_api.outbox import mails_to, token_in

Register = Callable[..., Company]
Colleague = Callable[[Company, str], Company]
ROLES = ["owner", "admin", "manager", "seller", "viewer"]
RANK = {role: -number for number, role in enumerate(ROLES)}


@pytest.fixture(scope="module")
def team(register: Register, colleague: Colleague) -> dict[str, Company]:
    """A company's people, one of each role; nobody in these tests changes them for good."""
    owner = register("Equipo")
    return {"owner": owner} | {role: colleague(owner, role) for role in ROLES[1:]}


def _audit(company: Company, **filters: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = company.get("/api/audit", params=filters).json()["items"]
    return items


def test_people_are_listed_found_and_paged(team: dict[str, Company]) -> None:
    owner = team["owner"]
    listed = owner.get("/api/users", params={"sort": "email", "limit": 3}).json()
    assert listed["total"] == 5
    rest = owner.get("/api/users", params={"sort": "email", "limit": 3, "cursor": listed["next_cursor"]}).json()
    emails = [user["email"] for user in listed["items"] + rest["items"]]
    assert emails == sorted(person.email for person in team.values())
    assert owner.get("/api/users", params={"q": "ána MORA"}).json()["total"] == 1
    assert "password" not in str(listed)


def test_people_are_filtered_and_sorted(register: Register, colleague: Colleague) -> None:
    owner = register("Filtros de personas")
    gone, seller, other = (colleague(owner, role) for role in ("viewer", "seller", "seller"))
    assert owner.delete(f"/api/users/{gone.user_id}").status_code == 204

    def found(**parameters: Any) -> set[str]:
        return {user["email"] for user in owner.get("/api/users", params=parameters).json()["items"]}

    assert found(is_active="false") == {gone.email}
    assert found(is_active="true") == {owner.email, seller.email, other.email}
    assert found(role="seller") == {seller.email, other.email}
    assert found(role=["owner", "viewer"], is_active="true") == {owner.email}
    by_role = owner.get("/api/users", params={"sort": "-role", "limit": 1}).json()
    assert by_role["items"][0]["role"] == "viewer"
    rest = owner.get("/api/users", params={"sort": "-role", "cursor": by_role["next_cursor"]}).json()
    assert [user["role"] for user in rest["items"]] == ["seller", "seller", "owner"]
    for parameters, field in (({"role": "chief"}, "role.0"), ({"is_active": "x"}, "is_active"), ({"foo": "1"}, "foo")):
        [named] = fields(problem(owner.get("/api/users", params=parameters), 422, "invalid"))
        assert named == field.split(".")[0]


def test_one_changes_ones_own_name(team: dict[str, Company]) -> None:
    viewer = team["viewer"]
    path = f"/api/users/{viewer.user_id}"
    read = viewer.get(path)
    answer = viewer.put(
        path, {"first_name": " Óscar ", "last_name": "Arias"}, headers={"If-Match": read.headers["etag"]}
    )
    assert (answer.json()["first_name"], answer.json()["last_name"]) == ("Óscar", "Arias")
    assert answer.headers["etag"] == viewer.get(path).headers["etag"] != read.headers["etag"]
    assert viewer.put(path, {"last_name": "Sánchez"}).json()["first_name"] == "Óscar"
    line = _audit(team["owner"], entity_id=str(viewer.user_id))[0]
    assert (line["action"], line["user_id"]) == ("updated", str(viewer.user_id))
    assert line["before"] == {"first_name": "Óscar", "last_name": "Arias"}
    assert line["after"] == {"first_name": "Óscar", "last_name": "Sánchez"}


def test_a_lost_update_is_refused(team: dict[str, Company]) -> None:
    path = f"/api/users/{team['seller'].user_id}"
    seen = team["owner"].get(path).headers["etag"]
    assert team["seller"].put(path, {"first_name": "Uno"}).status_code == 200
    for method, where, body in (
        ("PUT", path, {"first_name": "Dos"}),
        ("PUT", f"{path}/role", {"role": "viewer"}),
        ("DELETE", path, None),
    ):
        answer = team["owner"].request(method, where, json=body, headers={"If-Match": seen})
        problem(answer, 412, "precondition_failed")
    after = team["owner"].get(path).json()
    assert (after["first_name"], after["role"], after["is_active"]) == ("Uno", "seller", True)


@pytest.mark.parametrize(
    ("body", "field"),
    [({"email": "otro@ejemplo.cr"}, "email"), ({"role": "owner"}, "role"), ({"is_active": False}, "is_active"),
     ({"first_name": ""}, "first_name"), ({"first_name": "x" * 101}, "first_name"), ({"first_name": "a\x00"}, "first_name"),
     ({"password_hash": "x"}, "password_hash"), ({"organization_id": "x"}, "organization_id")],
)  # fmt: skip
def test_nothing_else_can_be_changed_there(team: dict[str, Company], body: dict[str, Any], field: str) -> None:
    seller = team["seller"]
    found = problem(seller.put(f"/api/users/{seller.user_id}", body), 422, "invalid")
    assert list(fields(found)) == [field]


@pytest.mark.parametrize("actor", ROLES)
@pytest.mark.parametrize("subject", ROLES)
def test_who_may_change_whose_name(register: Register, team: dict[str, Company], actor: str, subject: str) -> None:
    allowed = actor == subject or (actor in ("owner", "admin") and RANK[actor] >= RANK[subject])
    answer = team[actor].put(f"/api/users/{team[subject].user_id}", {"last_name": f"De {actor}"})
    if allowed:
        assert answer.json()["last_name"] == f"De {actor}"
    else:
        problem(answer, 403)
        assert team["owner"].get(f"/api/users/{team[subject].user_id}").json()["last_name"] != f"De {actor}"


@pytest.fixture
def give_back(team: dict[str, Company], settings: Settings) -> Any:
    """Everybody has their role and their access again after the test."""
    yield
    with platform_session(settings) as session:
        for role, person in team.items():
            session.execute(update(User).where(User.user_id == person.user_id).values(role=role, is_active=True))


@pytest.mark.parametrize("actor", ROLES)
@pytest.mark.parametrize("subject", ROLES)
@pytest.mark.parametrize("role", ROLES)
def test_who_may_make_whom_what(team: dict[str, Company], give_back: None, actor: str, subject: str, role: str) -> None:
    """The whole matrix: 5 actors x 5 people x 5 roles."""
    answer = team[actor].put(f"/api/users/{team[subject].user_id}/role", {"role": role})
    now = team["viewer"].get(f"/api/users/{team[subject].user_id}").json()["role"]
    if actor not in ("owner", "admin"):
        problem(answer, 403, "forbidden")
    elif RANK[subject] > RANK[actor] or RANK[role] > RANK[actor]:
        problem(answer, 403, "role_above_own")
    elif subject == "owner" and role != "owner":
        problem(answer, 409, "last_owner")
    else:
        assert answer.json()["role"] == role == now
        return
    assert now == subject


def test_a_role_counts_from_the_next_request_on(team: dict[str, Company], give_back: None) -> None:
    seller = team["seller"]
    assert seller.post("/api/customers", {"first_name": "Antes"}).status_code == 201
    changed = team["admin"].put(f"/api/users/{seller.user_id}/role", {"role": "viewer"})
    assert changed.status_code == 200
    problem(seller.post("/api/customers", {"first_name": "Después"}), 403, "forbidden")
    line = _audit(team["owner"], entity_id=str(seller.user_id), action="role_changed")[0]
    assert (line["before"], line["after"]) == ({"role": "seller"}, {"role": "viewer"})
    assert line["user_id"] == str(team["admin"].user_id)


def test_two_owners_cannot_leave_each_other_without_one(
    register: Register, colleague: Colleague, set_role: Callable[[Company, str], None]
) -> None:
    """Each takes the other's role at the same instant: one of the two is too late."""
    first = register("Dos dueños")
    second = colleague(first, "owner")
    for _ in range(10):
        for person in (first, second):
            set_role(person, "owner")
        start = Barrier(2)

        def demote(pair: tuple[Company, Company], start: Barrier = start) -> int:
            start.wait()
            return pair[0].put(f"/api/users/{pair[1].user_id}/role", {"role": "viewer"}).status_code

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(demote, [(first, second), (second, first)]))
        people = [*first.get("/api/users").json()["items"]]
        assert [person["role"] for person in people].count("owner") == 1, answers
        assert answers.count(200) == 1


def test_somebody_who_leaves_is_out_at_once_and_their_work_stays(
    register: Register, colleague: Colleague, client: TestClient
) -> None:
    owner = register("Salida")
    admin = colleague(owner, "admin")
    made = admin.post("/api/customers", {"first_name": "De quien se fue"}).json()
    key = admin.post("/api/api-keys", {"name": "Tienda", "scopes": ["read"]}).json()["key"]
    assert client.get("/api/customers", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert owner.delete(f"/api/users/{admin.user_id}").status_code == 204
    problem(admin.get("/api/customers"), 401, "session_ended")
    renewed = client.post("/api/auth/refresh-token", json={"refresh_token": admin.refresh_token})
    problem(renewed, 401, "session_ended")
    problem(client.get("/api/customers", headers={"Authorization": f"Bearer {key}"}), 401, "api_key_invalid")
    wrong = client.post("/api/auth/login", json={"email": admin.email, "password": PASSWORD})
    problem(wrong, 401, "wrong_credentials")
    assert owner.get(f"/api/users/{admin.user_id}").json()["is_active"] is False
    assert owner.get(f"/api/customers/{made['customer_id']}").json()["first_name"] == "De quien se fue"
    line = _audit(owner, entity_id=str(admin.user_id))[0]
    assert (line["action"], line["user_id"]) == ("deactivated", str(owner.user_id))
    problem(owner.delete(f"/api/users/{admin.user_id}"), 404, "not_found")


def test_what_ended_with_somebody_stays_ended_when_they_are_back(
    register: Register, colleague: Colleague, client: TestClient, settings: Settings
) -> None:
    """Sign-ins, API keys and the link of a forgotten password are over, not merely of no use for a while."""
    owner = register("Va y viene")
    admin = colleague(owner, "admin")
    key = admin.post("/api/api-keys", {"name": "Tienda", "scopes": ["read"]}).json()["key"]
    client.post("/api/auth/forgot-password", json={"email": admin.email})
    token = token_in(mails_to(settings, admin.email)[-1])
    assert owner.delete(f"/api/users/{admin.user_id}").status_code == 204
    with platform_session(settings) as session:
        session.execute(update(User).where(User.user_id == admin.user_id).values(is_active=True))
    problem(admin.get("/api/customers"), 401, "session_ended")
    problem(client.get("/api/customers", headers={"Authorization": f"Bearer {key}"}), 401, "api_key_invalid")
    answer = client.post("/api/auth/reset-password", json={"token": token, "password": "otra clave larga"})
    problem(answer, 400, "reset_token_invalid")


def test_who_left_is_given_nothing_new_and_keeps_what_they_had(register: Register, colleague: Colleague) -> None:
    owner = register("Cartera de quien se fue")
    left, stays = colleague(owner, "seller"), colleague(owner, "seller")
    theirs = {"owner_user_id": str(left.user_id)}
    customer = owner.post("/api/customers", {"first_name": "De siempre"} | theirs).json()["customer_id"]
    assert owner.delete(f"/api/users/{left.user_id}").status_code == 204
    message = "Esa persona está desactivada: escoja a otra."
    responsible = {"user_id": str(left.user_id)}
    bulk = {"ids": [customer], "set": theirs}
    for path, body, field in (
        ("/api/customers", {"first_name": "Nueva"} | theirs, "owner_user_id"),
        ("/api/customers/bulk", bulk, "set.owner_user_id"),
        ("/api/sales", {"sold_at": "2026-01-01", "amount": 1, "currency": "CRC"} | responsible, "user_id"),
        ("/api/opportunities", {"title": "X", "currency": "CRC"} | responsible, "user_id"),
        (f"/api/customers/{customer}/interactions", {"type": "WhatsApp"} | responsible, "user_id"),
    ):
        assert fields(problem(owner.post(path, body), 422, "invalid")) == {field: message}
    path = f"/api/customers/{customer}"
    changed = owner.put(path, {"last_name": "Con apellido"} | theirs)
    assert (changed.json()["last_name"], changed.json()["owner_user_id"]) == ("Con apellido", str(left.user_id))
    assert owner.put(path, {"owner_user_id": str(stays.user_id)}).status_code == 200
    assert fields(problem(owner.put(path, theirs), 422, "invalid")) == {"owner_user_id": message}


def test_who_may_deactivate_whom(team: dict[str, Company], give_back: None) -> None:
    for actor in ("manager", "seller", "viewer"):
        problem(team[actor].delete(f"/api/users/{team['viewer'].user_id}"), 403, "forbidden")
    problem(team["admin"].delete(f"/api/users/{team['owner'].user_id}"), 403, "role_above_own")
    problem(team["owner"].delete(f"/api/users/{team['owner'].user_id}"), 409, "last_owner")
    problem(team["admin"].delete(f"/api/users/{team['admin'].user_id}"), 409, "own_account")
    assert all(person["is_active"] for person in team["viewer"].get("/api/users").json()["items"])


def test_an_administrator_ends_somebodys_sign_ins(
    register: Register, colleague: Colleague, sign_in: Callable[[str], Company]
) -> None:
    owner = register("Teléfono perdido")
    admin, seller = colleague(owner, "admin"), colleague(owner, "seller")
    phone = sign_in(seller.email)
    problem(seller.delete(f"/api/users/{seller.user_id}/sessions"), 403, "forbidden")
    problem(admin.delete(f"/api/users/{owner.user_id}/sessions"), 403, "role_above_own")
    assert admin.delete(f"/api/users/{seller.user_id}/sessions").status_code == 204
    for device in (seller, phone):
        problem(device.get("/api/customers"), 401, "session_ended")
    assert sign_in(seller.email).get("/api/customers").status_code == 200
    assert {line["user_id"] for line in _audit(owner, entity="session")} == {str(admin.user_id)}
    assert len(_audit(owner, entity="session", action="revoked")) == 2


def test_a_deactivated_owner_does_not_count_as_one(register: Register, colleague: Colleague) -> None:
    first = register("Un dueño y otro que se fue")
    second = colleague(first, "owner")
    assert first.delete(f"/api/users/{second.user_id}").status_code == 204
    problem(first.put(f"/api/users/{first.user_id}/role", {"role": "admin"}), 409, "last_owner")


def test_another_company_is_out_of_reach(company_a: Company, company_b: Company) -> None:
    path = f"/api/users/{company_a.user_id}"
    for method, where, body in (
        ("GET", path, None), ("PUT", path, {"first_name": "X"}), ("DELETE", path, None), ("PUT", f"{path}/role", {"role": "viewer"}),
    ):  # fmt: skip
        problem(company_b.request(method, where, json=body), 404, "not_found")
    assert company_a.get(path).json()["first_name"] == "Ana"
    assert company_a.get(path).json()["role"] == "owner"


def test_a_company_that_is_dropped_leaves_nobody_behind(
    register: Register, client: TestClient, settings: Settings
) -> None:
    company = register("Se va entera")
    headers = {"Idempotency-Key": "una-clave-de-ellos"}
    assert company.post("/api/users/invite", {"email": "nadie@ejemplo.cr"}, headers=headers).status_code == 201
    assert company.post("/api/api-keys", {"name": "X", "scopes": ["read"]}).status_code == 201
    with platform_session(settings) as session:
        session.add(Webhook(organization_id=company.tenant.organization_id, url="https://x.cr", events=["*"]))
    company.post("/api/customers", {"first_name": "X"})
    client.post("/api/auth/forgot-password", json={"email": company.email})
    drop_tenant(settings, company.tenant)
    problem(company.get("/api/users"), 401, "session_ended")
    with engine_for(settings, "owner").connect() as connection:
        tables = connection.execute(
            text("select table_name from information_schema.columns "
                 "where table_schema = 'platform' and column_name = 'organization_id'")
        ).scalars().all()  # fmt: skip
        assert len(tables) >= 9
        left = {
            table: connection.execute(
                text(f"select count(*) from platform.{table} where organization_id = :id"),
                {"id": company.tenant.organization_id},
            ).scalar_one()
            for table in tables
        }
    assert {table for table, count in left.items() if count} == set()
