"""Refresh tokens under attack: whoever uses one twice, however they time it, ends the sign-in and all that came of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select, text

from crm_api.auth import repository, tokens
from crm_api.auth.passwords import hash_password
from crm_api.auth.service import Device, open_session
from pymeai.database.tables.platform import UserSession
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from tests.crm_api.conftest import PASSWORD, Company, problem
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("product_passwords")

RACES = 200


@pytest.fixture
def another_sign_in(company_a: Company, settings: Settings) -> Callable[[], tuple[str, str]]:
    """A fresh sign-in of company A's owner: its access and its refresh token."""

    def run() -> tuple[str, str]:
        with platform_session(settings) as session:
            user = repository.get_user(session, company_a.user_id)
            answer = open_session(session, settings, user, Device("Carrera", "203.0.113.5"))
            return answer.access_token, answer.refresh_token

    return run


def _refresh(client: TestClient, token: str) -> Response:
    return client.post("/api/auth/refresh-token", json={"refresh_token": token})


def _opens(client: TestClient, access_token: str) -> bool:
    return client.get("/api/users", headers={"Authorization": f"Bearer {access_token}"}).status_code == 200


def test_no_descendant_survives_a_race_of_two(
    client: TestClient, another_sign_in: Callable[[], tuple[str, str]], settings: Settings
) -> None:
    """The thief and the owner use one token at the same instant, 200 times over."""
    sessions: list[UUID | None] = []
    for number in range(RACES):
        access, stolen = another_sign_in()
        start = Barrier(2)

        def use(_: int, stolen: str = stolen, start: Barrier = start) -> Response:
            start.wait()
            return _refresh(client, stolen)

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(use, range(2)))
        assert sorted(answer.status_code for answer in answers) == [200, 401]
        won = next(answer.json() for answer in answers if answer.status_code == 200)
        problem(_refresh(client, won["refresh_token"]), 401, "session_ended")
        sessions.append(tokens.session_of_refresh_token(settings, stolen))
        if number % 10 == 0:
            assert not _opens(client, access)
            assert not _opens(client, won["access_token"])
    with platform_session(settings) as session:
        alive = select(UserSession).where(UserSession.session_id.in_(sessions), UserSession.revoked_at.is_(None))
        assert session.execute(alive).scalars().all() == []


def test_no_descendant_survives_a_thief_who_runs_ahead(
    client: TestClient, another_sign_in: Callable[[], tuple[str, str]]
) -> None:
    """The thief renews over and over; the owner's one use of the old token ends it, in the middle of a renewal too."""
    for _ in range(20):
        _, stolen = another_sign_in()
        first = _refresh(client, stolen).json()
        start = Barrier(2)

        def run_ahead(first: dict[str, str] = first, start: Barrier = start) -> str:
            token: str = first["refresh_token"]
            start.wait()
            for _ in range(6):
                answer = _refresh(client, token)
                if answer.status_code != 200:
                    break
                token = answer.json()["refresh_token"]
            return token

        def come_back(stolen: str = stolen, start: Barrier = start) -> int:
            start.wait()
            return _refresh(client, stolen).status_code

        with ThreadPoolExecutor(2) as pool:
            thief, owner = pool.submit(run_ahead), pool.submit(come_back)
            assert owner.result() == 401
            assert _refresh(client, thief.result()).status_code == 401


def test_a_reuse_is_in_the_audit_log(
    client: TestClient, company_a: Company, another_sign_in: Callable[[], tuple[str, str]], settings: Settings
) -> None:
    _, stolen = another_sign_in()
    _refresh(client, stolen)
    _refresh(client, stolen)
    lines = company_a.get("/api/audit", params={"action": "refresh_token_reused"}).json()["items"]
    assert str(tokens.session_of_refresh_token(settings, stolen)) in {line["entity_id"] for line in lines}


def test_a_revoked_sign_in_is_out_at_the_next_request_while_it_works(
    client: TestClient, company_a: Company, another_sign_in: Callable[[], tuple[str, str]], settings: Settings
) -> None:
    """Not at the access token's end, and not after any cache's: the request that comes after the revocation is refused."""
    access, refresh = another_sign_in()
    session_id = tokens.session_of_refresh_token(settings, refresh)
    assert _opens(client, access)
    assert company_a.delete(f"/api/auth/sessions/{session_id}").status_code == 204
    assert not _opens(client, access)
    problem(_refresh(client, refresh), 401, "session_ended")


def test_all_other_sign_ins_end_at_once(
    client: TestClient, register: Callable[..., Company], sign_in: Callable[[str], Company]
) -> None:
    here = register("Todas")
    others = [sign_in(here.email) for _ in range(3)]
    assert here.get("/api/auth/sessions").json()["total"] == 4
    assert here.delete("/api/auth/sessions").status_code == 204
    assert [_opens(client, other.access_token) for other in others] == [False] * 3
    assert [item["current"] for item in here.get("/api/auth/sessions").json()["items"]] == [True]
    lines = here.get("/api/audit", params={"entity": "session", "action": "revoked"}).json()["items"]
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("column", "moved"), [("last_seen", timedelta(days=14)), ("expires_at", timedelta(days=30, seconds=1))]
)
def test_a_sign_in_ends_by_itself(
    client: TestClient,
    another_sign_in: Callable[[], tuple[str, str]],
    settings: Settings,
    column: str,
    moved: timedelta,
) -> None:
    """Two weeks without use, or thirty days in all."""
    _, refresh = another_sign_in()
    with platform_session(settings) as session:
        session.execute(
            text(f"update platform.sessions set {column} = {column} - cast(:moved as interval) where session_id = :id"),
            {"moved": moved, "id": tokens.session_of_refresh_token(settings, refresh)},
        )
    problem(_refresh(client, refresh), 401, "session_ended")


def test_an_access_token_ends_with_its_sign_in(
    client: TestClient, another_sign_in: Callable[[], tuple[str, str]], settings: Settings
) -> None:
    """However much is left of its quarter of an hour."""
    access, refresh = another_sign_in()
    assert _opens(client, access)
    with platform_session(settings) as session:
        ended = "update platform.sessions set expires_at = now() where session_id = :id"
        session.execute(text(ended), {"id": tokens.session_of_refresh_token(settings, refresh)})
    assert not _opens(client, access)


@pytest.mark.parametrize("change", ["password_hash", "is_active"])
def test_what_changes_while_a_password_is_checked_counts(
    client: TestClient, register: Callable[..., Company], settings: Settings, change: str
) -> None:
    """The sign-in has read its hash and waits for its person, whom somebody is changing."""
    company = register("Mientras tanto")
    waits = text(
        "select count(*) from pg_locks as l join pg_stat_activity as a using (pid) "
        "where not l.granted and a.datname = current_database()"
    )
    pair = {"email": company.email, "password": PASSWORD}
    with ThreadPoolExecutor(1) as pool, platform_session(settings) as session:
        user = repository.get_user(session, company.user_id, lock=True)
        answer = pool.submit(client.post, "/api/auth/login", json=pair)
        wait_for(lambda: session.execute(waits).scalar_one(), 30, "the sign-in to wait")
        if change == "is_active":
            user.is_active = False
        else:
            user.password_hash = hash_password("otra clave larga")
    problem(answer.result(), 401, "wrong_credentials")


def test_renewing_does_not_prolong_a_sign_in_for_ever(
    client: TestClient, another_sign_in: Callable[[], tuple[str, str]], settings: Settings
) -> None:
    _, refresh = another_sign_in()
    session_id = tokens.session_of_refresh_token(settings, refresh)
    with platform_session(settings) as session:
        before = session.get_one(UserSession, session_id).expires_at
    assert _refresh(client, refresh).status_code == 200
    with platform_session(settings) as session:
        assert session.get_one(UserSession, session_id).expires_at == before


def test_a_refresh_token_spelled_otherwise_is_none_and_ends_nothing(
    client: TestClient, another_sign_in: Callable[[], tuple[str, str]]
) -> None:
    _, refresh = another_sign_in()
    for other in (f"{refresh}=", f"{refresh[:10]}!{refresh[10:]}", f"{refresh}\n", refresh[:-1], refresh.swapcase()):
        problem(_refresh(client, other), 401, "session_ended")
    assert _refresh(client, refresh).status_code == 200
