"""The session's routes over the ASGI application: who may open and close a session, and which cookie they get."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from dashboards.server import app
from dashboards.session_routes import CLOSE_PATH, COOKIE, HEADER, OPEN_PATH, SECURE_COOKIE
from dashboards.sessions import session_store
from tests.dashboards.builders import signed_in

HERE = "http://testserver"
OURS = {"origin": HERE, HEADER: "1"}


@pytest.fixture
def client() -> Iterator[TestClient]:
    # Without entering it: the lifespan would start Streamlit's runtime, of which a process has one.
    client = TestClient(app, base_url=HERE)
    yield client
    client.close()


def test_a_ticket_buys_an_http_only_cookie(client: TestClient) -> None:
    session = signed_in()
    answer = client.post(OPEN_PATH, content=session_store().issue_ticket(session), headers=OURS)
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert "no-store" in answer.headers["cache-control"]
    assert session_store().resolve(client.cookies[COOKIE]) is session
    # The API's tokens stay on the server.
    assert session.tokens.access_token not in cookie
    assert session.tokens.refresh_token not in cookie


def test_over_https_the_cookie_is_secure_and_bound_to_the_host() -> None:
    with_tls = TestClient(app, base_url="https://testserver")
    ticket = session_store().issue_ticket(signed_in())
    answer = with_tls.post(OPEN_PATH, content=ticket, headers={"origin": "https://testserver", HEADER: "1"})
    assert answer.status_code == 204
    assert answer.headers["set-cookie"].startswith(f"{SECURE_COOKIE}=")
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {HEADER: "1"},
        {"origin": HERE},
        {"origin": "https://malo.example", HEADER: "1"},
        {"origin": "http://testserver.malo.example", HEADER: "1"},
        {"origin": "http://testserver:81", HEADER: "1"},
        {"origin": "null", HEADER: "1"},
        {"origin": "file://testserver", HEADER: "1"},
        {"origin": HERE, HEADER: "2"},
    ],
)
@pytest.mark.parametrize("path", [OPEN_PATH, CLOSE_PATH])
def test_a_foreign_page_may_neither_open_nor_close(client: TestClient, headers: dict[str, str], path: str) -> None:
    ticket = session_store().issue_ticket(signed_in())
    answer = client.post(path, content=ticket, headers=headers)
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["code"] == "foreign_origin"
    assert "set-cookie" not in answer.headers
    # And the ticket was not spent on it.
    assert client.post(OPEN_PATH, content=ticket, headers=OURS).status_code == 204


@pytest.mark.parametrize("ticket", ["", "x", "x" * 43, "x" * 300, "<script>", "á" * 40, "../../etc/passwd"])
def test_a_ticket_that_is_none_is_refused_in_spanish(client: TestClient, ticket: str) -> None:
    answer = client.post(OPEN_PATH, content=ticket.encode(), headers=OURS)
    assert answer.status_code == 401
    assert "contraseña" in answer.json()["detail"]
    assert "set-cookie" not in answer.headers


def test_a_ticket_is_spent_by_its_first_use(client: TestClient) -> None:
    ticket = session_store().issue_ticket(signed_in())
    assert client.post(OPEN_PATH, content=ticket, headers=OURS).status_code == 204
    assert client.post(OPEN_PATH, content=ticket, headers=OURS).status_code == 401


@pytest.mark.parametrize("path", [OPEN_PATH, CLOSE_PATH])
def test_the_routes_take_no_other_method(client: TestClient, path: str) -> None:
    ticket = session_store().issue_ticket(signed_in())
    answer = client.put(path, content=ticket, headers=OURS)
    assert answer.status_code == 405
    # A GET is answered like any unknown address: with the app's page, and without effect.
    assert "set-cookie" not in client.get(path, headers=OURS).headers


def test_closing_without_a_session_just_takes_the_cookie(client: TestClient) -> None:
    answer = client.post(CLOSE_PATH, headers=OURS)
    assert answer.status_code == 204
    assert f'{COOKIE}=""' in answer.headers["set-cookie"]


def test_closing_ends_the_session_even_if_the_api_is_down(client: TestClient) -> None:
    ticket = session_store().issue_ticket(signed_in())
    client.post(OPEN_PATH, content=ticket, headers=OURS)
    token = client.cookies[COOKIE]
    # Nothing listens where the API would be in this test.
    assert client.post(CLOSE_PATH, headers=OURS).status_code == 204
    assert session_store().resolve(token) is None
