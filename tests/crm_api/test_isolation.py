"""Every route of the OpenAPI, with the other company's ids, without a token, and under every role.

A route that takes an id or changes something and is in none of the tables of tests.crm_api.isolation fails these tests; so
does an id in a body that is in none of tests.crm_api.references.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from pymeai.settings import Settings
from tests.crm_api import references
from tests.crm_api.conftest import Company, problem
from tests.crm_api.isolation import (
    ALLOWED,
    ANYBODY,
    ASKS,
    BODIES,
    CANARY,
    DESCRIBED,
    NOBODY,
    NOT_AN_ID,
    OPERATIONS,
    PUBLIC,
    call,
    filled,
    things_of,
    with_id,
)

Count = Callable[[int], None]
ROLES = ("owner", "admin", "manager", "seller", "viewer")
# Nothing like the first: a search finds what sounds alike.
SECOND_CANARY = "ZumbidoXilofonoBrusco"
OF_WHOM = ("user_id", "owner_user_id")
SINGULAR = {"opportunities": "opportunity"}


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Count:
    """Tell how many cases a test tried."""
    return lambda cases: record_property("isolation", cases)


@dataclass(frozen=True)
class Insider:
    """Somebody of one of the two companies: their role, and what the companies have."""

    role: str
    person: Company
    own: dict[str, str]
    foreign: dict[str, str]
    foreign_canary: str

    def may(self, method: str, path: str) -> bool:
        return self.role in ALLOWED.get((method, path), ANYBODY)

    def require_nothing_foreign(self, text: str) -> None:
        assert self.foreign_canary not in text
        assert not [name for name, key in self.foreign.items() if key in text]


@pytest.fixture(scope="module")
def things(company_a: Company, company_b: Company, settings: Settings) -> tuple[dict[str, str], dict[str, str]]:
    """What company A has, and what company B has."""
    return things_of(company_a, settings), things_of(company_b, settings, SECOND_CANARY)


@pytest.fixture(scope="module")
def foreign_ids(things: tuple[dict[str, str], dict[str, str]]) -> dict[str, str]:
    return things[0]


@pytest.fixture(scope="module")
def matrix(
    company_a: Company, company_b: Company, things: tuple[dict[str, str], dict[str, str]],
    colleague: Callable[[Company, str], Company],
) -> list[Insider]:  # fmt: skip
    """Somebody of each role of each company."""
    of_a, of_b = things
    directions = ((company_a, of_a, of_b, SECOND_CANARY), (company_b, of_b, of_a, CANARY))
    return [
        Insider(role, colleague(company, role), own, foreign, canary)
        for company, own, foreign, canary in directions
        for role in ROLES
    ]


def test_the_tables_cover_all_routes() -> None:
    mutations = {operation for operation in OPERATIONS if operation[0] != "GET"} - PUBLIC
    assert mutations - set(BODIES) == set()
    assert set(BODIES) - mutations == set()
    assert set(ALLOWED) <= set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), [operation for operation in OPERATIONS if operation not in PUBLIC])
def test_the_document_says_who_may(method: str, path: str) -> None:
    assert set(DESCRIBED[method, path]["x-roles"]) == ALLOWED.get((method, path), ANYBODY)


@pytest.mark.parametrize(("method", "path"), with_id(OPERATIONS))
def test_a_foreign_id_is_like_one_that_never_was(matrix: list[Insider], method: str, path: str, counted: Count) -> None:
    for insider in matrix:
        foreign = call(insider.person, method, filled(path, insider.foreign), path)
        never = call(insider.person, method, filled(path, NOBODY), path)
        problem(foreign, 404 if insider.may(method, path) else 403)
        assert foreign.json() == never.json()
        insider.require_nothing_foreign(foreign.text)
    counted(len(matrix))


def test_every_id_in_a_body_has_a_case() -> None:
    assert set(references.BODIES) == references.in_bodies()


@pytest.mark.parametrize(("method", "path", "where"), sorted(references.BODIES))
def test_a_foreign_id_in_a_body_is_like_one_that_never_was(
    matrix: list[Insider], method: str, path: str, where: str, counted: Count
) -> None:
    case = (method, path, where)
    for insider in matrix:
        answers = []
        for tried in (references.foreign_id(where, path, insider.foreign), NOBODY):
            body = references.with_ids(references.BODIES[case], insider.own, tried)
            answer = insider.person.request(method, filled(path, insider.own), json=body)
            answers.append((answer.status_code, answer.text.replace(tried, "…")))
        (status, text), never = answers
        insider.require_nothing_foreign(text)
        if not insider.may(method, path):
            assert status == 403, text
        elif insider.role == "seller" and status in (201, 403):
            # What a seller makes is theirs, whomever they name; what is a colleague's they cannot change at all.
            assert where in OF_WHOM or status == 403, text
            assert status == never[0]
            assert "…" not in text
        else:
            assert status in ((200,) if case in references.FINDS_NOTHING else (404, 409, 422)), text
            assert (status, text) == never
    counted(len(matrix))


@pytest.mark.parametrize(("method", "path", "name"), references.in_queries())
def test_a_foreign_id_in_a_query_is_like_one_that_never_was(
    matrix: list[Insider], method: str, path: str, name: str, counted: Count
) -> None:
    for insider in matrix:
        answers = []
        for tried in (references.foreign_id(name, path, insider.foreign), NOBODY):
            where = filled(path, insider.own | {"segment": "nuevo"})
            answer = insider.person.request(method, where, params={name: tried})
            answers.append((answer.status_code, answer.text.replace(tried, "…")))
        (status, text), never = answers
        insider.require_nothing_foreign(text)
        assert (status == 403) is not insider.may(method, path), text
        assert method == "GET" or status >= 400, text
        if not path.startswith("/api/exports/") or status != 200:
            assert (status, text) == never
    counted(len(matrix))


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


@pytest.mark.parametrize(
    "path", sorted(path for method, path in OPERATIONS if method == "GET" and ("{" not in path or path in NOT_AN_ID))
)
def test_no_list_shows_anything_of_another_company(matrix: list[Insider], path: str, counted: Count) -> None:
    parameters = {"kind": "customers"} if path == "/api/imports/targets" else {}
    where = path.format(name="ferreteria", segment="nuevo", topic="importar")
    for insider in matrix:
        response = insider.person.get(where, params=parameters)
        insider.require_nothing_foreign(response.text)
        if ("GET", path) not in PUBLIC:
            assert (response.status_code == 403) is not insider.may("GET", path), response.text
    counted(len(matrix))


SEARCHED = ["customers", "sales", "opportunities", "interactions", "imports", "dashboards", "alerts", "webhooks"]


@pytest.mark.parametrize("name", SEARCHED)
def test_no_search_finds_anything_of_another_company(matrix: list[Insider], name: str, counted: Count) -> None:
    path = f"/api/{name}"
    for insider in matrix:
        answer = insider.person.get(path, params={"q": insider.foreign_canary})
        if insider.may("GET", path):
            assert answer.json()["total"] == 0
        else:
            problem(answer, 403)
    counted(len(matrix))


@pytest.mark.parametrize("name", SEARCHED)
def test_the_search_finds_what_is_ones_own(company_a: Company, foreign_ids: dict[str, str], name: str) -> None:
    """What the others are not shown is there to be seen."""
    found = company_a.get(f"/api/{name}", params={"q": CANARY if name != "webhooks" else "ejemplo"})
    assert found.json()["total"] >= 1
    assert foreign_ids[f"{SINGULAR.get(name, name[:-1])}_id"] in found.text


@pytest.mark.parametrize(("method", "path"), [operation for operation in OPERATIONS if operation not in PUBLIC])
def test_nothing_opens_without_a_token(client: TestClient, method: str, path: str) -> None:
    response = client.request(method, filled(path, NOBODY), json=BODIES.get((method, path)))
    problem(response, 401, "not_signed_in")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), sorted(set(BODIES) | set(ALLOWED)))
def test_roles_do_what_they_may_and_no_more(
    matrix: list[Insider],
    colleague: Callable[[Company, str], Company],
    method: str,
    path: str,
    role: str,
    counted: Count,
) -> None:
    insiders = [insider for insider in matrix if insider.role == role]
    for insider in insiders:
        leaves = path == "/api/auth/logout"
        person = colleague(insider.person, role) if leaves else insider.person
        # What is asked of the marts is asked wrongly: it is let through as far as this, and takes no seconds.
        body = {} if (method, path) in ASKS else BODIES.get((method, path))
        response = person.request(method, filled(path, NOBODY), json=body)
        if insider.may(method, path):
            # 409: a colleague made a thing of this name before.
            assert response.status_code in (200, 201, 204, 404, 409, 422), response.text
        else:
            problem(response, 403, "forbidden")
    counted(len(insiders))
