"""Whatever JSON, text, header or parameter comes to whatever operation of the OpenAPI: an answer below 500, a problem if none.

Bodies start from the example that the document has of each, so that a wrong value comes to the code behind the checks.
Values that were written down come to every place in turn; others are drawn at random, a few in every run and many in the
long form. They found what tests/openapi did not: a date of the year 1.
"""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st

from tests.crm_api.conftest import Company
from tests.crm_api.document import DOCUMENT, OPERATIONS
from tests.examples import examples

Key = tuple[str, str]
Robust = tuple[Company, dict[str, str]]
NOBODY = "0190a000-0000-7000-8000-000000000000"
TEXTS = [
    "", " ", "\x00", "a\x00b", "'; drop table customers; --", "%", "\\", "{}", "NaN", "1e400", "-0", "9" * 400, "2026-02-30",
     "0001-01-01", "9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "0001-01-01T00:01:01Z", "0000", "١٢٣", "ﬁ", "\u202e", "\ufeff",
     "🙂" * 50, "=1+1", "<script>", "null", "true", "-1", "500", NOBODY, "8888-7777", "1-1111-1111", "ana@ejemplo.cr", "CRC",
     "USD", "invoice", "person", "open", "name:eq:x", "nombre:empty:true", "a:b:c:d", "-created_at", "created_at",
]  # fmt: skip
NUMBERS = [2**31, -(2**31) - 1, 2**63, 10**30, 1e308, -1e308, 5e-324, 0.1, -0.0]
WRONG = [*TEXTS, *NUMBERS, 0, -1, None, True, False, [], {}, [None], [[]], {"a": {}}, ["x"] * 1001]
PATHS = ["x", "%00", "..", "%2e%2e", "0" * 300, "ñ", "-1"]
AWKWARD = st.sampled_from(TEXTS)
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(NUMBERS)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | AWKWARD
)
JSON = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


FEW, MANY = examples(12), examples(400)
# They would end what the other examples need: the session, the account. Files have tests of their own.
LEFT_OUT = {
    ("POST", "/api/auth/logout"),
    ("DELETE", "/api/auth/sessions"),
    ("POST", "/api/imports"),
}
# Dagster is down in these tests, which these operations say.
WITHOUT_DAGSTER = {("GET", "/readyz"), ("POST", "/api/imports/{import_id}/commit")}
WITH_A_BODY = [
    key
    for key, operation in OPERATIONS.items()
    if "application/json" in operation.get("requestBody", {}).get("content", {}) and key not in LEFT_OUT
]
WITH_PARAMETERS = [key for key, operation in OPERATIONS.items() if operation.get("parameters") and key not in LEFT_OUT]


def _example(key: Key) -> Any:
    schema = OPERATIONS[key]["requestBody"]["content"]["application/json"]["schema"]
    name = re.search(r"#/components/schemas/([\w.-]+)", json.dumps(schema))
    assert name
    return DOCUMENT["components"]["schemas"][name[1]]["examples"][0]


def _fields(key: Key) -> list[str]:
    """All names that the body's schemas know, at whatever depth."""
    schemas: dict[str, Any] = DOCUMENT["components"]["schemas"]
    seen: set[str] = set()
    names: set[str] = set()
    waiting = [json.dumps(OPERATIONS[key]["requestBody"])]
    while waiting:
        for name in re.findall(r"#/components/schemas/([\w.-]+)", waiting.pop()):
            if name not in seen:
                seen.add(name)
                names |= set(schemas[name].get("properties", {}))
                waiting.append(json.dumps(schemas[name]))
    return sorted(names)


def _spoiled(value: Any, data: st.DataObject) -> Any:
    """The example with one of its values, somewhere inside, put in place by any other."""
    if isinstance(value, dict) and value and data.draw(st.booleans()):
        name = data.draw(st.sampled_from(sorted(value)))
        return value | {name: _spoiled(value[name], data)}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        return [_spoiled(value[0], data), *value[1:]]
    return data.draw(JSON)


@pytest.fixture(scope="module")
def ids(register: Callable[..., Company], refresh_marts: Callable[..., None]) -> Iterator[Robust]:
    """A company, and one thing of its own for each kind of id: what a wrong value is said of."""
    company = register("Robusta", "ferreteria")

    def made(path: str, key: str, body: dict[str, Any]) -> str:
        response = company.post(path, body)
        assert response.status_code == 201, response.text
        return str(response.json()[key])

    pipeline = company.get("/api/pipelines").json()["items"][0]
    customer = made("/api/customers", "customer_id", {"first_name": "Ana"})
    contact = company.get("/api/interaction-types").json()["items"][0]
    found = {
        "customer_id": customer,
        "opportunity_id": made("/api/opportunities", "opportunity_id", {"title": "Techo", "customer_id": customer}),
        "sale_id": made("/api/sales", "sale_id", {"sold_at": "2026-01-01", "amount": 1}),
        "interaction_id": made(f"/api/customers/{customer}/interactions", "interaction_id", {"type": contact["name"]}),
        "interaction_type_id": contact["interaction_type_id"],
        "pipeline_id": pipeline["pipeline_id"],
        "stage_id": pipeline["stages"][0]["stage_id"],
        "field_id": company.get("/api/custom-fields").json()["items"][0]["field_id"],
        "dashboard_id": made("/api/dashboards", "dashboard_id", {"name": "X", "widgets": []}),
        "alert_id": made(
            "/api/alerts",
            "alert_id",
            {"name": "X", "query": {"metrics": ["net_sales"]}, "condition": {"op": "gt", "value": 1}},
        ),
        "webhook_id": made(
            "/api/webhooks", "webhook_id", {"url": "https://ejemplo.cr/", "events": ["*"], "is_active": False}
        ),
        "user_id": str(company.user_id),
    }
    refresh_marts(company)
    yield company, found
    # Some of them were switched on and asked to send: what waits for its next attempt would change rows in other tests.
    for webhook in company.get("/api/webhooks", params={"limit": 500}).json()["items"]:
        assert company.delete(f"/api/webhooks/{webhook['webhook_id']}").status_code == 204


def _path(path: str, found: dict[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda name: found.get(name[1], NOBODY), path)


def _checked(key: Key, response: Response, sent: Any) -> None:
    assert response.status_code < 500 or key in WITHOUT_DAGSTER, (key, sent, response.text)
    if response.status_code >= 400 and key not in WITHOUT_DAGSTER:
        assert response.headers["content-type"] == "application/problem+json", (key, sent, response.text)
        assert response.json()["detail"], (key, sent)


def _places(value: Any) -> Iterator[tuple[str | int, ...]]:
    """Where something stands in a body: the whole, its fields, and what is inside of those."""
    yield ()
    inside = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for name, one in inside:
        yield from ((name, *place) for place in _places(one))


def _with(value: Any, place: tuple[str | int, ...], wrong: Any) -> Any:
    """The body with something else at this place."""
    if not place:
        return wrong
    copy = value.copy()
    copy[place[0]] = _with(value[place[0]], place[1:], wrong)
    return copy


def _in_turn(values: list[Any], key: Key, number: int) -> Iterator[Any]:
    """So many of the values, others for each operation: in the end each of them has been at many places."""
    first = (list(OPERATIONS).index(key) * 7) % len(values)
    return itertools.islice(itertools.cycle(values), first, first + number)


@pytest.mark.parametrize("key", WITH_A_BODY, ids=" ".join)
def test_bodies(ids: Robust, key: Key) -> None:
    company, found = ids
    example = _example(key)
    places = list(_places(example))
    for place, wrong in zip(places, _in_turn(WRONG, key, len(places)), strict=True):
        body = _with(example, place, wrong)
        _checked(key, company.request(key[0], _path(key[1], found), json=body), body)


@pytest.mark.parametrize("key", WITH_A_BODY, ids=" ".join)
@FEW
@given(data=st.data())
def test_any_bodies(ids: Robust, key: Key, data: st.DataObject) -> None:
    _send_a_body(ids, key, data)


@pytest.mark.torture
@pytest.mark.parametrize("key", WITH_A_BODY, ids=" ".join)
@MANY
@given(data=st.data())
def test_bodies_for_long(ids: Robust, key: Key, data: st.DataObject) -> None:
    _send_a_body(ids, key, data)


@pytest.mark.parametrize("key", WITH_PARAMETERS, ids=" ".join)
def test_parameters_and_headers(ids: Robust, key: Key) -> None:
    """Each parameter with what is no such thing, then all headers, then the path."""
    company, found = ids
    # What is deleted would be missing to the other examples.
    path = _path(key[1], {} if key[0] == "DELETE" else found)
    body = None if "requestBody" not in OPERATIONS[key] else {}
    declared = [(item["in"], item["name"]) for item in OPERATIONS[key]["parameters"]]
    queries = [name for place, name in declared if place == "query"]
    headers = [name for place, name in declared if place == "header"]
    for name, wrong in zip(queries, _in_turn([*TEXTS, TEXTS[:3]], key, len(queries)), strict=True):
        _checked(key, company.request(key[0], path, params={name: wrong}, json=body), {name: wrong})
    printable = [text for text in TEXTS if text.isascii() and text.isprintable()]
    sent = dict(zip(headers, _in_turn(printable, key, len(headers)), strict=True))
    _checked(key, company.request(key[0], path, headers=sent, json=body), sent)
    for part in _in_turn(PATHS, key, 2 if "{" in key[1] else 0):
        awkward = re.sub(r"{\w+}", part, key[1])
        _checked(key, company.request(key[0], awkward, json=body), awkward)


@pytest.mark.parametrize("key", WITH_PARAMETERS, ids=" ".join)
@FEW
@given(data=st.data())
def test_any_parameters_and_headers(ids: Robust, key: Key, data: st.DataObject) -> None:
    _send_parameters(ids, key, data)


@pytest.mark.torture
@pytest.mark.parametrize("key", WITH_PARAMETERS, ids=" ".join)
@MANY
@given(data=st.data())
def test_parameters_and_headers_for_long(ids: Robust, key: Key, data: st.DataObject) -> None:
    _send_parameters(ids, key, data)


def _send_a_body(ids: Robust, key: Key, data: st.DataObject) -> None:
    """The example with something wrong in it, or nothing like it."""
    company, found = ids
    example = _example(key)
    some = st.dictionaries(st.sampled_from(_fields(key)), SCALAR | JSON, max_size=5)
    body = data.draw(st.sampled_from(["spoiled", "example and more", "fields", "anything"]).flatmap(
        lambda kind: {
            "spoiled": st.builds(lambda: _spoiled(example, data)),
            "example and more": some.map(lambda values: example | values),
            "fields": some,
            "anything": JSON,
        }[kind]
    ))  # fmt: skip
    _checked(key, company.request(key[0], _path(key[1], found), json=body), body)


def _send_parameters(ids: Robust, key: Key, data: st.DataObject) -> None:
    """Each that the operation declares, with what is no such thing; what is in the path, now and then too."""
    company, found = ids
    declared = OPERATIONS[key]["parameters"]
    queries = [item["name"] for item in declared if item["in"] == "query"]
    headers = [item["name"] for item in declared if item["in"] == "header"]
    # What is deleted would be missing to the other examples.
    own = {} if key[0] == "DELETE" else found
    path = _path(key[1], own)
    if "{" in key[1] and data.draw(st.booleans()):
        path = re.sub(r"{\w+}", data.draw(st.sampled_from(PATHS)), key[1])
    values = AWKWARD | st.text(max_size=20) | st.lists(AWKWARD, min_size=2, max_size=3)
    parameters = data.draw(st.dictionaries(st.sampled_from(queries), values, max_size=4)) if queries else {}
    printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=250)
    sent = data.draw(st.dictionaries(st.sampled_from(headers), printable, max_size=2)) if headers else {}
    body = None if "requestBody" not in OPERATIONS[key] else {}
    response = company.request(key[0], path, params=parameters, headers=sent, json=body)
    _checked(key, response, (path, parameters, sent))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": 1e999}', b'{"a": ' + b"9" * 5000 + b"}", b"[" * 100_000,
     b'{"a":' * 20_000, b'"\\ud800"', b'{"name": "\\ud800"}', b'{"a": 1, "a": 2}', b"\x00", b'{"\x00": 1}', b"null", b"[]", b"0"],
    ids=["empty", "cut", "no utf-8", "nan", "infinity", "1e999", "5000 digits", "deep list", "deep object", "surrogate",
         "surrogate in a field", "twice", "nul", "nul in a name", "null", "list", "number"],
)  # fmt: skip
def test_texts_that_are_no_sensible_json(ids: Robust, content: bytes) -> None:
    company, found = ids
    for key in WITH_A_BODY:
        headers = {"Content-Type": "application/json"}
        _checked(key, company.request(key[0], _path(key[1], found), content=content, headers=headers), content[:40])


@pytest.mark.parametrize(
    "media", ["text/plain", "application/xml", "multipart/form-data", "application/json; charset=x", "x"]
)
def test_bodies_that_say_they_are_something_else(ids: Robust, media: str) -> None:
    company, found = ids
    for key in WITH_A_BODY:
        response = company.request(key[0], _path(key[1], found), content=b"<a/>", headers={"Content-Type": media})
        _checked(key, response, media)


def test_what_was_there_is_there_still(ids: Robust, app: FastAPI) -> None:
    """After all of it the company reads its own things, and the application stands."""
    company, found = ids
    assert company.get(f"/api/customers/{found['customer_id']}").status_code in (200, 404)
    assert company.get("/api/customers").status_code == 200
    assert company.client.get("/healthz").status_code == 200
    assert app.state.settings.webhook_allow_private
