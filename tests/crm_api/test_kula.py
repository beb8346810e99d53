"""Questions to Kula over HTTP: stored, tied to a conversation, each person's own."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.crm_api.conftest import Company, fields, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"
CONTRACT = {
    "kind", "understood", "assumptions", "columns", "rows", "chart", "text", "options", "followups", "sql", "engine",
    "data_as_of", "message_id", "conversation_id",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def marts(company_a: Company, company_b: Company, refresh_marts: Callable[..., None]) -> None:
    """Kula knows the values of the dimensions, which are in the marts."""
    for company in (company_a, company_b):
        assert company.post("/api/customers", {"first_name": "Ana"}).status_code == 201
    refresh_marts(company_a, company_b)


def _ask(company: Company, question: str, **values: Any) -> dict[str, Any]:
    response = company.post("/api/kula/query", {"question": question} | values)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_an_answer_has_the_contracts_fields(company_a: Company) -> None:
    answer = _ask(company_a, "¿cuánto ganan mis empleados?")
    assert set(answer) >= CONTRACT
    assert answer["kind"] == "refuse"
    assert answer["engine"] == "offline"
    assert answer["text"]


def test_a_conversation_is_kept_with_its_messages(company_b: Company) -> None:
    first = _ask(company_b, "¿cuánto ganan mis empleados?")
    second = _ask(company_b, "¿y mis vecinos?", conversation_id=first["conversation_id"])
    assert second["conversation_id"] == first["conversation_id"]
    assert second["message_id"] != first["message_id"]
    other = _ask(company_b, "¿qué hora es?")
    assert other["conversation_id"] != first["conversation_id"]
    listed = company_b.get("/api/kula/conversations").json()
    mine = next(item for item in listed["items"] if item["conversation_id"] == first["conversation_id"])
    assert (mine["title"], mine["messages"]) == ("¿cuánto ganan mis empleados?", 2)
    assert listed["items"][0]["conversation_id"] == other["conversation_id"]
    messages = company_b.get(f"/api/kula/conversations/{first['conversation_id']}").json()["items"]
    assert [message["question"] for message in messages] == ["¿cuánto ganan mis empleados?", "¿y mis vecinos?"]
    assert messages[0]["answer"]["text"] == first["text"]


def test_conversations_are_each_persons_own(company_a: Company, colleague: Callable[[Company, str], Company]) -> None:
    answer = _ask(company_a, "¿cuánto ganan mis empleados?")
    viewer = colleague(company_a, "viewer")
    assert viewer.get("/api/kula/conversations").json() == {"items": [], "total": 0}
    problem(viewer.get(f"/api/kula/conversations/{answer['conversation_id']}"), 404)
    problem(viewer.post(f"/api/kula/messages/{answer['message_id']}/feedback", {"feedback": "up"}), 404)
    assert _ask(viewer, "¿cuánto ganan mis empleados?")["kind"] == "refuse"


def test_a_conversation_of_another_company_is_none(company_a: Company, company_b: Company) -> None:
    foreign = _ask(company_a, "¿cuánto ganan mis empleados?")["conversation_id"]
    answers = [
        company_b.post("/api/kula/query", {"question": "ventas", "conversation_id": key}) for key in (foreign, NOBODY)
    ]
    problem(answers[0], 404, "not_found")
    assert answers[0].json() == answers[1].json()


def test_feedback_is_kept(company_a: Company) -> None:
    answer = _ask(company_a, "¿cuánto ganan mis empleados?")
    path = f"/api/kula/messages/{answer['message_id']}/feedback"
    assert company_a.post(path, {"feedback": "down"}).status_code == 204
    messages = company_a.get(f"/api/kula/conversations/{answer['conversation_id']}").json()["items"]
    assert messages[0]["feedback"] == "down"
    problem(company_a.post(path, {"feedback": "meh"}), 422)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "question"),
        ({"question": "  "}, "question"),
        ({"question": "x" * 1001}, "question"),
        ({"question": "a\x00"}, "question"),
        ({"question": "x", "today": "ayer"}, "today"),
        ({"question": "x", "conversation_id": "1"}, "conversation_id"),
        ({"question": "x", "tenant": "1"}, "tenant"),
    ],
)
def test_questions_that_cannot_be(company_a: Company, body: dict[str, Any], field: str) -> None:
    assert list(fields(problem(company_a.post("/api/kula/query", body), 422, "invalid"))) == [field]


def test_help_is_by_topic(company_a: Company) -> None:
    found = company_a.get("/api/kula/help/importar").json()
    assert found["title"] == "¿Cómo importo un archivo?"
    assert "prueba" in found["text"]
    for name in ("nada", "../kula", "importar.md"):
        assert company_a.get(f"/api/kula/help/{name}").status_code == 404
    assert "importar" in problem(company_a.get("/api/kula/help/nada"), 404)["detail"]


def test_a_question_with_a_key_is_asked_once(company_a: Company) -> None:
    key, question = {"Idempotency-Key": uuid4().hex}, {"question": "¿cuánto ganan mis empleados?"}
    first = company_a.post("/api/kula/query", question, headers=key).json()
    assert company_a.post("/api/kula/query", question, headers=key).json() == first
    other = {"question": "¿y mis vecinos?"}
    problem(company_a.post("/api/kula/query", other, headers=key), 409, "idempotency_key_reused")
    path = f"/api/kula/conversations/{first['conversation_id']}"
    assert company_a.get(path).json()["total"] == 1
    rating, rate = f"/api/kula/messages/{first['message_id']}/feedback", {"Idempotency-Key": uuid4().hex}
    answers = [company_a.post(rating, {"feedback": "up"}, headers=rate).status_code for _ in range(2)]
    assert answers == [204, 204]
    problem(company_a.post(rating, {"feedback": "down"}, headers=rate), 409, "idempotency_key_reused")
