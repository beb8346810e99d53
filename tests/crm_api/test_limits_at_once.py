"""How many an organization may have, when many are made at once: the last place is given once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from crm_api.access import Permission
from crm_api.api_keys.service import MAX_KEYS
from crm_api.webhooks.service import MOST_WEBHOOKS
from pymeai.database.tables.platform import ApiKey, Webhook
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from tests.crm_api.conftest import Company

AT_ONCE = 8


@pytest.fixture
def all_but_one(register: Callable[..., Company], settings: Settings) -> Company:
    """A company with one place left for a webhook and one for an API key."""
    company = register("Un lugar libre")
    organization_id, user_id = company.tenant.organization_id, company.user_id
    with platform_session(settings) as session:
        session.add_all(
            Webhook(organization_id=organization_id, url="https://ejemplo.cr/", events=["*"], is_active=False)
            for _ in range(MOST_WEBHOOKS - 1)
        )
        session.add_all(
            ApiKey(
                organization_id=organization_id, user_id=user_id, name=f"{number}", prefix="pym_x",
                key_hash=uuid4().hex, scopes=[Permission.READ.value],
            )
            for number in range(MAX_KEYS - 1)
        )  # fmt: skip
    return company


@pytest.mark.parametrize(
    ("path", "body", "table", "most"),
    [
        ("/api/webhooks", {"url": "https://ejemplo.cr/", "events": ["*"], "is_active": False}, Webhook, MOST_WEBHOOKS),
        ("/api/api-keys", {"name": "Una más", "scopes": ["read"]}, ApiKey, MAX_KEYS),
    ],
)
def test_the_last_place_is_given_once(
    all_but_one: Company,
    settings: Settings,
    path: str,
    body: dict[str, Any],
    table: type[Webhook | ApiKey],
    most: int,
) -> None:
    start = Barrier(AT_ONCE)

    def make(_: int) -> int:
        start.wait()
        return all_but_one.post(path, body, headers={"Idempotency-Key": uuid4().hex}).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = sorted(pool.map(make, range(AT_ONCE)))
    assert answers == [201] + [409] * (AT_ONCE - 1)
    with platform_session(settings) as session:
        ours = table.organization_id == all_but_one.tenant.organization_id
        assert session.execute(select(func.count()).select_from(table).where(ours)).scalar_one() == most
