"""Limits and lock-outs: counted, told, and over again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import select, text
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from crm_api.auth import limits
from crm_api.throttling import LOOPBACK_FACTOR, Attempt, Count, Limit, counted, enter, forgive, from_address
from pymeai.database.tables.platform import Throttle
from pymeai.errors import TooManyRequests
from pymeai.forwarded_address import ADDRESS_HEADER, PROOF_HEADER, forwarded_address, forwarding_headers
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from tests.crm_api.clockwork import later
from tests.crm_api.conftest import PASSWORD, Company, problem
from tests.crm_api.outbox import mails_to

NOON = datetime(2026, 11, 16, 18, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WINDOW = Limit("window", 3, 10 * MINUTE)
LOCK_OUT = Limit("lock-out", 3, 60 * MINUTE, first_block=MINUTE, longest_block=5 * MINUTE)


def _after(limit: Limit, *moments: datetime) -> Count:
    """The count after tries at these moments, each of them let through."""
    count = Count(0, moments[0], None)
    for moment in moments:
        assert count.blocked_until is None or count.blocked_until <= moment
        count = counted(limit, count, moment)
    return count


def test_a_window_lets_through_its_number_and_ends() -> None:
    assert _after(WINDOW, NOON, NOON + MINUTE).blocked_until is None
    full = _after(WINDOW, NOON, NOON + MINUTE, NOON + 2 * MINUTE)
    assert full.blocked_until == NOON + 10 * MINUTE
    assert counted(WINDOW, full, NOON + 10 * MINUTE) == Count(1, NOON + 10 * MINUTE, None)


def test_a_lock_out_doubles_up_to_its_longest() -> None:
    count, now, blocks = _after(LOCK_OUT, NOON, NOON), NOON, []
    for _ in range(5):
        count = counted(LOCK_OUT, count, now)
        assert count.blocked_until is not None
        blocks.append((count.blocked_until - now) // MINUTE)
        now = count.blocked_until
    assert blocks == [1, 2, 4, 5, 5]


def test_a_lock_out_is_forgotten_after_a_window_without_tries() -> None:
    locked = _after(LOCK_OUT, NOON, NOON, NOON)
    assert locked.blocked_until == NOON + MINUTE
    # An hour after the block's end, not after the tries.
    assert counted(LOCK_OUT, locked, NOON + 60 * MINUTE).hits == 4
    assert counted(LOCK_OUT, locked, NOON + 61 * MINUTE) == Count(1, NOON + 61 * MINUTE, None)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60))
def test_no_window_ever_lets_through_more(gaps: list[int]) -> None:
    """However the tries fall: never more than the number in any one window's length counted from its start."""
    count, now, let_through = Count(0, NOON, None), NOON, list[datetime]()
    for gap in gaps:
        now += timedelta(minutes=gap)
        if count.blocked_until is not None and count.blocked_until > now:
            continue
        count = counted(WINDOW, count, now)
        let_through.append(now)
        inside = [moment for moment in let_through if moment >= count.window_started_at]
        assert len(inside) == count.hits <= WINDOW.hits


@pytest.mark.parametrize(
    ("address", "subject", "hits"),
    [("203.0.113.7", "203.0.113.7", 3), ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002", 3),
     ("2001:db8:1:2::9", "2001:0db8:0001:0002", 3), ("127.0.0.1", "loopback", 3 * LOOPBACK_FACTOR),
     ("::1", "loopback", 3 * LOOPBACK_FACTOR)],
)  # fmt: skip
def test_addresses(address: str, subject: str, hits: int) -> None:
    assert [(found.subject, found.limit.hits) for found in from_address(WINDOW, address)] == [(subject, hits)]


@pytest.mark.parametrize("address", [None, "", "testclient", "x.y"])
def test_what_is_no_address_has_no_limit(address: str | None) -> None:
    assert from_address(WINDOW, address) == []


def test_a_burst_gets_no_more_than_its_number(settings: Settings) -> None:
    """All at once: nobody slips in between a look and a write."""
    attempt = Attempt(Limit("burst", 7, MINUTE), uuid4().hex)

    def let_through(_: int) -> bool:
        try:
            enter(settings, [attempt])
        except TooManyRequests:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(let_through, range(60))) == 7


def test_two_limits_are_counted_together_or_not_at_all(settings: Settings) -> None:
    shared, mine = Attempt(Limit("one", 1, MINUTE), uuid4().hex), Attempt(Limit("two", 2, MINUTE), uuid4().hex)
    enter(settings, [shared])
    for _ in range(5):
        with pytest.raises(TooManyRequests):
            enter(settings, [mine, shared])
    assert enter(settings, [mine]) is False
    assert enter(settings, [mine]) is True


def test_what_was_right_is_forgiven(settings: Settings) -> None:
    window, lock = Attempt(Limit("w", 2, MINUTE), uuid4().hex), Attempt(Limit("l", 2, MINUTE, MINUTE), uuid4().hex)
    for _ in range(6):
        enter(settings, [window, lock])
        with platform_session(settings) as session:
            forgive(session, settings, [window, lock])


def test_the_table_names_nobody(settings: Settings, client: TestClient) -> None:
    client.post("/api/auth/login", json={"email": "alguien@privado.cr", "password": "x"})
    with platform_session(settings) as session:
        keys = session.execute(select(Throttle.throttle_key)).scalars().all()
    assert keys
    assert all(len(key) == 64 and set(key) <= set("0123456789abcdef") for key in keys)


def test_old_counts_are_removed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with platform_session(settings) as session:
        session.execute(
            text("insert into platform.throttles values ('old', 1, now() - interval '3 days', null), "
                 "('still blocked', 9, now() - interval '3 days', now() + interval '1 hour')")
        )  # fmt: skip
    # Each count cleans up now, not one in so many.
    monkeypatch.setattr("crm_api.throttling._PURGE_ONE_IN", 1)
    enter(settings, [Attempt(WINDOW, uuid4().hex)])
    with platform_session(settings) as session:
        kept = session.execute(text("select throttle_key from platform.throttles")).scalars().all()
    assert "still blocked" in kept
    assert "old" not in kept


def _login(client: TestClient, email: str, password: str) -> int:
    return client.post("/api/auth/login", json={"email": email, "password": password}).status_code


def test_an_account_is_locked_and_opens_again(
    client: TestClient, register: Callable[..., Company], settings: Settings
) -> None:
    company = register("Bloqueo")
    assert [_login(client, company.email, "otra") for _ in range(6)] == [401, 401, 401, 401, 401, 429]
    refused = client.post("/api/auth/login", json={"email": company.email.upper(), "password": PASSWORD})
    assert "Espere" in problem(refused, 429, "too_many_requests")["detail"]
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    # Who is inside stays inside.
    assert company.get("/api/organization").status_code == 200
    later(settings, timedelta(seconds=61))
    assert _login(client, company.email, "otra") == 401
    later(settings, timedelta(seconds=61))
    assert _login(client, company.email, PASSWORD) == 429, "the second block is two minutes long"
    later(settings, timedelta(seconds=60))
    assert _login(client, company.email, PASSWORD) == 200
    # And the count is at its beginning.
    assert [_login(client, company.email, "otra") for _ in range(4)] == [401] * 4
    assert _login(client, company.email, PASSWORD) == 200
    lines = company.get("/api/audit", params={"action": "login_blocked"}).json()["items"]
    assert [(line["entity"], line["entity_id"], line["user_id"]) for line in lines] == [
        ("user", str(company.user_id), None)
    ] * 2


def test_an_email_of_nobody_is_locked_alike(client: TestClient, company_a: Company) -> None:
    """The very same answers, one after the other, for an e-mail that has an account and one that has none."""
    emails = (company_a.email, f"{uuid4().hex}@ejemplo.cr")
    for _ in range(7):
        known, unknown = (client.post("/api/auth/login", json={"email": e, "password": "otra"}) for e in emails)
        assert known.status_code == unknown.status_code
        assert known.json().keys() == unknown.json().keys()
        if known.status_code == 401:
            assert known.text == unknown.text
    assert known.status_code == 429


def test_a_locked_sign_in_does_not_hash(
    client: TestClient, register: Callable[..., Company], monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm_api.auth import passwords

    email = register("Sin trabajo").email
    for _ in range(5):
        _login(client, email, "otra")
    monkeypatch.setattr(passwords, "_HASHER", None)
    assert _login(client, email, PASSWORD) == 429


@pytest.fixture
def from_outside(app: FastAPI) -> Callable[[str], TestClient]:
    """A client with an address of its own."""
    return lambda address: TestClient(app, client=(address, 40000))


def test_strangers_elsewhere_do_not_lock_the_owner_out(
    from_outside: Callable[[str], TestClient], register: Callable[..., Company]
) -> None:
    email = register("Dueño en casa").email
    stranger, owner = from_outside("203.0.113.10"), from_outside("203.0.113.11")
    assert [_login(stranger, email, "otra") for _ in range(6)][-1] == 429
    assert _login(owner, email, PASSWORD) == 200


def test_an_account_is_locked_when_many_addresses_guess(
    from_outside: Callable[[str], TestClient], register: Callable[..., Company], settings: Settings
) -> None:
    email = register("Muchos").email
    for number in range(49):
        enter(settings, limits.login(email, f"198.51.100.{number}"))
    assert _login(from_outside("198.51.100.49"), email, "otra") == 401
    assert _login(from_outside("198.51.100.200"), email, "otra") == 429
    later(settings, timedelta(minutes=2))
    assert _login(from_outside("198.51.100.201"), email, PASSWORD) == 200


def test_an_address_that_tries_many_accounts_is_stopped(
    from_outside: Callable[[str], TestClient], company_a: Company, settings: Settings
) -> None:
    client = from_outside("203.0.113.77")
    with platform_session(settings) as session:
        session.execute(text("delete from platform.throttles"))
    for number in range(97):
        enter(settings, limits.login(f"{number}@ejemplo.cr", "203.0.113.77"))
    statuses = [_login(client, f"{number}@ejemplo.cr", "otra") for number in range(97, 101)]
    assert statuses == [401] * 3 + [429]
    assert _login(client, company_a.email, PASSWORD) == 429
    assert _login(from_outside("203.0.113.78"), company_a.email, PASSWORD) == 200
    later(settings, timedelta(minutes=15))
    assert _login(client, company_a.email, PASSWORD) == 200


def test_an_outsider_does_not_choose_their_address(
    app: FastAPI, settings: Settings, register: Callable[..., Company]
) -> None:
    """uvicorn's own middleware, as it stands before the application: only a proxy on this machine is believed."""
    email, served = register("Disfraz").email, ProxyHeadersMiddleware(app)
    stranger = TestClient(served, client=("203.0.113.55", 40000))
    statuses = [
        stranger.post(
            "/api/auth/login",
            json={"email": email, "password": "otra"},
            headers={"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"198.51.100.{number}"},
        ).status_code
        for number in range(6)
    ]
    assert statuses == [401] * 5 + [429]
    proxied = TestClient(served, client=("127.0.0.1", 40000), headers={"X-Forwarded-For": "203.0.113.56"})
    assert _login(proxied, email, PASSWORD) == 200
    company = proxied.post("/api/auth/login", json={"email": email, "password": PASSWORD}).json()
    token = {"Authorization": f"Bearer {company['access_token']}"}
    assert "203.0.113.56" in {s["ip"] for s in proxied.get("/api/auth/sessions", headers=token).json()["items"]}


def test_the_dashboards_tell_whose_browser_it_is(
    from_outside: Callable[[str], TestClient], register: Callable[..., Company], settings: Settings
) -> None:
    """All of their visitors call from this machine; the failures of one lock out no other, nor does one of them see 127.0.0.1."""
    email, dashboards = register("En los tableros").email, from_outside("127.0.0.1")

    def login(password: str, address: str) -> Response:
        headers = forwarding_headers(settings, address)
        return dashboards.post("/api/auth/login", json={"email": email, "password": password}, headers=headers)

    assert [login("otra", "203.0.113.30").status_code for _ in range(6)] == [401] * 5 + [429]
    signed_in = login(PASSWORD, "203.0.113.31")
    assert signed_in.status_code == 200
    token = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    listed = dashboards.get("/api/auth/sessions", headers=token).json()["items"]
    assert {item["ip"] for item in listed if item["current"]} == {"203.0.113.31"}
    # Still locked there, and told by an address written otherwise too.
    assert login(PASSWORD, "::ffff:203.0.113.30").status_code == 429


@pytest.mark.parametrize("proof", ["none", "of another address", "of another secret", "odd"])
def test_nobody_else_says_whose_browser_it_is(
    from_outside: Callable[[str], TestClient], register: Callable[..., Company], settings: Settings, proof: str
) -> None:
    email, stranger = register("Se hace pasar").email, from_outside("203.0.113.57")
    foreign = Settings(secret_key=SecretStr("another secret of another server"))
    proofs = {
        "none": lambda _: "",
        "of another address": lambda _: forwarding_headers(settings, "203.0.113.200")[PROOF_HEADER],
        "of another secret": lambda address: forwarding_headers(foreign, address)[PROOF_HEADER],
        "odd": lambda _: "ñ\xff",
    }

    def login(number: int) -> int:
        address = f"198.51.100.{number}"
        headers = {ADDRESS_HEADER: address, PROOF_HEADER: proofs[proof](address).encode("latin-1")}
        sent = {"email": email, "password": "otra"}
        return stranger.post("/api/auth/login", json=sent, headers=headers).status_code

    assert [login(number) for number in range(6)] == [401] * 5 + [429]
    assert _login(from_outside("203.0.113.58"), email, PASSWORD) == 200


@pytest.mark.parametrize("address", [None, "", "testclient", "203.0.113.7, 127.0.0.1", "203.0.113.7\r\nX: y", "1.2.3"])
def test_what_is_no_address_is_not_forwarded(settings: Settings, address: str | None) -> None:
    assert forwarding_headers(settings, address) == {}


@pytest.mark.parametrize(
    ("address", "told"),
    [("2001:DB8::0:9", "2001:db8::9"), ("::ffff:203.0.113.7", "203.0.113.7"), ("fe80::1%eth0\r\nX: y", "fe80::1")],
)
def test_an_address_is_told_in_one_spelling(settings: Settings, address: str, told: str) -> None:
    headers = forwarding_headers(settings, address)
    assert headers[ADDRESS_HEADER] == told
    assert forwarded_address(settings, headers) == told


def test_right_sign_ins_are_not_counted_against_an_address(
    from_outside: Callable[[str], TestClient], register: Callable[..., Company], settings: Settings
) -> None:
    email, client = register("Ocupada").email, from_outside("203.0.113.90")
    for number in range(98):
        enter(settings, limits.login(f"{number}@ejemplo.cr", "203.0.113.90"))
    assert {_login(client, email, PASSWORD) for _ in range(5)} == {200}


@pytest.mark.parametrize(
    ("path", "body", "number"),
    [
        ("forgot-password", {}, 20),
        ("reset-password", {"token": "x", "password": PASSWORD}, 30),
        ("accept-invitation", {"token": "x", "password": PASSWORD, "first_name": "Ana"}, 30),
    ],
)
def test_other_doors_have_limits_by_address(
    from_outside: Callable[[str], TestClient], path: str, body: dict[str, str], number: int
) -> None:
    client = from_outside(f"192.0.2.{len(path)}")
    for _ in range(number):
        sent = {"email": f"{uuid4().hex}@ejemplo.cr"} if path == "forgot-password" else body
        assert client.post(f"/api/auth/{path}", json=sent).status_code in (202, 400)
    refused = client.post(f"/api/auth/{path}", json=sent)
    problem(refused, 429, "too_many_requests")
    assert int(refused.headers["retry-after"]) > 60


def test_registrations_have_a_limit_by_address(from_outside: Callable[[str], TestClient], company_a: Company) -> None:
    client = from_outside("192.0.2.200")
    body = {"organization_name": "X", "email": company_a.email, "password": PASSWORD}
    assert [client.post("/api/auth/register", json=body).status_code for _ in range(21)] == [409] * 20 + [429]


def test_one_mailbox_is_not_flooded(client: TestClient, settings: Settings, register: Callable[..., Company]) -> None:
    email = register("Buzón").email
    assert [client.post("/api/auth/forgot-password", json={"email": email}).status_code for _ in range(6)] == (
        [202] * 5 + [429]
    )
    assert len(mails_to(settings, email)) == 5
