"""The queue of webhooks: receivers that fail, are silent or gone, workers that share it, and what is given up."""

import socket
import time
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from crm_api.webhooks import queue
from crm_api.webhooks.worker import SENDERS_OF_ONE, DeliveryWorker
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session, tenant_session
from tests.crm_api.conftest import Company, problem
from tests.crm_api.receivers import Receiver, listening
from tests.crm_api.webhooks import create_webhook, deliveries_of, delivery_once, end_pause
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("queue_looked_at_often")


def test_a_failed_delivery_comes_again_with_the_same_id(
    company_a: Company, receiver: Receiver, hook: dict[str, Any], settings: Settings
) -> None:
    receiver.answers = [500]
    company_a.post("/api/customers", {"first_name": "Otra vez"})
    failed = delivery_once(company_a, hook, status="pending", attempts=1)
    assert failed["response_status"] == 500
    assert failed["last_error"] == "El servidor respondió 500."
    assert failed["next_attempt_at"] > failed["created_at"]
    end_pause(settings, hook)
    delivery_once(company_a, hook, status="delivered", attempts=2)
    ids = [headers["webhook-id"] for headers, _ in receiver.got]
    assert ids == [failed["delivery_id"]] * 2
    assert receiver.got[0][1] == receiver.got[1][1]


def test_after_the_last_attempt_it_has_failed_and_can_be_sent_again(
    company_a: Company, receiver: Receiver, hook: dict[str, Any], settings: Settings
) -> None:
    receiver.answers = [400] * (len(queue.BACK_OFF) + 1)
    company_a.post(f"/api/webhooks/{hook['webhook_id']}/test")
    for attempt in range(1, len(queue.BACK_OFF) + 1):
        delivery_once(company_a, hook, status="pending", attempts=attempt)
        end_pause(settings, hook)
    failed = delivery_once(company_a, hook, status="failed", attempts=7)
    path = f"/api/webhooks/{hook['webhook_id']}/deliveries/{failed['delivery_id']}/redeliver"
    again = company_a.post(path)
    assert (again.json()["status"], again.json()["attempts"]) == ("pending", 0)
    delivery_once(company_a, hook, status="delivered", attempts=1)
    assert len(receiver.got) == 8
    assert deliveries_of(company_a, hook, status="failed") == []


def test_a_receiver_that_is_down_is_asked_once_not_once_an_event(
    company_a: Company, settings: Settings, hook: dict[str, Any], receiver: Receiver
) -> None:
    receiver.answers = [503]
    with tenant_session(settings, company_a.tenant) as session:
        session.execute(text("insert into customers (first_name) select 'X' || n from generate_series(1, 30) as n"))
    wait_for(lambda: any(one["attempts"] for one in deliveries_of(company_a, hook)), 20, "the first attempt")
    waiting = deliveries_of(company_a, hook, limit=100)
    assert sorted(one["attempts"] for one in waiting) == [0] * 29 + [1]
    assert {one["status"] for one in waiting} == {"pending"}
    assert len(receiver.got) == 1
    end_pause(settings, hook)
    receiver.first(31)
    wait_for(
        lambda: len(deliveries_of(company_a, hook, status="delivered", limit=100)) == 30 or None, 20, "all deliveries"
    )


def test_what_happens_while_a_receiver_is_down_waits_with_the_rest(
    company_a: Company, settings: Settings, hook: dict[str, Any], receiver: Receiver
) -> None:
    receiver.answers = [503]
    company_a.post("/api/customers", {"first_name": "Antes"})
    first = delivery_once(company_a, hook, status="pending", attempts=1)
    for number in range(5):
        company_a.post("/api/customers", {"first_name": f"Durante {number}"})
    # The worker has looked at the queue since: it sent what another webhook of the company waits for.
    _another_delivery_arrives(company_a)
    waiting = deliveries_of(company_a, hook)
    assert sorted(one["attempts"] for one in waiting) == [0] * 6 + [1]
    assert {one["next_attempt_at"] for one in waiting} == {first["next_attempt_at"]}
    assert len(receiver.got) == 1
    # Its owner asks: it answers again, and nothing waits any longer.
    tag = company_a.get(f"/api/webhooks/{hook['webhook_id']}").headers["etag"]
    company_a.post(f"/api/webhooks/{hook['webhook_id']}/test")
    wait_for(lambda: len(deliveries_of(company_a, hook, status="delivered")) == 8 or None, 20, "all deliveries")
    # A pause is no change of the webhook's.
    assert company_a.get(f"/api/webhooks/{hook['webhook_id']}").headers["etag"] == tag
    company_a.post("/api/customers", {"first_name": "Después"})
    wait_for(lambda: len(deliveries_of(company_a, hook, status="delivered")) == 9 or None, 20, "the next one")


def test_after_a_pause_the_oldest_asks_for_all(
    company_a: Company, settings: Settings, hook: dict[str, Any], receiver: Receiver
) -> None:
    receiver.answers = [503, 503]
    company_a.post("/api/customers", {"first_name": "Primera"})
    first = delivery_once(company_a, hook, status="pending", attempts=1)
    for number in range(3):
        company_a.post("/api/customers", {"first_name": f"Siguiente {number}"})
    end_pause(settings, hook)
    again = delivery_once(company_a, hook, number=3, attempts=2)
    assert again["delivery_id"] == first["delivery_id"]
    waiting = deliveries_of(company_a, hook)
    assert sorted(one["attempts"] for one in waiting) == [0, 0, 0, 2]
    # The second pause is longer than the first, for all of them.
    assert {one["next_attempt_at"] for one in waiting} == {again["next_attempt_at"]}
    assert len(receiver.got) == 2


def test_one_companys_silent_servers_hold_up_no_other(
    company_a: Company, company_b: Company, receiver: Receiver
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        mute = [create_webhook(company_a, url, "alert.created") for _ in range(12)]
        for one in mute:
            company_a.post(f"/api/webhooks/{one['webhook_id']}/test")
        # Two of them are being sent: the rest of the senders is the others'.
        held = [silent.accept()[0] for _ in range(SENDERS_OF_ONE)]
        made = create_webhook(company_b, receiver.url, "customer.created")
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
        made = create_webhook(company, other.url, "customer.created")
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
        lambda: len(deliveries_of(company_a, hook, status="delivered", limit=500)) == 150 or None, 40, "all deliveries"
    )
    for worker in more:
        worker.stop()
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == len(receiver.got) == 150


def test_five_days_of_failures_switch_it_off(
    company_a: Company, settings: Settings, receiver: Receiver, hook: dict[str, Any]
) -> None:
    receiver.answers = [500, 500]
    company_a.post("/api/customers", {"first_name": "Vieja"})
    delivery_once(company_a, hook, status="pending", attempts=1)
    assert company_a.get(f"/api/webhooks/{hook['webhook_id']}").json()["is_active"] is True
    with platform_session(settings) as session:
        for statement in (
            "update platform.webhooks set updated_at = now() - interval '7 days' where webhook_id = :id",
            "update platform.webhook_deliveries set created_at = now() - interval '6 days', next_attempt_at = now()"
            " where webhook_id = :id",
        ):
            session.execute(text(statement), {"id": hook["webhook_id"]})
    found = delivery_once(company_a, hook, status="failed")
    assert "se apagó" in found["last_error"]
    assert company_a.get(f"/api/webhooks/{hook['webhook_id']}").json()["is_active"] is False
    log = company_a.get("/api/audit", params={"entity": "webhook", "entity_id": hook["webhook_id"]}).json()["items"]
    assert [(line["action"], line["user_name"]) for line in log] == [("disabled", None), ("created", "Ana Mora")]
    assert log[0]["summary"].startswith("PymeAI apagó el webhook")
    company_a.post("/api/customers", {"first_name": "Nueva"})
    assert len(deliveries_of(company_a, hook)) == 1
    problem(company_a.post(f"/api/webhooks/{hook['webhook_id']}/test"), 409, "webhook_is_off")
    path = f"/api/webhooks/{hook['webhook_id']}/deliveries/{found['delivery_id']}/redeliver"
    problem(company_a.post(path), 409, "webhook_is_off")


def test_a_receiver_that_is_gone_is_switched_off_at_once(
    company_a: Company, receiver: Receiver, hook: dict[str, Any]
) -> None:
    receiver.answers = [410]
    company_a.post(f"/api/webhooks/{hook['webhook_id']}/test")
    delivery_once(company_a, hook, status="failed", attempts=1)
    assert company_a.get(f"/api/webhooks/{hook['webhook_id']}").json()["is_active"] is False


def test_what_waits_is_given_up_when_it_is_switched_off(
    company_a: Company, receiver: Receiver, hook: dict[str, Any]
) -> None:
    receiver.answers = [500]
    company_a.post("/api/customers", {"first_name": "Espera"})
    delivery_once(company_a, hook, attempts=1)
    body = {"url": receiver.url, "events": ["*"], "is_active": False}
    assert company_a.put(f"/api/webhooks/{hook['webhook_id']}", body).status_code == 200
    found = delivery_once(company_a, hook, status="failed")
    assert found["last_error"] == "El webhook está apagado."


def test_a_worker_that_stops_gives_back_what_it_was_sending(
    company_a: Company, settings: Settings, client: TestClient
) -> None:
    """Its attempt does not count, and the next worker makes it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = create_webhook(company_a, f"http://127.0.0.1:{server.getsockname()[1]}/", "alert.created")
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
    assert delivery_once(company_a, made, status="delivered")["delivery_id"] == delivery["delivery_id"]
    company_a.delete(f"/api/webhooks/{made['webhook_id']}")


def test_what_is_old_and_over_is_removed(company_a: Company, settings: Settings, hook: dict[str, Any]) -> None:
    company_a.post(f"/api/webhooks/{hook['webhook_id']}/test")
    delivery_once(company_a, hook, status="delivered")
    with platform_session(settings) as session:
        session.execute(
            text(
                "update platform.webhook_deliveries set created_at = now() - interval '31 days' where webhook_id = :id"
            ),
            {"id": hook["webhook_id"]},
        )
        queue.remove_old(session)
    assert deliveries_of(company_a, hook) == []
