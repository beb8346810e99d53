"""Where webhooks may lead and what they may listen to; what one attempt makes of a network that does its worst."""

import base64
import socket
import time
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from crm_api.main import create_app
from crm_api.webhooks.addresses import AddressRefused, is_public, parse_target, resolve
from crm_api.webhooks.events import EVENTS
from crm_api.webhooks.sending import Deadline, Outcome, post
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session
from tests.crm_api.conftest import Company, closed_port, fields, problem


@pytest.fixture(scope="module")
def strict(settings: Settings, company_a: Company) -> Company:
    """The company at an application that sends to public addresses alone; without its lifespan it sends nothing."""
    return Company(**vars(company_a) | {"client": TestClient(create_app(settings))})


@pytest.mark.parametrize(
    "url",
    ["http://ejemplo.cr/", "ftp://ejemplo.cr/", "https://", "https:///x", "https://localhost/", "https://127.0.0.1/", "https://[::1]/",
     "https://10.0.0.8/", "https://192.168.1.1:8443/", "https://169.254.169.254/latest/meta-data/", "https://[::ffff:10.0.0.1]/",
     "https://100.64.0.1/", "https://0.0.0.0/", "https://224.0.0.1/", "https://[fd00::1]/", "https://[64:ff9b::a00:1]/",
     "https://[2002:a00:1::]/", "https://servidor/", "https://impresora.local/", "https://db.internal/", "https://localhost./",
     "https://ana:clave@ejemplo.cr/", "https://ejemplo.cr/#x", "https://ejemplo.cr:0/", "https://ejemplo.cr:99999/",
     "https://ejemplo.cr/\r\nX: y", "https://ejemplo.cr/ñ", "https://ejemplo.cr\\@10.0.0.1/", "javascript:alert(1)",
     "https://ejemplo.cr/\x00", "https://" + "a" * 3000 + ".cr/", "https://[fec0::1]/", "https://[::]/"],
)  # fmt: skip
def test_addresses_that_are_refused(strict: Company, url: str) -> None:
    found = problem(strict.post("/api/webhooks", {"url": url, "events": ["*"]}), 422)
    assert "url" in fields(found)


@pytest.mark.parametrize("events", [[], ["customer.exploded"], ["webhook.test"], ["*", "x" * 1000], "*"])
def test_events_that_are_none(company_a: Company, events: Any) -> None:
    problem(company_a.post("/api/webhooks", {"url": "https://ejemplo.cr/", "events": events}), 422)


def test_a_public_address_is_taken(strict: Company) -> None:
    body = {"url": "https://ganchos.ejemplo.cr:8443/pymeai?x=1", "events": ["opportunity.won"]}
    made = strict.post("/api/webhooks", body).json()
    assert made["secret"].startswith("whsec_")
    assert len(base64.b64decode(made["secret"][6:])) == 32
    assert strict.delete(f"/api/webhooks/{made['webhook_id']}").status_code == 204


def test_a_name_that_leads_inside_is_refused_when_it_is_sent_to() -> None:
    # What the resolver says counts, not the name: this one is known to every resolver of this machine.
    target = parse_target("http://localhost:9/", allow_private=True)
    with pytest.raises(AddressRefused):
        resolve(target, allow_private=False)


@pytest.mark.parametrize("text_form", ["0x7f.1", "2130706433", "0177.0.0.1", "127.1"])
def test_other_spellings_of_loopback(text_form: str) -> None:
    try:
        target = parse_target(f"https://{text_form}/", allow_private=False)
    except AddressRefused:
        return
    with pytest.raises((AddressRefused, socket.gaierror)):
        resolve(target, allow_private=False)


@pytest.mark.parametrize(
    "address",
    ["192.0.0.192", "192.0.0.9", "192.88.99.1", "192.31.196.1", "192.52.193.1", "192.175.48.1", "198.19.255.255", "203.0.113.7",
     "239.1.1.1", "255.255.255.255", "3fff::1", "2001::1", "2001:1::1", "2001:db8::1", "2620:4f:8000::1", "64:ff9b:1::1",
     "100::1", "100:0:0:1::1", "5f00::1", "4000::1", "::10.0.0.1", "::ffff:192.0.0.192", "64:ff9b::c000:c0", "2002:c000:c0::1",
     "fe80::1%eth0", "no es una dirección"],
)  # fmt: skip
def test_special_addresses_are_no_public_ones(address: str) -> None:
    assert not is_public(address)


_PUBLIC = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))
_INNER = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.8", 443))


@pytest.mark.parametrize("answers", [[_PUBLIC, _INNER], [_INNER, _PUBLIC], [_PUBLIC, _PUBLIC, _INNER]])
def test_a_name_that_also_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch, answers: list[Any]) -> None:
    target = parse_target("https://ganchos.ejemplo.cr/", allow_private=False)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    with pytest.raises(AddressRefused):
        resolve(target, allow_private=False)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [_PUBLIC])
    assert resolve(target, allow_private=False) == [(socket.AF_INET, ("93.184.216.34", 443))]


@pytest.fixture
def stuck_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """The system's resolver answers after the test; the event says that it was asked."""
    asked, ended = Event(), Event()

    def look_up(*_: object, **__: object) -> list[Any]:
        asked.set()
        ended.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield asked
    ended.set()


@pytest.mark.usefixtures("stuck_resolver")
def test_the_deadline_counts_for_the_resolver_too() -> None:
    started = time.monotonic()
    outcome = post("https://ganchos.ejemplo.cr/", {}, b"{}", allow_private=False, deadline=Deadline(0.3))
    assert outcome.error == "El servidor tardó más de 10 segundos."
    assert time.monotonic() - started < 5


def test_a_look_up_that_is_cut_ends_at_once(stuck_resolver: Event) -> None:
    deadline = Deadline(30)
    outcomes: list[Outcome] = []
    arguments: dict[str, Any] = {"allow_private": False, "deadline": deadline}
    thread = Thread(
        target=lambda: outcomes.append(post("https://ganchos.ejemplo.cr/", {}, b"{}", **arguments)), daemon=True
    )
    thread.start()
    assert stuck_resolver.wait(10)
    deadline.cut()
    thread.join(10)
    assert [outcome.delivered for outcome in outcomes] == [False]


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


def test_nothing_answers() -> None:
    outcome = post(f"http://127.0.0.1:{closed_port()}/", {}, b"{}", allow_private=True, deadline=Deadline(5))
    assert outcome == Outcome(error="No se pudo conectar con el servidor, o no respondió como se espera.")
    assert outcome.receiver_is_down


@pytest.mark.parametrize("drip", [b"", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_receiver_that_drips_is_cut(drip: bytes) -> None:
    """Bytes that come now and then keep any single read alive; the whole still ends."""
    ended = Event()

    def dribble(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            try:
                connection.sendall(drip)
                while not ended.wait(0.05):
                    connection.sendall(b"x")
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=dribble, args=(server,))
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        outcome = post(url, {}, b"{}", allow_private=True, deadline=Deadline(0.5))
        ended.set()
        thread.join()
    assert outcome.error == "El servidor tardó más de 10 segundos."


def test_the_events_are_those_that_the_triggers_know(company_a: Company, settings: Settings) -> None:
    """Every table with an audit trigger has its events, and no event is of a table without one."""
    with tenant_session(settings, company_a.tenant) as session:
        arguments = session.execute(
            text(
                "select distinct split_part(encode(tgargs, 'escape'), '\\000', 1) from pg_trigger "
                "where tgname like 'write_audit_%' and tgrelid::regclass::text !~ '[.]'"
            )
        ).scalars()
        watched = set(arguments)
    assert watched == {event.partition(".")[0] for event in EVENTS}
