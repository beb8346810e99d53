"""Webhooks: what a receiver on this machine gets of what happens in the CRM, and what it never gets."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from tests.crm_api.conftest import Company, problem
from tests.crm_api.receivers import Receiver, listening
from tests.crm_api.webhooks import create_webhook, deliveries_of, delivery_once, signature_of

NOBODY = "0190a000-0000-7000-8000-000000000000"


pytestmark = pytest.mark.usefixtures("queue_looked_at_often")


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
    assert headers["webhook-signature"] == signature_of(hook["secret"], headers, body)
    assert headers["content-type"] == "application/json"
    delivery = delivery_once(company_a, hook, status="delivered")
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
    assert len(deliveries_of(company_a, hook)) == 2


def test_a_star_is_everything(company_a: Company, receiver: Receiver) -> None:
    made = create_webhook(company_a, receiver.url, "*")
    sale = company_a.post("/api/sales", {"sold_at": "2026-01-01", "amount": 1, "currency": "CRC"}).json()
    event = json.loads(receiver.first()[0][1])
    assert (event["type"], event["data"]["id"]) == ("sale.created", sale["sale_id"])
    company_a.delete(f"/api/webhooks/{made['webhook_id']}")


def test_what_is_rolled_back_is_not_told(company_a: Company, receiver: Receiver, hook: dict[str, Any]) -> None:
    problem(company_a.post("/api/customers", {"first_name": "A", "identification_number": "nada"}), 422)
    assert company_a.post(f"/api/webhooks/{hook['webhook_id']}/test").status_code == 201
    assert [json.loads(body)["type"] for _, body in receiver.first()] == ["webhook.test"]


def test_redirects_are_not_followed(company_a: Company, hook: dict[str, Any], receiver: Receiver) -> None:
    with listening() as elsewhere:
        receiver.answers, receiver.location = [302], elsewhere.url
        company_a.post(f"/api/webhooks/{hook['webhook_id']}/test")
        found = delivery_once(company_a, hook, attempts=1)
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
        signature_of(rotated["secret"], headers, body),
        signature_of(hook["secret"], headers, body),
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
    made = create_webhook(company_a, receiver.url, "customer.created", description="Bodega")
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
    mine = create_webhook(company_b, "http://127.0.0.1:9/", "sale.created")
    # A delivery of A's behind a webhook of B's.
    problem(company_b.post(f"/api/webhooks/{mine['webhook_id']}/deliveries/{delivery}/redeliver"), 404)
    assert company_b.get("/api/webhooks").json()["total"] == 1
    company_b.delete(f"/api/webhooks/{mine['webhook_id']}")


def test_there_is_a_limit(company_b: Company) -> None:
    made = [create_webhook(company_b, f"http://127.0.0.1:9/{number}", "alert.created") for number in range(20)]
    body = {"url": "http://127.0.0.1:9/", "events": ["alert.created"]}
    problem(company_b.post("/api/webhooks", body), 409, "too_many_webhooks")
    for one in made:
        assert company_b.delete(f"/api/webhooks/{one['webhook_id']}").status_code == 204
