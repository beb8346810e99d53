"""Idempotency-Key: whose a key is, what it stands for, how long it counts, and that all that takes it has one effect."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response
from sqlalchemy import func, update

from crm_api.idempotency import ABANDONED, KEPT
from pymeai.database.tables.platform import IdempotencyKey
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from tests.crm_api.conftest import Company, problem

FILE = b"Nombre,Correo\nAna Mora,{}@ejemplo.cr\n"


def _key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}


def _upload(
    company: Company, content: bytes, kind: str = "customers", name: str = "a.csv", **arguments: Any
) -> Response:
    return company.request(
        "POST", "/api/imports", files={"file": (name, io.BytesIO(content))}, data={"kind": kind}, **arguments
    )


def _content() -> bytes:
    return FILE.replace(b"{}", uuid4().hex.encode())


def _grow_old(settings: Settings, key: dict[str, str], age: timedelta) -> None:
    with platform_session(settings) as session:
        moved = session.execute(
            update(IdempotencyKey)
            .where(IdempotencyKey.key == key["Idempotency-Key"])
            .values(created_at=func.now() - age)
            .returning(IdempotencyKey.idempotency_id)
        )
        assert moved.scalar_one()


def test_a_key_stands_for_one_path(company_a: Company) -> None:
    key, name = _key(), {"name": uuid4().hex}
    first, second = (company_a.post("/api/pipelines", {"name": uuid4().hex}).json()["pipeline_id"] for _ in range(2))
    assert company_a.post(f"/api/pipelines/{first}/stages", name, headers=key).status_code == 201
    refused = company_a.post(f"/api/pipelines/{second}/stages", name, headers=key)
    problem(refused, 409, "idempotency_key_reused")
    names = [stage["name"] for stage in company_a.get(f"/api/pipelines/{second}/stages").json()["items"]]
    assert name["name"] not in names


def test_a_key_is_one_persons(
    company_a: Company, company_b: Company, colleague: Callable[[Company, str], Company]
) -> None:
    key, body = _key(), {"first_name": "Tocaya"}
    people = [company_a, colleague(company_a, "manager"), company_b]
    answers = [person.post("/api/customers", body, headers=key) for person in people]
    assert [answer.status_code for answer in answers] == [201] * 3
    made = [answer.json()["customer_id"] for answer in answers]
    assert len(set(made)) == 3
    # And each of them is answered their own again.
    assert [person.post("/api/customers", body, headers=key).json()["customer_id"] for person in people] == made


def test_a_key_counts_for_a_day(settings: Settings, company_a: Company) -> None:
    key, body = _key(), {"first_name": "Diaria"}
    first = company_a.post("/api/customers", body, headers=key).json()["customer_id"]
    _grow_old(settings, key, KEPT - timedelta(minutes=5))
    assert company_a.post("/api/customers", body, headers=key).json()["customer_id"] == first
    _grow_old(settings, key, KEPT + timedelta(minutes=5))
    other = company_a.post("/api/customers", {"first_name": "Otra"}, headers=key)
    assert other.status_code == 201
    assert other.json()["first_name"] == "Otra"
    # From here on it stands for the new one.
    problem(company_a.post("/api/customers", body, headers=key), 409, "idempotency_key_reused")


def test_an_upload_with_a_key_is_one(company_a: Company) -> None:
    key, content = _key(), _content()
    made = _upload(company_a, content, headers=key)
    assert made.status_code == 201
    again = _upload(company_a, content, name="b.csv", headers=key)
    assert (again.status_code, again.json()) == (201, made.json())
    problem(_upload(company_a, content, "sales", headers=key), 409, "idempotency_key_reused")
    problem(_upload(company_a, _content(), headers=key), 409, "idempotency_key_reused")
    # A key takes nothing away from the file that was read for it.
    columns = company_a.get(f"/api/imports/{made.json()['id']}").json()["mapping"]["columns"]
    assert [column["source"] for column in columns] == ["Nombre", "Correo"]


def test_uploads_at_once_with_one_key_make_one_import(company_a: Company) -> None:
    key, content = _key(), _content()
    before = company_a.get("/api/imports").json()["total"]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: _upload(company_a, content, headers=key), range(6)))
    for answer in answers:
        if answer.status_code != 201:
            problem(answer, 409, "idempotency_key_in_use")
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert _upload(company_a, content, headers=key).status_code == 201
    assert company_a.get("/api/imports").json()["total"] == before + 1


def test_work_that_fails_gives_its_key_back(company_a: Company) -> None:
    key, content = _key(), _content()
    problem(_upload(company_a, b"", headers=key), 400)
    assert _upload(company_a, content, headers=key).status_code == 201


def test_a_key_whose_process_died_can_be_used_again(settings: Settings, company_a: Company) -> None:
    key, content = _key(), _content()
    first = _upload(company_a, content, headers=key).json()
    # As if it had been killed before it could store the answer.
    with platform_session(settings) as session:
        session.execute(update(IdempotencyKey).filter_by(key=key["Idempotency-Key"]).values(status=None, body=None))
    _grow_old(settings, key, ABANDONED - timedelta(minutes=1))
    problem(_upload(company_a, content, headers=key), 409, "idempotency_key_in_use")
    _grow_old(settings, key, ABANDONED + timedelta(minutes=1))
    second = _upload(company_a, content, headers=key)
    assert second.status_code == 201
    assert second.json()["id"] != first["id"]
    assert _upload(company_a, content, headers=key).json() == second.json()


def test_a_dry_run_and_a_commit_are_answered_again(company_a: Company) -> None:
    path = f"/api/imports/{_upload(company_a, _content()).json()['id']}"
    dry, commit = _key(), _key()
    found = company_a.post(f"{path}/dry-run", headers=dry)
    assert found.status_code == 200, found.text
    assert company_a.post(f"{path}/dry-run", headers=dry).json() == found.json()
    problem(company_a.post(f"{path}/commit", headers=dry), 409, "idempotency_key_reused")
    # There is no Dagster here: it is queued, and a retry asks for Dagster again.
    for _ in range(2):
        problem(company_a.post(f"{path}/commit", headers=commit), 503, "dagster_unavailable")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/custom-fields", {"entity_type": "customer", "label": "Campo", "field_type": "text"}),
        ("/api/interaction-types", {"name": "Visita de prueba"}),
        ("/api/pipelines", {"name": "Embudo de prueba"}),
    ],
)
def test_a_retried_restore_archives_nothing_anew(company_a: Company, path: str, body: dict[str, Any]) -> None:
    made = company_a.post(path, body).json()
    thing = f"{path}/{next(value for name, value in made.items() if name.endswith('_id'))}"
    assert company_a.delete(thing).status_code == 204
    key = _key()
    restored = company_a.post(f"{thing}/restore", headers=key)
    assert restored.status_code == 200, restored.text
    assert company_a.delete(thing).status_code == 204
    again = company_a.post(f"{thing}/restore", headers=key)
    assert (again.status_code, again.json()) == (200, restored.json())
    assert again.headers["etag"] == restored.headers["etag"]
    listed = {item["name"] if "name" in item else item["label"] for item in company_a.get(path).json()["items"]}
    assert (body.get("name") or body["label"]) not in listed


def test_a_follow_up_is_done_once_for_a_key(company_a: Company) -> None:
    customer = company_a.post("/api/customers", {"first_name": "Ana"}).json()["customer_id"]
    body = {"type": "Llamada", "followup_date": "2026-01-05"}
    contact = company_a.post(f"/api/customers/{customer}/interactions", body)
    assert contact.status_code == 201, contact.text
    path, key = f"/api/interactions/{contact.json()['interaction_id']}", _key()
    done = company_a.post(f"{path}/followup-done", headers=key)
    assert done.json()["followup_done_at"] is not None
    assert company_a.put(path, {"followup_date": "2026-02-05"}).json()["followup_done_at"] is None
    again = company_a.post(f"{path}/followup-done", headers=key)
    assert (again.json(), again.headers["etag"]) == (done.json(), done.headers["etag"])
    assert company_a.get(path).json()["followup_done_at"] is None


def test_onboarding_with_a_key_is_answered_again(company_b: Company) -> None:
    key, body = _key(), {"template": "taller", "change_industry": False}
    first = company_b.post("/api/onboarding", body, headers=key).json()
    assert first["added"]
    assert company_b.post("/api/onboarding", body, headers=key).json() == first
    refused = company_b.post("/api/onboarding", body | {"template": "soda"}, headers=key)
    problem(refused, 409, "idempotency_key_reused")
