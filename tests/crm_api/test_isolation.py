"""Every route of the OpenAPI, with the other company's ids, without a token, and under every role.

A route that takes an id or changes something and is in none of the tables of tests.crm_api.isolation fails these tests.
"""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from pymeai.settings import Settings
from tests.crm_api.conftest import Company, problem
from tests.crm_api.isolation import (
    ALLOWED,
    ANYBODY,
    ASKS,
    BODIES,
    CANARY,
    DESCRIBED,
    NOBODY,
    OPERATIONS,
    PUBLIC,
    call,
    filled,
    things_of,
    with_id,
)

ROLES = ("owner", "admin", "manager", "seller", "viewer")
# Nothing like the first: a search finds what sounds alike.
SECOND_CANARY = "ZumbidoXilofonoBrusco"


@pytest.fixture(scope="module")
def foreign_ids(company_a: Company, settings: Settings) -> dict[str, str]:
    return things_of(company_a, settings)


@pytest.fixture(scope="module")
def matrix(
    company_a: Company, company_b: Company, foreign_ids: dict[str, str], settings: Settings,
    colleague: Callable[[Company, str], Company],
) -> list[tuple[str, Company, dict[str, str]]]:  # fmt: skip
    """Somebody of each role of each company, and the other company's ids."""
    directions = ((company_a, things_of(company_b, settings, SECOND_CANARY)), (company_b, foreign_ids))
    return [(role, colleague(company, role), ids) for company, ids in directions for role in ROLES]


def test_the_tables_cover_all_routes() -> None:
    mutations = {operation for operation in OPERATIONS if operation[0] != "GET"} - PUBLIC
    assert mutations - set(BODIES) == set()
    assert set(BODIES) - mutations == set()
    assert set(ALLOWED) <= set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), [operation for operation in OPERATIONS if operation not in PUBLIC])
def test_the_document_says_who_may(method: str, path: str) -> None:
    assert set(DESCRIBED[method, path]["x-roles"]) == ALLOWED.get((method, path), ANYBODY)


@pytest.mark.parametrize(("method", "path"), with_id(OPERATIONS))
def test_a_foreign_id_is_like_one_that_never_was(
    matrix: list[tuple[str, Company, dict[str, str]]],
    method: str,
    path: str,
    record_property: Callable[[str, object], None],
) -> None:
    for role, person, ids in matrix:
        foreign = call(person, method, filled(path, ids), path)
        never = call(person, method, filled(path, NOBODY), path)
        problem(foreign, 404 if role in ALLOWED.get((method, path), ANYBODY) else 403)
        assert foreign.json() == never.json()
        assert not [canary for canary in (CANARY, SECOND_CANARY) if canary in foreign.text]
    record_property("isolation", len(matrix))


@pytest.mark.parametrize(("method", "path"), with_id(OPERATIONS))
def test_what_is_no_id_is_no_address(company_b: Company, method: str, path: str) -> None:
    problem(call(company_b, method, filled(path, "x"), path), 404, "not_found")


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
    "path",
    [
        "/api/customers",
        "/api/sales",
        "/api/opportunities",
        "/api/interactions",
        "/api/imports",
        "/api/dashboards",
        "/api/alerts",
        "/api/webhooks",
    ],
)
def test_no_search_finds_anything_of_another_company(
    company_b: Company, foreign_ids: dict[str, str], path: str
) -> None:
    assert company_b.get(path, params={"q": CANARY}).json()["total"] == 0


@pytest.mark.parametrize(
    ("path", "name"),
    [("/api/sales", "customer_id"), ("/api/sales", "opportunity_id"), ("/api/opportunities", "customer_id"),
     ("/api/interactions", "customer_id"), ("/api/interactions", "opportunity_id"), ("/api/interactions", "user_id"),
     ("/api/opportunities", "stage_id"), ("/api/opportunities", "pipeline_id"), ("/api/opportunities", "user_id")],
)  # fmt: skip
def test_no_filter_finds_anything_of_another_company(
    company_b: Company, foreign_ids: dict[str, str], path: str, name: str
) -> None:
    key = foreign_ids.get(name, NOBODY)
    assert company_b.get(path, params={name: key}).json()["total"] == 0


@pytest.mark.parametrize(("method", "path"), [operation for operation in OPERATIONS if operation not in PUBLIC])
def test_nothing_opens_without_a_token(client: TestClient, method: str, path: str) -> None:
    response = client.request(method, filled(path, NOBODY), json=BODIES.get((method, path)))
    problem(response, 401, "not_signed_in")


@pytest.fixture(scope="module")
def people(company_b: Company, colleague: Callable[[Company, str], Company]) -> dict[str, Company]:
    """One person of company B for each role."""
    return {role: colleague(company_b, role) for role in ROLES}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("method", "path"), sorted((set(BODIES) | set(ALLOWED)) - ASKS - {("POST", "/api/auth/logout")})
)
def test_roles_do_what_they_may_and_no_more(people: dict[str, Company], method: str, path: str, role: str) -> None:
    response = call(people[role], method, filled(path, NOBODY), path)
    if role in ALLOWED.get((method, path), ANYBODY):
        # 409: a colleague made a thing of this name before.
        assert response.status_code in (200, 201, 204, 404, 409, 422), response.text
    else:
        problem(response, 403, "forbidden")
