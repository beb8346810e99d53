"""What browsers are told: policies on every answer, which origins may call, and who may call what in the OpenAPI."""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import ValidationError

from crm_api.access import ROLES, SCOPES, Permission, allows
from crm_api.main import create_app
from crm_api.middleware import REQUEST_ID, SECURITY_HEADERS
from pymeai.mail.messages import ROLE_NAMES
from pymeai.settings import Settings
from tests.crm_api.conftest import PASSWORD, Company, problem

ORIGIN = "https://app.ejemplo.cr"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/healthz", 200), ("GET", "/api/templates", 200), ("GET", "/api/customers", 401), ("GET", "/api/nada", 404),
     ("PATCH", "/api/auth/login", 405), ("POST", "/api/auth/login", 422), ("GET", "/openapi.json", 200), ("GET", "/metrics", 200)],
)  # fmt: skip
def test_every_answer_has_them(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value, name
    assert answer.headers["x-request-id"]
    assert "set-cookie" not in answer.headers


def test_an_error_that_nobody_foresaw_has_them_too(
    client: TestClient, company_a: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("crm_api.organization.repository.find", fail)
    answer = company_a.get("/api/organization")
    problem(answer, 500, "internal")
    assert answer.headers["content-security-policy"] == SECURITY_HEADERS["Content-Security-Policy"]


def test_transport_security_is_said_over_https_alone(app: FastAPI, client: TestClient) -> None:
    assert "strict-transport-security" not in client.get("/healthz").headers
    # Without its lifespan: the application runs already, and a second worker of its webhooks would take the first one's place.
    secure = TestClient(app, base_url="https://testserver")
    told = secure.get("/healthz").headers["strict-transport-security"]
    assert int(re.findall(r"max-age=(\d+)", told)[0]) >= 31_536_000
    assert "includeSubDomains" in told


def test_the_docs_run_their_own_scripts_and_no_others(client: TestClient) -> None:
    page = client.get("/docs")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    scripts = re.findall(r"script-src ([^;]+)", policy)[0].split()
    assert "'unsafe-inline'" not in scripts
    inline = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    assert inline
    for script in inline:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in scripts
    assert re.findall(r"\son\w+=", page.text) == []


@pytest.fixture
def with_origin(settings: Settings) -> Callable[[str], TestClient]:
    """A client of an application that lets these origins call it."""
    return lambda origins: TestClient(create_app(settings.model_copy(update={"cors_origins": origins})))


def _preflight(client: TestClient, origin: str, method: str = "PUT", headers: str = "authorization,if-match") -> Any:
    return client.options(
        "/api/customers",
        headers={"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers},
    )


def test_no_origin_may_call_unless_it_is_named(client: TestClient) -> None:
    assert "access-control-allow-origin" not in client.get("/healthz", headers={"Origin": ORIGIN}).headers
    assert "access-control-allow-origin" not in _preflight(client, ORIGIN).headers


def test_a_named_origin_may_call(with_origin: Callable[[str], TestClient], company_a: Company) -> None:
    client = with_origin(f"https://otra.ejemplo.cr, {ORIGIN}")
    allowed = _preflight(client, ORIGIN, headers="authorization,content-type,if-match,idempotency-key,x-request-id")
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "Origin" in allowed.headers["vary"]
    assert "access-control-allow-credentials" not in allowed.headers
    for answer in (
        client.get("/api/customers", headers={"Origin": ORIGIN, "Authorization": f"Bearer {company_a.access_token}"}),
        client.get("/api/customers", headers={"Origin": ORIGIN}),
    ):
        assert answer.status_code in (200, 401)
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "ETag" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://malo.cr",
        "null",
        "http://app.ejemplo.cr",
        f"{ORIGIN}.malo.cr",
        f"{ORIGIN}:8443",
        "https://ejemplo.cr",
        "",
    ],
)
def test_other_origins_may_not(with_origin: Callable[[str], TestClient], origin: str) -> None:
    client = with_origin(ORIGIN)
    assert "access-control-allow-origin" not in _preflight(client, origin).headers
    assert client.get("/healthz", headers={"Origin": origin}).headers.get("access-control-allow-origin") != origin or (
        origin == ""
    )


@pytest.mark.parametrize("method", ["PATCH", "TRACE", "CONNECT"])
def test_methods_that_there_are_not_are_not_offered(with_origin: Callable[[str], TestClient], method: str) -> None:
    problem(_preflight(with_origin(ORIGIN), ORIGIN, method), 400, "cors_refused")


def test_a_refused_question_of_a_browser_is_a_problem(with_origin: Callable[[str], TestClient]) -> None:
    client = with_origin(ORIGIN)
    for refused in (_preflight(client, "https://malo.cr"), _preflight(client, ORIGIN, headers="x-other")):
        assert "PYMEAI_CORS_ORIGINS" in problem(refused, 400, "cors_refused")["detail"]
        assert "Origin" in refused.headers["vary"]
    assert "access-control-allow-origin" not in _preflight(client, "https://malo.cr").headers


def test_a_page_can_read_that_something_failed(
    settings: Settings, company_a: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("crm_api.organization.repository.find", fail)
    app = create_app(settings.model_copy(update={"cors_origins": ORIGIN}))
    headers = {"Origin": ORIGIN, "Authorization": f"Bearer {company_a.access_token}"}
    answer = TestClient(app).get("/api/organization", headers=headers)
    problem(answer, 500, "internal")
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert REQUEST_ID in answer.headers["access-control-expose-headers"]
    assert answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "origins", ["*", "null", "app.ejemplo.cr", "https://*.ejemplo.cr", f"{ORIGIN}/", f"{ORIGIN};x", "ftp://x.cr"]
)
def test_origins_are_exact_or_the_server_does_not_start(origins: str) -> None:
    with pytest.raises(ValidationError, match="CORS_ORIGINS"):
        Settings(cors_origins=origins)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_a_form_of_another_page_does_nothing(client: TestClient, company_a: Company, kind: str) -> None:
    """A page elsewhere can make a browser post these kinds without asking: JSON in them is not read as JSON."""
    body = f'{{"email": "{company_a.email}", "password": "{PASSWORD}"}}'
    answer = client.post("/api/auth/login", content=body.encode(), headers={"Content-Type": kind} if kind else {})
    problem(answer, 422, "invalid")
    assert "access_token" not in answer.text


def test_the_log_says_who_got_in_and_who_did_not(
    client: TestClient, company_a: Company, caplog: pytest.LogCaptureFixture
) -> None:
    for password in (PASSWORD, "equivocada"):
        client.post("/api/auth/login", json={"email": company_a.email, "password": password})
    lines: list[dict[str, Any]] = [getattr(record, "fields", {}) for record in caplog.records]
    (inside, outside) = [line for line in lines if line.get("route") == "/api/auth/login"]
    assert (inside["user"], inside["tenant"], inside["status"]) == (
        str(company_a.user_id),
        company_a.tenant.schema,
        200,
    )
    assert (outside["problem"], outside["status"]) == ("wrong_credentials", 401)
    assert company_a.email not in caplog.text


def _operations(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    return [(m, path, o) for path, methods in app.openapi()["paths"].items() for m, o in methods.items()]


def test_each_operation_says_who_may_call_it(app: FastAPI) -> None:
    for method, path, operation in _operations(app):
        where = f"{method} {path}"
        permission, roles = operation["x-required-permission"], operation["x-roles"]
        if not operation.get("security"):
            assert (roles, permission, operation["x-api-key"]) == ([], None, False), where
            assert "No hace falta haber ingresado" in operation["description"], where
        elif permission is None:
            assert set(roles) == set(ROLES), where
        else:
            assert set(roles) == {role for role in ROLES if allows(role, Permission(permission))}, where
            assert operation["x-api-key"] <= (Permission(permission) in SCOPES), where
            assert "Pueden: " in operation["description"], where


def test_what_is_open_to_everybody_is_this_and_no_more(app: FastAPI) -> None:
    opened = {f"{method.upper()} {path}" for method, path, operation in _operations(app) if not operation["x-roles"]}
    assert opened == {
        "POST /api/auth/register", "POST /api/auth/login", "POST /api/auth/refresh-token", "POST /api/auth/forgot-password",
        "POST /api/auth/reset-password", "POST /api/auth/accept-invitation", "GET /api/templates",
        "GET /api/templates/{name}", "GET /healthz", "GET /readyz", "GET /metrics",
    }  # fmt: skip


def test_the_roles_are_said_in_spanish(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    for role in ROLE_NAMES.values():
        assert f"**{role}**" in app.openapi()["info"]["description"]
    assert paths["/api/users/{user_id}"]["delete"]["description"].endswith(
        "_Pueden: dueño y administrador; no con una llave de API._"
    )
    assert paths["/api/customers"]["post"]["description"].endswith(
        "_Pueden: dueño, administrador, gerente y vendedor._"
    )
    assert paths["/api/customers"]["get"]["description"].endswith("_Pueden: cualquiera que haya ingresado._")
