"""What tests do with webhooks, each step checked; what a receiver computes; and time that passes in the queue."""

import base64
import hashlib
import hmac
from typing import Any

from sqlalchemy import text

from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from tests.crm_api.conftest import Company
from tests.waiting import wait_for


def create_webhook(company: Company, url: str, *events: str, **more: Any) -> dict[str, Any]:
    response = company.post("/api/webhooks", {"url": url, "events": list(events) or ["*"]} | more)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def deliveries_of(company: Company, hook: dict[str, Any], **filters: Any) -> list[dict[str, Any]]:
    response = company.get(f"/api/webhooks/{hook['webhook_id']}/deliveries", params=filters)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def delivery_once(company: Company, hook: dict[str, Any], number: int = 0, **expected: Any) -> dict[str, Any]:
    """The delivery at this place, the latest first, once it is as expected."""

    def look() -> dict[str, Any] | None:
        found = deliveries_of(company, hook)
        if len(found) > number and all(found[number][name] == value for name, value in expected.items()):
            return found[number]
        return None

    return wait_for(look, 20, f"a delivery with {expected}")


def signature_of(secret: str, headers: dict[str, str], body: bytes) -> str:
    """What the receiver computes, by the letter of Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def end_pause(settings: Settings, hook: dict[str, Any]) -> None:
    """The pause before the next attempt is over."""
    with platform_session(settings) as session:
        session.execute(
            text(
                "update platform.webhook_deliveries set next_attempt_at = now() where webhook_id = :id and status = 'pending'"
            ),
            {"id": hook["webhook_id"]},
        )
