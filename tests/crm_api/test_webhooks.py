"""Webhooks: what a receiver on this machine gets of what happens in the CRM, and what it never gets."""

import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from crm_api.webhooks import queue
from crm_api.webhooks.worker import SENDERS_OF_ONE, DeliveryWorker
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session, tenant_session
from tests.crm_api.conftest import Company, problem
from tests.crm_api.receivers import Receiver, listening
from tests.waiting import wait_for

NOBODY = "0190a000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module", autouse=True)
def _the_queue_is_looked_at_often() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crm_api.webhooks.worker.POLL_SECONDS", 0.05)
        yield


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as ours:
        yield ours


def _made(company: Company, url: str, *events: str, **more: Any) -> dict[str, Any]:
    response = company.post("/api/webhooks", {"url": url, "events": list(events) or ["*"]} | more)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


@pytest.fixture
def hook(company_a: Company, receiver: Receiver) -> Iterator[dict[str, Any]]:
    """A webhook of company A that listens to its customers and its won opportunities; gone after the test."""
    made = _made(company_a, receiver.url, "customer.created", "customer.updated", "opportunity.won")
    yield made
    company_a.delete(f"/api/webhooks/{made['webhook_id']}")


def _deliveries(company: Company, hook: dict[str, Any], **filters: Any) -> list[dict[str, Any]]:
    response = company.get(f"/api/webhooks/{hook['webhook_id']}/deliveries", params=filters)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def _delivery(company: Company, hook: dict[str, Any], number: int = 0, **expected: Any) -> dict[str, Any]:
    """The delivery at this place, the latest first, once it is as expected."""

    def look() -> dict[str, Any] | None:
        found = _deliveries(company, hook)
        if len(found) > number and all(found[number][name] == value for name, value in expected.items()):
            return found[number]
        return None

    return wait_for(look, 20, f"a delivery with {expected}")


def _signatures(secret: str, headers: dict[str, str], body: bytes) -> str:
    """What the receiver computes, by the letter of Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def test_what_happens_arrives_signed_and_without_content(
    company_a: Company, receiver: Receiver, hook: dict[str, Any]
) -> None:
    customer = company_a.post("/api/customers", {"first_name": "Juana Personal", "email": "juana@personal.cr"}).json()
    headers, body = receiver.first()[0]
    assert json.loads(body) == {
        "type": "customer.created",
        "timestamp": json.loads(body)["timestamp"],
        "data": {"entity": "customer", "id": customer["customer_id"]},
    }
    assert b"uana" not in body
    assert headers["webhook-signature"] == _signatures(hook["secret"], headers, body)
    assert headers["content-type"] == "application/json"
    delivery = _delivery(company_a, hook, status="delivered")
    assert (delivery["delivery_id"], delivery["attempts"], delivery["response_status"]) == (
        headers["webhook-id"],
        1,
        204,
    )
    assert delivery["delivered_at"] is not None


def test_only_what_it_listens_to_and_only_its_own_organizations(
    company_a: Company, company_b: Company, receiver: Receiver, hook: dict[str, Any]
) -> None:
    company_b.post("/api/customers", {"first_name": "Ajena"})
    company_a.post("/api/sales", {"sold_at": "2026-01-01", "amount": 1, "currency": "CRC"})
    mine = company_a.post("/api/customers", {"first_name": "Propia"}).json()
    company_a.put(f"/api/customers/{mine['customer_id']}", {"first_name": "Propia y otra"})
    sent = [json.loads(body) for _, body in receiver.first(2)]
    assert sorted((event["type"], event["data"]["id"]) for event in sent) == [
        ("customer.created", mine["customer_id"]),
        ("customer.updated", mine["customer_id"]),
    ]
    assert len(_deliveries(company_a, hook)) == 2


def test_a_star_is_everything(company_a: Company, receiver: Receiver) -> None:
    made = _made(company_a, receiver.url, "*")
    sale = company_a.post("/api/sales", {"sold_at": "2026-01-01", "amount": 1, "currency": "CRC"}).json()
    event = json.loads(receiver.first()[0][1])
    assert (event["type"], event["data"]["id"]) == ("sale.created", sale["sale_id"])
    company_a.delete(f"/api/webhooks/{made['webhook_id']}")


def test_what_is_rolled_back_is_not_told(company_a: Company, receiver: Receiver, hook: dict[str, Any]) -> None:
    problem(company_a.post("/api/customers", {"first_name": "A", "identification_number": "nada"}), 422)
    assert company_a.post(f"/api/webhooks/{hook['webhook_id']}/test").status_code == 201
    assert [json.loads(body)["type"] for _, body in receiver.first()] == ["webhook.test"]


def test_a_failed_delivery_comes_again_with_the_same_id(
    company_a: Company, receiver: Receiver, hook: dict[str, Any], settings: Settings
) -> None:
    receiver.answers = [500]
    company_a.post("/api/customers", {"first_name": "Otra vez"})
    failed = _delivery(company_a, hook, status="pending", attempts=1)
    assert failed["response_status"] == 500
    assert failed["last_error"] == "El servidor respondió 500."
    assert failed["next_attempt_at"] > failed["created_at"]
    _hurry(settings, hook)
    _delivery(company_a, hook, status="delivered", attempts=2)
    ids = [headers["webhook-id"] for headers, _ in receiver.got]
    assert ids == [failed["delivery_id"]] * 2
    assert receiver.got[0][1] == receiver.got[1][1]


def test_after_the_last_attempt_it_has_failed_and_can_be_sent_again(
    company_a: Company, receiver: Receiver, hook: dict[str, Any], settings: Settings
) -> None:
    receiver.answers = [400] * (len(queue.BACK_OFF) + 1)
    company_a.post(f"/api/webhooks/{hook['webhook_id']}/test")
    for attempt in range(1, len(queue.BACK_OFF) + 1):
        _delivery(company_a, hook, status="pending", attempts=attempt)
        _hurry(settings, hook)
    failed = _delivery(company_a, hook, status="failed", attempts=7)
    path = f"/api/webhooks/{hook['webhook_id']}/deliveries/{failed['delivery_id']}/redeliver"
    again = company_a.post(path)
    assert (again.json()["status"], again.json()["attempts"]) == ("pending", 0)
    _delivery(company_a, hook, status="delivered", attempts=1)
    assert len(receiver.got) == 8
    assert _deliveries(company_a, hook, status="failed") == []


def test_a_receiver_that_is_down_is_asked_once_not_once_an_event(
    company_a: Company, settings: Settings, hook: dict[str, Any], receiver: Receiver
) -> None:
    receiver.answers = [503]
    with tenant_session(settings, company_a.tenant) as session:
        session.execute(text("insert into customers (first_name) select 'X' || n from generate_series(1, 30) as n"))
    wait_for(lambda: any(one["attempts"] for one in _deliveries(company_a, hook)), 20, "the first attempt")
    waiting = _deliveries(company_a, hook, limit=100)
    assert sorted(one["attempts"] for one in waiting) == [0] * 29 + [1]
    assert {one["status"] for one in waiting} == {"pending"}
    assert len(receiver.got) == 1
    _hurry(settings, hook)
    receiver.first(31)
    wait_for(
        lambda: len(_deliveries(company_a, hook, status="delivered", limit=100)) == 30 or None, 20, "all deliveries"
    )


def test_what_happens_while_a_receiver_is_down_waits_with_the_rest(
    company_a: Company, settings: Settings, hook: dict[str, Any], receiver: Receiver
) -> None:
    receiver.answers = [503]
    company_a.post("/api/customers", {"first_name": "Antes"})
    first = _delivery(company_a, hook, status="pending", attempts=1)
    for number in range(5):
        company_a.post("/api/customers", {"first_name": f"Durante {number}"})
    # The worker has looked at the queue since: it sent what another webhook of the company waits for.
    _another_delivery_arrives(company_a)
    waiting = _deliveries(company_a, hook)
    assert sorted(one["attempts"] for one in waiting) == [0] * 6 + [1]
    assert {one["next_attempt_at"] for one in waiting} == {first["next_attempt_at"]}
    assert len(receiver.got) == 1
    # Its owner asks: it answers again, and nothing waits any longer.
    tag = company_a.get(f"/api/webhooks/{hook['webhook_id']}").headers["etag"]
    company_a.post(f"/api/webhooks/{hook['webhook_id']}/test")
    wait_for(lambda: len(_deliveries(company_a, hook, status="delivered")) == 8 or None, 20, "all deliveries")
    # A pause is no change of the webhook's.
    assert company_a.get(f"/api/webhooks/{hook['webhook_id']}").headers["etag"] == tag
    company_a.post("/api/customers", {"first_name": "Después"})
    wait_for(lambda: len(_deliveries(company_a, hook, status="delivered")) == 9 or None, 20, "the next one")


def test_after_a_pause_the_oldest_asks_for_all(
    company_a: Company, settings: Settings, hook: dict[str, Any], receiver: Receiver
) -> None:
    receiver.answers = [503, 503]
    company_a.post("/api/customers", {"first_name": "Primera"})
    first = _delivery(company_a, hook, status="pending", attempts=1)
    for number in range(3):
        company_a.post("/api/customers", {"first_name": f"Siguiente {number}"})
    _hurry(settings, hook)
    again = _delivery(company_a, hook, number=3, attempts=2)
    assert again["delivery_id"] == first["delivery_id"]
    waiting = _deliveries(company_a, hook)
    assert sorted(one["attempts"] for one in waiting) == [0, 0, 0, 2]
    # The second pause is longer than the first, for all of them.
    assert {one["next_attempt_at"] for one in waiting} == {again["next_attempt_at"]}
    assert len(receiver.got) == 2


def test_one_companys_silent_servers_hold_up_no_other(
    company_a: Company, company_b: Company, receiver: Receiver
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        mute = [_made(company_a, url, "alert.created") for _ in range(12)]
        for one in mute:
            company_a.post(f"/api/webhooks/{one['webhook_id']}/test")
        # Two of them are being sent: the rest of the senders is the others'.
        held = [silent.accept()[0] for _ in range(SENDERS_OF_ONE)]
        made = _made(company_b, receiver.url, "customer.created")
        started = time.monotonic()
        company_b.post("/api/customers", {"first_name": "Vecina"})
        receiver.first()
        assert time.monotonic() - started < 5
        silent.settimeout(0.2)
        with pytest.raises(TimeoutError):
            silent.accept()
        for connection in held:
            connection.close()
    for company, hooks in ((company_a, mute), (company_b, [made])):
        for one in hooks:
            assert company.delete(f"/api/webhooks/{one['webhook_id']}").status_code == 204


def _another_delivery_arrives(company: Company) -> None:
    with listening() as other:
        made = _made(company, other.url, "customer.created")
        company.post("/api/customers", {"first_name": "De otro"})
        other.first()
        company.delete(f"/api/webhooks/{made['webhook_id']}")


def test_several_workers_share_the_queue_and_send_each_once(
    company_a: Company, settings: Settings, receiver: Receiver, hook: dict[str, Any]
) -> None:
    more = [DeliveryWorker(settings.model_copy(update={"webhook_allow_private": True})) for _ in range(3)]
    for worker in more:
        worker.start()
    with tenant_session(settings, company_a.tenant) as session:
        session.execute(text("insert into customers (first_name) select 'Y' || n from generate_series(1, 150) as n"))
    wait_for(
        lambda: len(_deliveries(company_a, hook, status="delivered", limit=500)) == 150 or None, 40, "all deliveries"
    )
    for worker in more:
        worker.stop()
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == len(receiver.got) == 150


def test_five_days_of_failures_switch_it_off(
    company_a: Company, settings: Settings, receiver: Receiver, hook: dict[str, Any]
) -> None:
    receiver.answers = [500, 500]
    company_a.post("/api/customers", {"first_name": "Vieja"})
    _delivery(company_a, hook, status="pending", attempts=1)
    assert company_a.get(f"/api/webhooks/{hook['webhook_id']}").json()["is_active"] is True
    with platform_session(settings) as session:
        for statement in (
            "update platform.webhooks set updated_at = now() - interval '7 days' where webhook_id = :id",
            "update platform.webhook_deliveries set created_at = now() - interval '6 days', next_attempt_at = now()"
            " where webhook_id = :id",
        ):
            session.execute(text(statement), {"id": hook["webhook_id"]})
    found = _delivery(company_a, hook, status="failed")
    assert "se apagó" in found["last_error"]
    assert company_a.get(f"/api/webhooks/{hook['webhook_id']}").json()["is_active"] is False
    log = company_a.get("/api/audit", params={"entity": "webhook", "entity_id": hook["webhook_id"]}).json()["items"]
    assert [(line["action"], line["user_name"]) for line in log] == [("disabled", None), ("created", "Ana Mora")]
    assert log[0]["summary"].startswith("PymeAI apagó el webhook")
    company_a.post("/api/customers", {"first_name": "Nueva"})
    assert len(_deliveries(company_a, hook)) == 1
    problem(company_a.post(f"/api/webhooks/{hook['webhook_id']}/test"), 409, "webhook_is_off")
    path = f"/api/webhooks/{hook['webhook_id']}/deliveries/{found['delivery_id']}/redeliver"
    problem(company_a.post(path), 409, "webhook_is_off")


def test_a_receiver_that_is_gone_is_switched_off_at_once(
    company_a: Company, receiver: Receiver, hook: dict[str, Any]
) -> None:
    receiver.answers = [410]
    company_a.post(f"/api/webhooks/{hook['webhook_id']}/test")
    _delivery(company_a, hook, status="failed", attempts=1)
    assert company_a.get(f"/api/webhooks/{hook['webhook_id']}").json()["is_active"] is False


def test_redirects_are_not_followed(company_a: Company, hook: dict[str, Any], receiver: Receiver) -> None:
    with listening() as elsewhere:
        receiver.answers, receiver.location = [302], elsewhere.url
        company_a.post(f"/api/webhooks/{hook['webhook_id']}/test")
        found = _delivery(company_a, hook, attempts=1)
        assert found["response_status"] == 302
        assert "redirige" in found["last_error"]
        assert elsewhere.got == []


def test_a_new_secret_signs_beside_the_old_one(company_a: Company, receiver: Receiver, hook: dict[str, Any]) -> None:
    path = f"/api/webhooks/{hook['webhook_id']}/rotate-secret"
    rotated = company_a.post(path, headers={"Idempotency-Key": "rotate-once-1"}).json()
    assert company_a.post(path, headers={"Idempotency-Key": "rotate-once-1"}).json() == rotated
    assert rotated["secret_version"] == 2
    assert rotated["secret"] != hook["secret"]
    company_a.post(f"/api/webhooks/{hook['webhook_id']}/test")
    headers, body = receiver.first()[0]
    assert headers["webhook-signature"].split() == [
        _signatures(rotated["secret"], headers, body),
        _signatures(hook["secret"], headers, body),
    ]


def test_the_secret_is_shown_once_and_stored_nowhere(
    company_a: Company, receiver: Receiver, settings: Settings
) -> None:
    body = {"url": receiver.url, "events": ["customer.created"]}
    key = {"Idempotency-Key": f"hook-{uuid4()}"}
    made = company_a.post("/api/webhooks", body, headers=key).json()
    assert company_a.post("/api/webhooks", body, headers=key).json() == made
    path = f"/api/webhooks/{made['webhook_id']}"
    for answer in (company_a.get(path), company_a.put(path, body), company_a.get("/api/webhooks")):
        assert answer.status_code == 200
        assert "secret" not in answer.text.replace("secret_version", "")
    with platform_session(settings) as session:
        for table in ("webhooks", "idempotency_keys", "webhook_deliveries"):
            rows = session.execute(text(f"select to_jsonb(t)::text from platform.{table} t")).scalars()
            assert not any(made["secret"] in row or made["secret"][6:] in row for row in rows)
    company_a.delete(path)


def test_changing_and_removing(company_a: Company, receiver: Receiver) -> None:
    made = _made(company_a, receiver.url, "customer.created", description="Bodega")
    path = f"/api/webhooks/{made['webhook_id']}"
    read = company_a.get(path)
    assert read.json() == {name: value for name, value in made.items() if name != "secret"}
    wanted = {"url": receiver.url, "events": ["sale.created", "sale.created"], "is_active": False}
    changed = company_a.put(path, wanted, headers={"If-Match": read.headers["etag"]})
    assert changed.status_code == 200
    assert (changed.json()["events"], changed.json()["is_active"], changed.json()["description"]) == (
        ["sale.created"],
        False,
        None,
    )
    problem(company_a.put(path, wanted, headers={"If-Match": read.headers["etag"]}), 412)
    problem(company_a.delete(path, headers={"If-Match": read.headers["etag"]}), 412)
    assert company_a.get(path).headers["etag"] == changed.headers["etag"] != read.headers["etag"]
    assert company_a.get("/api/webhooks", params={"q": "de=pymeai"}).json()["total"] == 1
    assert company_a.delete(path, headers={"If-Match": changed.headers["etag"]}).status_code == 204
    problem(company_a.get(path), 404)
    log = company_a.get("/api/audit", params={"entity_id": made["webhook_id"]}).json()["items"]
    assert [line["action"] for line in log] == ["deleted", "updated", "created"]
    assert log[1]["before"] == {"events": ["customer.created"], "description": "Bodega", "is_active": True}
    assert log[1]["after"] == {"events": ["sale.created"], "description": None, "is_active": False}


def test_what_waits_is_given_up_when_it_is_switched_off(
    company_a: Company, receiver: Receiver, hook: dict[str, Any]
) -> None:
    receiver.answers = [500]
    company_a.post("/api/customers", {"first_name": "Espera"})
    _delivery(company_a, hook, attempts=1)
    body = {"url": receiver.url, "events": ["*"], "is_active": False}
    assert company_a.put(f"/api/webhooks/{hook['webhook_id']}", body).status_code == 200
    found = _delivery(company_a, hook, status="failed")
    assert found["last_error"] == "El webhook está apagado."


@pytest.mark.parametrize("role", ["manager", "seller", "viewer"])
def test_only_administrators(company_a: Company, colleague: Callable[[Company, str], Company], role: str) -> None:
    person = colleague(company_a, role)
    problem(person.get("/api/webhooks"), 403)
    problem(person.post("/api/webhooks", {"url": "https://ejemplo.cr/", "events": ["*"]}), 403)


def test_another_organizations_webhook_is_one_that_never_was(
    company_b: Company, hook: dict[str, Any], company_a: Company
) -> None:
    delivery = company_a.post(f"/api/webhooks/{hook['webhook_id']}/test").json()["delivery_id"]
    for suffix in ("/rotate-secret", "/test", f"/deliveries/{delivery}/redeliver"):
        foreign = company_b.post(f"/api/webhooks/{hook['webhook_id']}{suffix}")
        assert problem(foreign, 404) == problem(company_b.post(f"/api/webhooks/{NOBODY}{suffix}"), 404)
    mine = _made(company_b, "http://127.0.0.1:9/", "sale.created")
    # A delivery of A's behind a webhook of B's.
    problem(company_b.post(f"/api/webhooks/{mine['webhook_id']}/deliveries/{delivery}/redeliver"), 404)
    assert company_b.get("/api/webhooks").json()["total"] == 1
    company_b.delete(f"/api/webhooks/{mine['webhook_id']}")


def test_there_is_a_limit(company_b: Company) -> None:
    made = [_made(company_b, f"http://127.0.0.1:9/{number}", "alert.created") for number in range(20)]
    body = {"url": "http://127.0.0.1:9/", "events": ["alert.created"]}
    problem(company_b.post("/api/webhooks", body), 409, "too_many_webhooks")
    for one in made:
        assert company_b.delete(f"/api/webhooks/{one['webhook_id']}").status_code == 204


def test_a_worker_that_stops_gives_back_what_it_was_sending(
    company_a: Company, settings: Settings, client: TestClient
) -> None:
    """Its attempt does not count, and the next worker makes it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = _made(company_a, f"http://127.0.0.1:{server.getsockname()[1]}/", "alert.created")
        delivery = company_a.post(f"/api/webhooks/{made['webhook_id']}/test").json()
        connection, _ = server.accept()
        worker = client.app.state.webhooks  # type: ignore[attr-defined]
        worker.stop()
        connection.settimeout(5)
        while connection.recv(65536):
            # What it had sent before it was cut.
            continue
        found = company_a.get(f"/api/webhooks/{made['webhook_id']}/deliveries").json()["items"][0]
        assert (found["status"], found["attempts"]) == ("pending", 0)
        connection.close()
        client.app.state.webhooks = DeliveryWorker(settings.model_copy(update={"webhook_allow_private": True}))  # type: ignore[attr-defined]
        client.app.state.webhooks.start()  # type: ignore[attr-defined]
        connection, _ = server.accept()
        received = b""
        # What is closed with something unread in it is reset, and takes the answer along.
        while not received.endswith(b"}}"):
            received += connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        connection.close()
    assert _delivery(company_a, made, status="delivered")["delivery_id"] == delivery["delivery_id"]
    company_a.delete(f"/api/webhooks/{made['webhook_id']}")


def test_what_is_old_and_over_is_removed(company_a: Company, settings: Settings, hook: dict[str, Any]) -> None:
    company_a.post(f"/api/webhooks/{hook['webhook_id']}/test")
    _delivery(company_a, hook, status="delivered")
    with platform_session(settings) as session:
        session.execute(
            text(
                "update platform.webhook_deliveries set created_at = now() - interval '31 days' where webhook_id = :id"
            ),
            {"id": hook["webhook_id"]},
        )
        queue.remove_old(session)
    assert _deliveries(company_a, hook) == []


def _hurry(settings: Settings, hook: dict[str, Any]) -> None:
    """The pause before the next attempt is over."""
    with platform_session(settings) as session:
        session.execute(
            text(
                "update platform.webhook_deliveries set next_attempt_at = now() where webhook_id = :id and status = 'pending'"
            ),
            {"id": hook["webhook_id"]},
        )
