"""The OpenAPI document: names, examples, problems and headers of every operation."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from crm_api.field_examples import FIELDS
from crm_api.openapi import TAGS
from crm_api.problem_codes import CODES
from tests.crm_api.conftest import Company
from tests.crm_api.document import DOCUMENT
from tests.crm_api.document import OPERATIONS as DESCRIBED

OPERATIONS = {f"{method} {path}": operation for (method, path), operation in DESCRIBED.items()}
PROJECT = Path(__file__).resolve().parents[2]
# A file is known by its content: the same one twice is noticed without a key.
POSTS_WITHOUT_A_KEY = {
    "POST /api/auth/login": "each sign-in is one of its own, and its tokens are not kept",
    "POST /api/auth/refresh-token": "the refresh token is its own key: it serves once",
    "POST /api/auth/logout": "a session that is over stays over",
    "POST /api/auth/forgot-password": "nobody is signed in; each request may send a mail, within limits",
    "POST /api/auth/reset-password": "the code of the mail is its own key: it serves once",
    "POST /api/alerts/preview": "reads, and changes nothing",
    "POST /api/alerts/{alert_id}/test": "reads, and changes nothing",
    "POST /api/analytics/query": "reads, and changes nothing",
}
WITHOUT_AN_ETAG = {
    "PUT /api/auth/password": "answers nothing",
    "PUT /api/imports/{import_id}/mapping": "an import is one person's work",
    "PUT /api/imports/{import_id}/sheet": "an import is one person's work",
}


def _bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, operation in OPERATIONS.items():
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            if media == "application/json":
                yield name, content["schema"]


def _headers(operation: dict[str, Any]) -> set[str]:
    return {item["name"].lower() for item in operation.get("parameters", []) if item["in"] == "header"}


def _referred(schema: dict[str, Any]) -> str:
    found = re.search(r"#/components/schemas/([\w.-]+)", str(schema))
    assert found, schema
    return found[1]


def test_operation_ids_are_names_and_differ() -> None:
    names = Counter(operation["operationId"] for operation in OPERATIONS.values())
    assert [name for name, number in names.items() if number > 1] == []
    unclear = [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)]
    assert unclear == []
    assert {"list_customers", "create_customer", "change_customer", "move_opportunity"} <= set(names)


def test_models_have_names_that_a_person_can_say() -> None:
    """A page is named by one thing: of a union it would be all its members, and the client's class as well."""
    names = DOCUMENT["components"]["schemas"]
    assert [name for name in names if not re.fullmatch(r"[A-Z][A-Za-z]+|Page_[A-Z][A-Za-z]+_", name)] == []


def test_tags_are_described_and_used() -> None:
    used = {tag for operation in OPERATIONS.values() for tag in operation["tags"]}
    assert used - set(TAGS) == set()
    assert [tag["name"] for tag in DOCUMENT["tags"]] == list(TAGS)
    assert all(tag["description"] for tag in DOCUMENT["tags"])
    assert set(TAGS) - used == set()


def test_every_operation_says_in_spanish_what_it_does_and_who_may() -> None:
    for name, operation in OPERATIONS.items():
        assert operation["summary"], name
        assert len(operation["description"].split("\n\n_")[0]) > 10, name
        assert set(operation["x-roles"]) <= {"owner", "admin", "manager", "seller", "viewer"}, name


@pytest.mark.parametrize(("name", "schema"), list(_bodies()), ids=[name for name, _ in _bodies()])
def test_every_body_has_an_example_that_is_valid(name: str, schema: dict[str, Any]) -> None:
    examples = DOCUMENT["components"]["schemas"][_referred(schema)].get("examples")
    assert examples, f"{name}: crm_api/examples.py has no example of {_referred(schema)}"
    for example in examples:
        jsonschema.validate(
            example,
            schema | {"components": DOCUMENT["components"]},
            format_checker=jsonschema.FormatChecker(),
        )


def _answers() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, operation in OPERATIONS.items():
        for status, answer in operation["responses"].items():
            content = answer.get("content", {}).get("application/json")
            if content is not None:
                yield f"{name} {status}", content


@pytest.mark.parametrize(("name", "content"), list(_answers()), ids=[name for name, _ in _answers()])
def test_every_answer_has_an_example_that_is_valid(name: str, content: dict[str, Any]) -> None:
    assert content["schema"], f"{name} says nothing of its answer"
    jsonschema.validate(
        content["example"],
        content["schema"] | {"components": DOCUMENT["components"]},
        format_checker=jsonschema.FormatChecker(),
    )
    if "items" in content["example"]:
        assert content["example"]["items"], f"{name}: an empty list shows nothing"


def test_every_example_of_a_field_is_of_a_field() -> None:
    fields_there = {
        name
        for schema, content in DOCUMENT["components"]["schemas"].items()
        for field in content.get("properties", {})
        for name in (field, f"{schema}.{field}")
    }
    assert set(FIELDS) - fields_there == set()


def _problems(operation: dict[str, Any]) -> set[str]:
    return {status for status in operation["responses"] if not status.startswith("2")}


READS_A_FILE = ("PUT /api/imports/{import_id}/sheet", "POST /api/imports/{import_id}/dry-run")
"""One that was uploaded before: what its upload can end in, they can end in."""


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_which_problems_it_answers(name: str) -> None:
    operation = OPERATIONS[name]
    assert "default" not in operation["responses"], "it would hide an answer that nothing declares"
    for status in _problems(operation) - ({"503"} if name == "GET /readyz" else set()):
        assert operation["responses"][status] == {"$ref": f"#/components/responses/Problem{status}"}
    parameters = {item["name"] for item in operation.get("parameters", ())}
    places = {item["in"] for item in operation.get("parameters", ())}
    media = set(operation.get("requestBody", {}).get("content", {}))
    expected = {
        "401": "security" in operation or name in ("POST /api/auth/login", "POST /api/auth/refresh-token"),
        "412": "if-match" in parameters,
        "413": bool(media) or name in READS_A_FILE,
        "415": "multipart/form-data" in media or name in READS_A_FILE,
        "422": True,
    }
    assert {status: status in _problems(operation) for status in expected} == expected
    assert operation["x-required-permission"] is None or "403" in _problems(operation)
    assert "path" not in places or "404" in _problems(operation)


def test_every_problem_that_is_declared_has_an_example_that_is_valid() -> None:
    responses = DOCUMENT["components"]["responses"]
    declared = {f"Problem{status}" for operation in OPERATIONS.values() for status in _problems(operation)}
    assert declared == set(responses)
    for name, response in responses.items():
        [(media, content)] = response["content"].items()
        assert media == "application/problem+json"
        jsonschema.validate(content["example"], content["schema"] | {"components": DOCUMENT["components"]})
        assert f"Problem{content['example']['status']}" == name
        assert content["example"]["code"] in CODES


def test_problems_are_as_the_document_says(client: TestClient, company_a: Company) -> None:
    schema = DOCUMENT["components"]["schemas"]["Problem"]
    for response in (
        client.get("/api/customers"),
        company_a.get("/api/nada"),
        company_a.post("/api/customers", {"email": "x"}),
        company_a.request("PATCH", "/api/customers"),
        client.post("/api/auth/login", content=b"{", headers={"Content-Type": "application/json"}),
    ):
        body = response.json()
        jsonschema.validate(body, schema)
        assert body["code"] in CODES
        assert f"`{body['code']}`" in schema["description"]


def _codes_in(path: Path) -> Iterator[str]:
    """Codes that a source gives to an error: code="…", default_code = "…", and those of the metrics' refusals."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            for keyword in node.keywords:
                if keyword.arg == "code" and isinstance(keyword.value, ast.Constant) and keyword.value.value:
                    yield str(keyword.value.value)
            if called == "_refusal" and len(node.args) == 3 and isinstance(node.args[2], ast.Constant):
                yield str(node.args[2].value)
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "default_code" for target in node.targets):
            assert isinstance(node.value, ast.Constant)
            yield str(node.value.value)


def test_every_code_is_documented() -> None:
    rooms = [PROJECT / "crm_api", PROJECT / "ingest", PROJECT / "kula", PROJECT / "pymeai"]
    # Errors of the command line and of starting up, which no request meets.
    inside = {"processes", "cli", "database"}
    found = {
        code: path.relative_to(PROJECT)
        for room in rooms
        for path in room.rglob("*.py")
        if inside.isdisjoint(path.relative_to(PROJECT).parts)
        for code in _codes_in(path)
    }
    missing = {
        code: str(path) for code, path in found.items() if code not in CODES | {"error": "", "configuration": ""}
    }
    assert missing == {}
    assert len(found) > 50


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name.startswith("POST")])
def test_every_post_takes_an_idempotency_key(name: str) -> None:
    assert ("idempotency-key" in _headers(OPERATIONS[name])) is (name not in POSTS_WITHOUT_A_KEY)


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name.startswith("PUT")])
def test_every_put_takes_if_match(name: str) -> None:
    assert ("if-match" in _headers(OPERATIONS[name])) is (name not in WITHOUT_AN_ETAG)


def test_lists_have_limits() -> None:
    for name, operation in OPERATIONS.items():
        for parameter in operation.get("parameters", []):
            if parameter["name"] == "limit":
                assert parameter["schema"]["maximum"] <= 500, name
                assert parameter["schema"]["minimum"] == 1, name


def test_the_served_document_is_this_one(client: TestClient, app: FastAPI) -> None:
    assert client.get("/openapi.json").json() == app.openapi() == DOCUMENT
