"""Every route of the OpenAPI, with the other company's ids, without a token, and under every role.

A route that takes an id or changes something and is in none of the tables below fails these tests.
"""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from crm_api.main import create_app
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session
from tests.crm_api.conftest import Company, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"
CANARY = "CanarioDeOtraEmpresa"

OPERATIONS = [
    (method.upper(), path)
    for path, methods in create_app(
        Settings(database_url="postgresql://nowhere", secret_key="a secret that is long enough")
    ).openapi()["paths"].items()
    for method in methods
]  # fmt: skip
PUBLIC = {
    ("POST", "/api/auth/register"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/refresh-token"),
    ("GET", "/api/templates"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
}
# Paths whose parameter is no id of a thing: what they show is the caller's own.
NOT_AN_ID = {"/api/customers/segments/{segment}", "/api/kula/help/{topic}"}

BOARD = {"name": "X", "widgets": []}
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/api/auth/logout"): None,
    ("PUT", "/api/organization"): {"name": "X"},
    ("POST", "/api/onboarding"): {"template": "general"},
    ("POST", "/api/customers"): {"first_name": "X"},
    ("PUT", "/api/customers/{customer_id}"): {"first_name": "X"},
    ("DELETE", "/api/customers/{customer_id}"): None,
    ("POST", "/api/sales"): {"sold_at": "2026-01-01", "amount": 1, "currency": "CRC"},
    ("POST", "/api/opportunities"): {"title": "X", "currency": "CRC"},
    ("PUT", "/api/opportunities/{opportunity_id}"): {"title": "X"},
    ("DELETE", "/api/opportunities/{opportunity_id}"): None,
    ("PUT", "/api/opportunities/{opportunity_id}/stage"): {"stage_id": NOBODY},
    ("POST", "/api/imports"): None,
    ("PUT", "/api/imports/{import_id}/mapping"): {"columns": []},
    ("PUT", "/api/imports/{import_id}/sheet"): {"sheet": "X"},
    ("POST", "/api/imports/{import_id}/dry-run"): None,
    ("POST", "/api/imports/{import_id}/commit"): None,
    ("POST", "/api/dashboards"): BOARD,
    ("PUT", "/api/dashboards/{dashboard_id}"): BOARD,
    ("DELETE", "/api/auth/sessions/{session_id}"): None,
    ("POST", "/api/analytics/query"): {"metrics": ["net_sales"]},
    ("POST", "/api/kula/query"): {"question": "ventas"},
    ("POST", "/api/kula/messages/{message_id}/feedback"): {"feedback": "up"},
}
# Who may: the roles that a mutation lets through; all of them where it is not named.
EDITORS = {"owner", "admin", "manager", "seller"}
IMPORTERS = {"owner", "admin", "manager"}
ADMINISTRATORS = {"owner", "admin"}
ALLOWED: dict[tuple[str, str], set[str]] = {
    ("PUT", "/api/organization"): ADMINISTRATORS,
    ("POST", "/api/onboarding"): ADMINISTRATORS,
    ("POST", "/api/customers"): EDITORS,
    ("PUT", "/api/customers/{customer_id}"): EDITORS,
    ("DELETE", "/api/customers/{customer_id}"): EDITORS,
    ("POST", "/api/sales"): EDITORS,
    ("POST", "/api/opportunities"): EDITORS,
    ("PUT", "/api/opportunities/{opportunity_id}"): EDITORS,
    ("DELETE", "/api/opportunities/{opportunity_id}"): EDITORS,
    ("PUT", "/api/opportunities/{opportunity_id}/stage"): EDITORS,
    ("POST", "/api/imports"): IMPORTERS,
    ("PUT", "/api/imports/{import_id}/mapping"): IMPORTERS,
    ("PUT", "/api/imports/{import_id}/sheet"): IMPORTERS,
    ("POST", "/api/imports/{import_id}/dry-run"): IMPORTERS,
    ("POST", "/api/imports/{import_id}/commit"): IMPORTERS,
    ("POST", "/api/dashboards"): EDITORS,
    ("PUT", "/api/dashboards/{dashboard_id}"): EDITORS,
}
ANYBODY = {"owner", "admin", "manager", "seller", "viewer"}
# These ask things of the tenant's marts, which other tests cover; here they would only be slow.
ASKS = {("POST", "/api/analytics/query"), ("POST", "/api/kula/query")}


def _id_of(operations: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(method, path) for method, path in operations if "{" in path and path not in NOT_AN_ID]


@pytest.fixture(scope="module")
def foreign_ids(company_a: Company, settings: Settings) -> dict[str, str]:
    """One thing of company A for each kind of id that a path can have."""
    from pymeai.database.tables.workspace import KulaMessage

    def made(path: str, key: str, body: dict[str, Any]) -> str:
        response = company_a.post(path, body)
        assert response.status_code == 201, response.text
        return str(response.json()[key])

    with tenant_session(settings, company_a.tenant) as session:
        message = KulaMessage(
            conversation_id=uuid4(), user_id=company_a.user_id, question=CANARY, answer={"text": CANARY}
        )
        session.add(message)
        session.flush()
        message_id, conversation_id = str(message.message_id), str(message.conversation_id)
    content = {"file": (f"{CANARY}.csv", f"Nombre,Correo\n{CANARY},{uuid4().hex}@ejemplo.cr\n".encode())}
    uploaded = company_a.request("POST", "/api/imports", files=content, data={"kind": "customers"})
    assert uploaded.status_code == 201, uploaded.text
    customer = made("/api/customers", "customer_id", {"first_name": CANARY, "tags": [CANARY]})
    return {
        "customer_id": customer,
        "sale_id": made("/api/sales", "sale_id", {"sold_at": "2026-01-01", "amount": 1, "seller": CANARY}),
        "opportunity_id": made("/api/opportunities", "opportunity_id", {"title": CANARY, "customer_id": customer}),
        "import_id": str(uploaded.json()["id"]),
        "dashboard_id": made("/api/dashboards", "dashboard_id", {"name": CANARY, "widgets": []}),
        "pipeline_id": str(company_a.get("/api/pipelines").json()["items"][0]["pipeline_id"]),
        "user_id": str(company_a.user_id),
        "session_id": str(company_a.get("/api/auth/sessions").json()["items"][0]["session_id"]),
        "message_id": message_id,
        "conversation_id": conversation_id,
    }


def _call(person: Company, method: str, path: str, template: str) -> Response:
    return person.request(method, path, json=BODIES.get((method, template)))


def _filled(path: str, ids: dict[str, str] | str) -> str:
    return re.sub(r"{(\w+)}", lambda found: ids if isinstance(ids, str) else ids[found[1]], path)


def test_the_tables_cover_all_routes() -> None:
    mutations = {operation for operation in OPERATIONS if operation[0] != "GET"} - PUBLIC
    assert mutations - set(BODIES) == set()
    assert set(BODIES) - mutations == set()
    assert set(ALLOWED) <= mutations


@pytest.mark.parametrize(("method", "path"), _id_of(OPERATIONS))
def test_a_foreign_id_is_like_one_that_never_was(
    company_b: Company, foreign_ids: dict[str, str], method: str, path: str
) -> None:
    foreign = _call(company_b, method, _filled(path, foreign_ids), path)
    never = _call(company_b, method, _filled(path, NOBODY), path)
    problem(foreign, 404)
    assert foreign.json() == never.json()
    assert CANARY not in foreign.text


@pytest.mark.parametrize(("method", "path"), _id_of(OPERATIONS))
def test_an_id_that_is_none_is_refused(company_b: Company, method: str, path: str) -> None:
    problem(_call(company_b, method, _filled(path, "x"), path), 422, "invalid")


def test_after_all_this_company_a_has_what_it_had(company_a: Company, foreign_ids: dict[str, str]) -> None:
    for key, path in (
        ("customer_id", "customers"),
        ("opportunity_id", "opportunities"),
        ("dashboard_id", "dashboards"),
    ):
        assert CANARY in company_a.get(f"/api/{path}/{foreign_ids[key]}").text
    assert company_a.get(f"/api/imports/{foreign_ids['import_id']}").json()["status"] == "uploaded"
    assert company_a.get("/api/auth/sessions").json()["total"] >= 1


@pytest.mark.parametrize("path", sorted(path for method, path in OPERATIONS if method == "GET" and "{" not in path))
def test_no_list_shows_anything_of_another_company(company_b: Company, foreign_ids: dict[str, str], path: str) -> None:
    parameters = {"kind": "customers"} if path == "/api/imports/targets" else {}
    response = company_b.get(path, params=parameters)
    assert CANARY not in response.text
    assert not [name for name, key in foreign_ids.items() if key in response.text]


@pytest.mark.parametrize(
    "path", ["/api/customers", "/api/sales", "/api/opportunities", "/api/imports", "/api/dashboards"]
)
def test_no_search_finds_anything_of_another_company(
    company_b: Company, foreign_ids: dict[str, str], path: str
) -> None:
    assert company_b.get(path, params={"q": CANARY}).json()["total"] == 0


@pytest.mark.parametrize(
    ("path", "name"),
    [("/api/sales", "customer_id"), ("/api/sales", "opportunity_id"), ("/api/opportunities", "customer_id"),
     ("/api/opportunities", "stage_id"), ("/api/opportunities", "pipeline_id"), ("/api/opportunities", "user_id")],
)  # fmt: skip
def test_no_filter_finds_anything_of_another_company(
    company_b: Company, foreign_ids: dict[str, str], path: str, name: str
) -> None:
    key = foreign_ids.get(name, NOBODY)
    assert company_b.get(path, params={name: key}).json()["total"] == 0


@pytest.mark.parametrize(("method", "path"), [operation for operation in OPERATIONS if operation not in PUBLIC])
def test_nothing_opens_without_a_token(client: TestClient, method: str, path: str) -> None:
    response = client.request(method, _filled(path, NOBODY), json=BODIES.get((method, path)))
    problem(response, 401, "not_signed_in")


@pytest.fixture(scope="module")
def people(company_b: Company, colleague: Callable[[Company, str], Company]) -> dict[str, Company]:
    """One person of company B for each role."""
    return {role: colleague(company_b, role) for role in ("owner", "admin", "manager", "seller", "viewer")}


@pytest.mark.parametrize("role", ["owner", "admin", "manager", "seller", "viewer"])
@pytest.mark.parametrize(("method", "path"), sorted(set(BODIES) - ASKS - {("POST", "/api/auth/logout")}))
def test_roles_do_what_they_may_and_no_more(people: dict[str, Company], method: str, path: str, role: str) -> None:
    response = _call(people[role], method, _filled(path, NOBODY), path)
    if role in ALLOWED.get((method, path), ANYBODY):
        assert response.status_code in (200, 201, 204, 404, 422), response.text
    else:
        problem(response, 403, "forbidden")
