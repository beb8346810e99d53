"""What has served its time is removed, and nothing else."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import text

from crm_api.housekeeping import Housekeeper, remove_expired
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from tests.crm_api.conftest import Company
from tests.waiting import wait_for

# For each table: its columns that say what became of a row, and whether that row must be gone.
CASES = {
    "sessions": [
        ("expires_at = now() + interval '1 day'", False),
        ("expires_at = now() - interval '29 days'", False),
        ("expires_at = now() - interval '31 days'", True),
        ("expires_at = now() + interval '1 day', revoked_at = now() - interval '29 days'", False),
        ("expires_at = now() + interval '1 day', revoked_at = now() - interval '31 days'", True),
    ],
    "password_resets": [
        ("expires_at = now() - interval '29 days'", False),
        ("expires_at = now() - interval '31 days'", True),
        ("expires_at = now(), used_at = now() - interval '31 days'", True),
    ],
    "invitations": [
        ("expires_at = now() + interval '1 day'", False),
        ("expires_at = now() - interval '29 days'", False),
        ("expires_at = now() - interval '31 days'", True),
        ("expires_at = now(), accepted_at = now() - interval '31 days'", True),
        ("expires_at = now(), revoked_at = now() - interval '31 days'", True),
    ],
    "idempotency_keys": [
        ("created_at = now() - interval '23 hours'", False),
        ("created_at = now() - interval '25 hours'", True),
        ("created_at = now() - interval '25 hours', status = 201", True),
    ],
}
INSERTS = {
    "sessions": "(user_id, refresh_hash, expires_at) values (:user, :unique, now())",
    "password_resets": "(user_id, token_hash, expires_at) values (:user, :unique, now())",
    "invitations": "(organization_id, email, role, token_hash, expires_at) "
    "values (:organization, :unique || '@ejemplo.cr', 'viewer', :unique, now())",
    "idempotency_keys": "(organization_id, user_id, key, request_hash) values (:organization, :user, :unique, 'x')",
}
UNIQUE = {
    "sessions": "refresh_hash",
    "password_resets": "token_hash",
    "invitations": "token_hash",
    "idempotency_keys": "key",
}


def _insert(settings: Settings, company: Company, table: str, became: str) -> str:
    unique = uuid4().hex
    values = {"user": company.user_id, "organization": company.tenant.organization_id, "unique": unique}
    with platform_session(settings) as session:
        session.execute(text(f"insert into platform.{table} {INSERTS[table]}"), values)
        session.execute(text(f"update platform.{table} set {became} where {UNIQUE[table]} = :unique"), values)
    return unique


def _is_there(settings: Settings, table: str, unique: str) -> bool:
    with platform_session(settings) as session:
        statement = text(f"select exists (select from platform.{table} where {UNIQUE[table]} = :unique)")
        return bool(session.execute(statement, {"unique": unique}).scalar_one())


@pytest.mark.parametrize(
    ("table", "became", "gone"), [(table, became, gone) for table, rows in CASES.items() for became, gone in rows]
)
def test_what_is_over_goes_and_what_is_not_stays(
    settings: Settings, company_a: Company, table: str, became: str, gone: bool
) -> None:
    unique = _insert(settings, company_a, table, became)
    with platform_session(settings) as session:
        remove_expired(session)
    assert _is_there(settings, table, unique) is not gone


@pytest.fixture
def housekeeper(settings: Settings) -> Iterator[Housekeeper]:
    often = Housekeeper(settings, every_seconds=0.05)
    often.start()
    yield often
    often.stop()


@pytest.mark.usefixtures("housekeeper")
def test_it_goes_on_by_itself(settings: Settings, company_a: Company) -> None:
    for _ in range(2):
        unique = _insert(settings, company_a, "idempotency_keys", "created_at = now() - interval '25 hours'")
        wait_for(lambda unique=unique: not _is_there(settings, "idempotency_keys", unique), 20, "a round")
    # Who is signed in stays so.
    assert company_a.get("/api/organization").status_code == 200


def test_the_application_has_one(company_a: Company) -> None:
    assert company_a.client.app.state.housekeeper._thread.is_alive()  # type: ignore[attr-defined]
