"""What every request meets: problems, limits, ids, logs, health."""

import base64
import json
import logging
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from crm_api.logs import LOGGER, JsonFormatter
from crm_api.main import MAX_BODY_BYTES, create_app
from pymeai.settings import Settings
from tests.crm_api.conftest import PASSWORD, Company, closed_port, fields, problem


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[list[str]]:
    """The lines of JSON that the API logs."""
    handler = _Lines()
    LOGGER.addHandler(handler)
    yield handler.lines
    LOGGER.removeHandler(handler)


def test_a_route_that_is_none(client: TestClient) -> None:
    assert "No se encontró" in problem(client.get("/api/nada"), 404, "not_found")["detail"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_slash_too_many_leads_nowhere(company_a: Company, method: str) -> None:
    response = company_a.request(method, "/api/customers/", headers={"Host": "malo.cr"}, json={"first_name": "X"})
    problem(response, 404, "not_found")
    assert "location" not in response.headers


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_may_ask_for_the_head_alone(client: TestClient, path: str) -> None:
    full, head = client.get(path), client.head(path)
    assert head.status_code == full.status_code
    assert head.headers["content-type"] == full.headers["content-type"]
    assert head.content == b""
    assert client.post(path).headers["allow"] == "GET, HEAD"


def test_a_method_that_is_not_there(client: TestClient) -> None:
    response = client.patch("/api/auth/login")
    problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/api/alerts/preview", "POST"), ("/api/customers/bulk", "POST"), ("/api/customers/segments", "GET"),
     ("/api/custom-fields/order", "PUT"), ("/api/users/invitations", "GET"), ("/api/alerts/0190a000-0000-7000-8000-000000000000", "DELETE, GET, PUT")],
)  # fmt: skip
def test_an_address_is_not_taken_for_an_id(company_a: Company, path: str, allowed: str) -> None:
    response = company_a.request("PATCH", path, json={})
    problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize("value", [0, 1, "true", "on", None])
@pytest.mark.parametrize(
    ("path", "field", "body"),
    [("dashboards", "shared", {"name": "Ventas"}), ("onboarding", "change_industry", {"template": "ferreteria"}),
     ("custom-fields", "is_required", {"entity_type": "customer", "label": "Talla"}),
     ("webhooks", "is_active", {"url": "https://ejemplo.cr/"})],
)  # fmt: skip
def test_yes_or_no_is_true_or_false(
    company_a: Company, path: str, field: str, body: dict[str, object], value: object
) -> None:
    refused = problem(company_a.post(f"/api/{path}", {**body, field: value}), 422, "invalid")
    assert field in {error["field"].split(".")[-1] for error in refused["errors"]}


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"email": NaN,}'])
def test_a_body_that_is_no_json(client: TestClient, body: bytes) -> None:
    response = client.post("/api/auth/login", content=body, headers={"Content-Type": "application/json"})
    problem(response, 400)


@pytest.mark.parametrize("body", ["[]", '"x"', "null", "5"])
def test_a_body_that_is_no_object(client: TestClient, body: str) -> None:
    problem(client.post("/api/auth/login", content=body, headers={"Content-Type": "application/json"}), 422, "invalid")


def test_a_body_that_is_too_large(client: TestClient, company_a: Company) -> None:
    body = json.dumps({"first_name": "A", "address": "x" * MAX_BODY_BYTES}).encode()
    before = company_a.get("/api/customers").json()["total"]
    for content in (body, (body[start : start + 65536] for start in range(0, len(body), 65536))):
        headers = {"Content-Type": "application/json"}
        response = company_a.request("POST", "/api/customers", content=content, headers=headers)
        assert "grande" in problem(response, 413, "too_large")["detail"]
    assert company_a.get("/api/customers").json()["total"] == before


def test_errors_that_nobody_foresaw_say_nothing_of_the_inside(
    client: TestClient, company_a: Company, monkeypatch: pytest.MonkeyPatch, log: list[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the secret of ana@ejemplo.cr")

    monkeypatch.setattr("crm_api.organization.repository.find", fail)
    response = company_a.get("/api/organization")
    problem(response, 500, "internal")
    line = next(json.loads(text) for text in log if "request failed" in text)
    assert line["error"] == "builtins.RuntimeError"
    assert line["request_id"] == response.headers["x-request-id"]
    assert any("endpoints.py" in frame for frame in line["frames"])
    assert "secret" not in response.text + "".join(log)


def test_request_ids_are_kept_or_made(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "abc-12345"}).headers["x-request-id"] == "abc-12345"
    made = client.get("/healthz", headers={"X-Request-ID": "x y\t"}).headers["x-request-id"]
    assert len(made) == 32


def test_the_log_has_no_personal_data(company_a: Company, log: list[str], client: TestClient) -> None:
    company_a.get("/api/customers", params={"q": "Juana Personal"})
    company_a.post("/api/customers", {"first_name": "Juana", "email": "juana@personal.cr"})
    client.post("/api/auth/login", json={"email": company_a.email, "password": PASSWORD})
    client.post("/api/auth/login", json={"email": company_a.email, "password": "equivocada"})
    written = "\n".join(log)
    assert len(log) >= 4
    for private in ("Juana", "personal.cr", company_a.email, PASSWORD, "equivocada", company_a.access_token):
        assert private not in written
    line = json.loads(log[0])
    assert (line["route"], line["method"], line["status"]) == ("/api/customers", "GET", 200)
    assert line["tenant"] == company_a.tenant.schema
    assert {"time", "level", "message", "request_id", "milliseconds"} <= set(line)


def test_measurements_are_prometheus_text(client: TestClient, company_a: Company) -> None:
    company_a.get("/api/customers/0190a000-0000-7000-8000-000000000000")
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    line = 'pymeai_http_requests_total{method="GET",route="/api/customers/{customer_id}",status="404"} '
    assert any(found.startswith(line) for found in response.text.splitlines())
    assert 'le="+Inf"' in response.text
    assert "0190a000" not in response.text


def test_answers_are_not_kept_by_anybody(company_a: Company) -> None:
    headers = company_a.get("/api/customers").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_description_is_in_spanish_and_covers_all(app: FastAPI) -> None:
    document = app.openapi()
    assert document["info"]["title"] == "API de PymeAI"
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert all(operation["summary"] and operation["tags"] for operation in operations)
    assert len(operations) >= 40


def test_docs_need_no_other_server(client: TestClient) -> None:
    response = client.get("/docs")
    assert response.status_code == 200
    assert "http://" not in response.text
    assert "https://" not in response.text
    for asset in re.findall(r'(?:src|href)="([^"]+)"', response.text):
        assert client.get(asset).status_code == 200, asset


def test_docs_without_swagger_list_every_operation(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm_api.docs.PACKAGE", "a_package_that_is_not_installed")
    app = create_app(settings)
    with TestClient(app) as client:
        page = client.get("/docs").text
    assert "Importar" in page
    assert page.count("<li>") == sum(len(methods) for methods in app.openapi()["paths"].values())


class _Dagster(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/server_info" else 404)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Nothing: the tests' output is not this server's log."""


@pytest.fixture
def dagster_port() -> Iterator[int]:
    """A server that answers as Dagster's webserver does when it is asked whether it is there."""
    with HTTPServer(("127.0.0.1", 0), _Dagster) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_ready_when_all_answers(settings: Settings, dagster_port: int) -> None:
    with TestClient(create_app(settings.model_copy(update={"dagster_port": dagster_port}))) as client:
        assert client.get("/readyz").json() == {"status": "ready", "checks": {"database": "ok", "dagster": "ok"}}


def test_not_ready_without_dagster(settings: Settings, log: list[str]) -> None:
    with TestClient(create_app(settings.model_copy(update={"dagster_port": closed_port()}))) as client:
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json()["checks"] == {"database": "ok", "dagster": "down"}
        assert client.get("/healthz").status_code == 200
    assert any("dagster unreachable" in line for line in log)


def test_a_dead_database_is_a_503(tmp_path: Path, log: list[str]) -> None:
    url = f"postgresql://nobody:x@127.0.0.1:{closed_port()}/none"
    dead = Settings(
        home=tmp_path, database_url=url, secret_key="a secret that is long enough", dagster_port=closed_port()
    )
    with TestClient(create_app(dead)) as client:
        response = client.post("/api/auth/login", json={"email": "a@ejemplo.cr", "password": PASSWORD})
        assert "base de datos" in problem(response, 503, "database_unavailable")["detail"]
        assert response.headers["retry-after"] == "5"
        body = {"organization_name": "X", "email": "a@ejemplo.cr", "password": PASSWORD}
        problem(client.post("/api/auth/register", json=body), 503, "database_unavailable")
        assert client.get("/readyz").json()["checks"]["database"] == "down"
        assert client.get("/healthz").status_code == 200
    errors = [json.loads(line) for line in log if json.loads(line)["level"] == "error"]
    assert any(line.get("problem") == "database_unavailable" for line in errors)


@pytest.mark.parametrize(
    "content", ["[" * 1400, "{}", "[]", "7", "null", '["-created_at", null]', '["-created_at", 1, 2]']
)
@pytest.mark.parametrize("path", ["customers", "sales", "audit", "customers/duplicates"])
def test_a_cursor_that_is_none_is_refused(company_a: Company, path: str, content: str) -> None:
    cursor = base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")
    found = problem(company_a.get(f"/api/{path}", params={"cursor": cursor}), 422, "invalid")
    assert fields(found) == {"cursor": "El cursor no es de esta lista. Pida de nuevo la primera página."}


@pytest.mark.parametrize("value", ["0.5", "2026", "20261122", "-1", "1e3", "inf", " 7 "])
@pytest.mark.parametrize(
    ("path", "field"),
    [("customers", "updated_at_to"), ("sales", "sold_at_from"), ("opportunities", "expected_close_date_from"),
     ("analytics/dashboard", "start"), ("exports/customers", "created_at_from")],
)  # fmt: skip
def test_a_number_is_no_date_of_a_filter(company_a: Company, path: str, field: str, value: str) -> None:
    refused = problem(company_a.get(f"/api/{path}", params={field: value}), 422, "invalid")
    assert fields(refused).keys() == {field}


@pytest.mark.parametrize("value", [0, 2026, 0.5, "2026", True])
def test_a_number_is_no_date_of_a_body(company_b: Company, value: object) -> None:
    for path, field, body in (
        ("sales", "sold_at", {"amount": 1}),
        ("opportunities", "expected_close_date", {"title": "Techo"}),
        ("kula/query", "today", {"question": "¿Cuánto vendí?"}),
        ("analytics/query", "time_range.start", {"metrics": ["net_sales"]}),
    ):
        own = {"time_range": {"start": value, "end": "2026-11-22"}} if "." in field else {field: value}
        refused = problem(company_b.post(f"/api/{path}", {**body, **own}), 422, "invalid")
        assert fields(refused).keys() == {field}
