"""Tickets are good once and briefly; sessions until they are revoked or too old; secrets are not kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from dashboards.sessions import SESSION_LIFE, TICKET_LIFE, SessionStore
from tests.dashboards.builders import Clock, signed_in


def test_a_ticket_becomes_a_session() -> None:
    store = SessionStore()
    session = signed_in()
    token = store.redeem(store.issue_ticket(session))
    assert token is not None
    assert store.resolve(token) is session


def test_a_ticket_is_good_once() -> None:
    store = SessionStore()
    ticket = store.issue_ticket(signed_in())
    assert store.redeem(ticket) is not None
    assert store.redeem(ticket) is None


def test_of_many_who_redeem_at_once_one_gets_it() -> None:
    store = SessionStore()
    ticket = store.issue_ticket(signed_in())
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda _: store.redeem(ticket), range(50)))
    assert len([token for token in tokens if token]) == 1


def test_a_ticket_is_good_for_thirty_seconds() -> None:
    clock = Clock()
    store = SessionStore(clock)
    in_time, too_late = store.issue_ticket(signed_in()), store.issue_ticket(signed_in())
    clock.pass_(TICKET_LIFE - timedelta(seconds=1))
    assert store.redeem(in_time) is not None
    clock.pass_(timedelta(seconds=1))
    assert store.redeem(too_late) is None


def test_an_invented_ticket_opens_nothing() -> None:
    store = SessionStore()
    store.issue_ticket(signed_in())
    assert store.redeem("x" * 43) is None
    assert store.redeem("") is None


def test_a_session_ends_after_its_life() -> None:
    clock = Clock()
    store = SessionStore(clock)
    token = store.open(signed_in())
    clock.pass_(SESSION_LIFE - timedelta(seconds=1))
    assert store.resolve(token) is not None
    clock.pass_(timedelta(seconds=1))
    assert store.resolve(token) is None


def test_a_revoked_session_is_gone_and_only_that_one() -> None:
    store = SessionStore()
    ana, luis = signed_in(last_digit=1), signed_in("luis@elroble.cr", last_digit=2)
    token_of_ana, token_of_luis = store.open(ana), store.open(luis)
    assert store.revoke(token_of_ana) is ana
    assert store.revoke(token_of_ana) is None
    assert store.resolve(token_of_ana) is None
    assert store.resolve(token_of_luis) is luis


def test_nobody_without_a_token() -> None:
    store = SessionStore()
    store.open(signed_in())
    assert store.resolve(None) is None
    assert store.resolve("") is None
    assert store.revoke(None) is None


def test_old_entries_are_swept_away() -> None:
    clock = Clock()
    store = SessionStore(clock)
    for _ in range(20):
        store.issue_ticket(signed_in())
    clock.pass_(SESSION_LIFE)
    store.open(signed_in())
    assert len(store._tickets) == 0
    assert len(store._sessions) == 1


def test_the_store_keeps_no_secret_in_the_clear() -> None:
    store = SessionStore()
    ticket = store.issue_ticket(signed_in())
    token = store.open(signed_in())
    kept = " ".join([*store._tickets, *store._sessions])
    assert ticket not in kept
    assert token not in kept
