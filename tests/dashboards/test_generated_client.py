"""The generated client: it is what the API's own document says, sends what was set, and reads what may have grown."""

import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import ValidationError

from crm_api.client_generator import specification
from crm_api.client_generator.files import FOLDER, LIMIT, MARK, document, texts
from dashboards.api_client import ApiClient
from dashboards.api_models import Counts, counts_of, lines_of
from dashboards.api_wire import Request
from dashboards.generated import models
from dashboards.generated.operations import Operations
from pymeai.errors import Unavailable
from tests.dashboards.builders import signed_in

SOME_ID = UUID(int=7)
SECRET = "Sofía Mora Quirós"
IMPORT = {
    "import_id": str(SOME_ID),
    "file_name": "ventas.csv",
    "kind": "sales",
    "status": "done",
    "mapping": {},
    "options": {},
    "counts": {"rows": 10, "inserted": {"sales": 8}, "seconds": 3},
    "progress": {},
    "error": None,
    "run_id": None,
    "created_by": None,
    "created_at": "2026-11-22T15:00:00Z",
    "queued_at": None,
    "finished_at": None,
    "undone_at": None,
}


def test_the_client_in_the_repository_is_the_generators() -> None:
    written = {path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.py")}
    expected = texts()
    differing = sorted(name for name in written.keys() | expected if written.get(name) != expected.get(name))
    assert not differing, f"dashboards/generated is not what the API says now: run `make client` ({differing})"


def test_each_of_its_modules_is_short_and_says_what_wrote_it() -> None:
    for path in FOLDER.rglob("*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) < LIMIT, path
        assert path.name == "__init__.py" or f"{lines[0]}\n" == MARK, path


@cache
def described() -> specification.Specification:
    """The operations of the API's document."""
    return specification.read(document())


def test_every_operation_has_a_method_that_asks_its_own_address() -> None:
    paths = document()["paths"]
    expected = {(method.upper(), path) for path in paths if path.startswith("/api/") for method in paths[path]}
    asked = set()
    for operation in described().operations:
        request = requested(operation)
        assert request.method == operation.method
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(operation.path))
        assert re.fullmatch(pattern, request.path), (operation.name, request.path)
        assert (request.body is not None) == (operation.body is not None)
        for place, sent in (("query", request.query), ("header", request.headers), ("form", request.form)):
            assert set(sent) == {item.name for item in operation.parameters if item.place == place}, operation.name
        asked.add((operation.method, operation.path))
    assert asked == expected
    methods = [name for name in dir(Operations) if not name.startswith("_")]
    assert len(methods) == len(expected)


def requested(operation: specification.Operation) -> Request:
    """What an operation's method asks when each argument is there."""
    seen: list[Request] = []

    def call(_answer: type[Any], request: Request, /) -> Any:
        seen.append(request)

    named: dict[str, Any] = {parameter.argument: str(SOME_ID) for parameter in operation.parameters}
    if operation.body is not None:
        named["body"] = object()
    getattr(Operations(call), operation.name)(**named)
    return seen[0]


class Api:
    """Answers everything with one response, and keeps the last request."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.request = httpx.Request("GET", "http://nowhere")

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.request = request
        return self.response

    @property
    def operations(self) -> Operations:
        """The operations, asked of this API by somebody who is signed in."""
        return ApiClient("http://api", httpx.MockTransport(self)).as_user(signed_in())


@pytest.fixture
def answering() -> Callable[..., Api]:
    """An API that answers this."""
    return lambda status, **response: Api(httpx.Response(status, **response))


def test_a_query_has_what_was_given_and_lists_are_repeated(answering: Callable[..., Api]) -> None:
    api = answering(200, json={"items": [], "total": 0, "next_cursor": None})
    page = api.operations.list_customers(
        q="ñandú & co",
        kind=["person", "company"],
        segment_empty=False,
        created_at_from=datetime(2026, 11, 1, tzinfo=UTC),
        lifetime_value_to=Decimal("1500.50"),
        limit=10,
    )
    assert page == models.PageCustomerAnswer(items=[], total=0)
    assert sorted(api.request.url.params.multi_items()) == [
        ("created_at_from", "2026-11-01T00:00:00Z"),
        ("kind", "company"),
        ("kind", "person"),
        ("lifetime_value_to", "1500.50"),
        ("limit", "10"),
        ("q", "ñandú & co"),
        ("segment_empty", "false"),
    ]
    assert api.request.headers["authorization"] == "Bearer access"


def test_a_body_has_the_fields_that_were_set_and_no_others(answering: Callable[..., Api]) -> None:
    api = answering(204)
    change = models.SaleChange(payment_method=None, tax=Decimal("9425.10"), sold_at=datetime(2026, 11, 2, tzinfo=UTC))
    with pytest.raises(Unavailable, match="no entiende"):
        api.operations.change_sale(SOME_ID, change, if_match='"7"')
    assert json.loads(api.request.content) == {
        "payment_method": None,
        "tax": "9425.10",
        "sold_at": "2026-11-02T00:00:00Z",
    }
    assert (api.request.method, api.request.url.path) == ("PUT", f"/api/sales/{SOME_ID}")
    assert api.request.headers["if-match"] == '"7"'
    assert "idempotency-key" not in api.request.headers


def test_nothing_may_come_back_and_bytes_stay_bytes(answering: Callable[..., Api]) -> None:
    api = answering(204)
    api.operations.delete_sale(SOME_ID)
    assert (api.request.method, api.request.content) == ("DELETE", b"")
    rows = "Fecha;motivo\n\xf1".encode("latin-1")
    assert answering(200, content=rows).operations.rejected(SOME_ID) == rows


def test_a_file_goes_with_its_name_and_form(answering: Callable[..., Api]) -> None:
    api = answering(201, json={"id": str(SOME_ID), "notices": []})
    created = api.operations.create_import(file=("año.csv", BytesIO(b"a;b\n1;2\n")), kind="sales")
    assert created.id == SOME_ID
    assert api.request.headers["content-type"].startswith("multipart/form-data")
    for part in (b'name="kind"\r\n\r\nsales', b'name="file"; filename=', b"a;b\n1;2\n"):
        assert part in api.request.content


def test_a_part_of_an_address_stays_one_part(answering: Callable[..., Api]) -> None:
    api = answering(200, json={"name": "x", "title": "x", "text": "x"})
    api.operations.help_topic("../users?x=1#y")
    assert api.request.url.raw_path == b"/api/kula/help/..%2Fusers%3Fx%3D1%23y"


def test_a_field_that_the_api_gained_is_no_error(answering: Callable[..., Api]) -> None:
    api = answering(200, json={**IMPORT, "colour": "green"})
    found = api.operations.get_import(SOME_ID)
    assert (found.import_id, found.file_name, found.status) == (SOME_ID, "ventas.csv", "done")
    assert counts_of(found) == Counts(rows=10, inserted={"sales": 8})


def test_a_field_that_the_api_does_not_know_is_not_sent() -> None:
    with pytest.raises(ValidationError, match="forbid"):
        models.CustomerFields.model_validate({"nickname": "Lito"})


@pytest.mark.parametrize("field", ["file_name", "created_at"])
def test_an_answer_that_does_not_fit_leaves_no_values_in_the_log(
    answering: Callable[..., Api], caplog: pytest.LogCaptureFixture, field: str
) -> None:
    api = answering(200, json={**IMPORT, field: {"x": SECRET}})
    with caplog.at_level(logging.DEBUG), pytest.raises(Unavailable, match="no entiende") as raised:
        api.operations.get_import(SOME_ID)
    assert raised.value.code == "api_answer"
    assert raised.value.__suppress_context__
    assert f"unexpected answer at ['{field}']" in caplog.text
    assert SECRET not in caplog.text
    assert SECRET not in str(raised.value)


def test_nor_do_the_words_of_a_file(answering: Callable[..., Api], caplog: pytest.LogCaptureFixture) -> None:
    row = {"row_number": 1, "original": {SECRET: 3}, "reasons": []}
    counts = Counts(rows=1, rejected=1).model_dump()
    report = {"counts": counts, "rejected": [row], "warnings": [], "readings": [], "proposals": [], "notes": []}
    with pytest.raises(Unavailable, match="no entiende"):
        answering(200, json=report).operations.dry_run(SOME_ID)
    assert "unexpected answer at ['rejected.0.original.?']" in caplog.text
    assert SECRET not in caplog.text


def test_a_free_part_that_does_not_fit_leaves_no_values_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    sale = models.SaleAnswer.model_construct(lines=[{"description": {"x": SECRET}}])
    with pytest.raises(Unavailable, match="no entiende"):
        lines_of(sale)
    assert "lines: unexpected answer at ['0.description']" in caplog.text
    assert SECRET not in caplog.text
