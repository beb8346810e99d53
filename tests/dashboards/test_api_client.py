"""Errors as the API says them, and tokens that are renewed once for all who wait."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from dashboards.api_client import ApiClient, SessionEnded, base_url
from pymeai.errors import Invalid, NotFound, PymeError, TooLarge, TooManyRequests, Unavailable
from pymeai.settings import Settings
from tests.dashboards.builders import signed_in

ORGANIZATION = {
    "organization_id": str(UUID(int=1)),
    "name": "El Roble",
    "industry_type": "ferreteria",
    "subscription_plan": "free",
    "created_at": "2026-11-22T15:00:00Z",
    "active_until": None,
    "settings": {},
}


def client_of(handler: Callable[[httpx.Request], httpx.Response]) -> ApiClient:
    """A client that talks to `handler` in place of the network."""
    return ApiClient("http://api", httpx.MockTransport(handler))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, NotFound),
        (413, TooLarge),
        (422, Invalid),
        (429, TooManyRequests),
        (503, Unavailable),
        (500, Unavailable),
    ],
)
def test_a_problem_is_the_error_it_was(status: int, kind: type[PymeError]) -> None:
    problem = {"detail": "Algo pasó.", "code": "algo", "errors": [{"field": "kind", "message": "Elija uno."}]}
    client = client_of(lambda _: httpx.Response(status, json=problem))
    with pytest.raises(kind, match="Algo pasó") as raised:
        client.organization(signed_in())
    assert raised.value.code == "algo"
    assert [(error.field, error.message) for error in raised.value.errors] == [("kind", "Elija uno.")]


@pytest.mark.parametrize("body", ["", "<html>", "[]", '{"detail": 3, "errors": "x", "code": 7}', '{"errors": [1]}'])
def test_a_problem_without_words_still_says_what_to_do(body: str) -> None:
    client = client_of(lambda _: httpx.Response(502, text=body))
    with pytest.raises(Unavailable, match="Vuelva a intentarlo"):
        client.organization(signed_in())


class Api:
    """Accepts one access token at a time; each refresh token is good once."""

    def __init__(self) -> None:
        self.access = "access-1"
        self.refresh = "refresh-1"
        self.renewals = 0
        self.revoked = False
        self._lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            if request.url.path == "/api/auth/refresh-token":
                if self.revoked or self.refresh not in request.content.decode():
                    return httpx.Response(401, json={"detail": "Su sesión terminó.", "code": "session_ended"})
                self.renewals += 1
                self.access, self.refresh = f"access-{self.renewals + 1}", f"refresh-{self.renewals + 1}"
                tokens = {"access_token": self.access, "refresh_token": self.refresh, "expires_in": 900}
                return httpx.Response(200, json=tokens)
            if request.headers["authorization"] != f"Bearer {self.access}" or self.revoked:
                return httpx.Response(401, json={"detail": "Ingrese de nuevo."})
            return httpx.Response(200, json=ORGANIZATION)


def test_an_expired_token_is_renewed_once_for_all_who_wait() -> None:
    api = Api()
    session = signed_in()
    session.tokens = session.tokens.model_copy(update={"access_token": "access-0", "refresh_token": "refresh-1"})
    client = client_of(api)
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda _: client.organization(session).name, range(40)))
    assert set(names) == {"El Roble"}
    assert api.renewals == 1
    assert session.tokens.refresh_token == "refresh-2"


def test_a_token_about_to_expire_is_renewed_beforehand() -> None:
    api = Api()
    session = signed_in()
    session.tokens = session.tokens.model_copy(update={"access_token": "access-1", "refresh_token": "refresh-1"})
    session.access_until = datetime.now(UTC) + timedelta(seconds=5)
    client_of(api).organization(session)
    assert api.renewals == 1
    assert session.access_until > datetime.now(UTC) + timedelta(minutes=10)


def test_a_revoked_session_is_over() -> None:
    api = Api()
    api.revoked = True
    with pytest.raises(SessionEnded, match="Su sesión terminó"):
        client_of(api).organization(signed_in())


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", "http://127.0.0.1:8000"), ("0.0.0.0", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000")],
)
def test_where_the_api_is(host: str, expected: str) -> None:
    assert base_url(Settings(host=host, api_port=8000)) == expected
