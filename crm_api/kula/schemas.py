"""Questions to Kula and her answers."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, StringConstraints

from crm_api.schemas import Answer, CalendarDay, Schema
from kula.reply import Chart, EngineName, Option, ReplyColumn, ReplyKind


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("La pregunta tiene caracteres que no se pueden leer.")
    return text


class KulaQuestion(Schema):
    """A question in Spanish. `today` stands in for the business day."""

    question: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), AfterValidator(_storable)
    ]
    conversation_id: UUID | None = None
    today: CalendarDay | None = None


class KulaAnswer(Answer):
    """An answer, a question back, a refusal or a help topic. `rows` are in the order of `columns`."""

    kind: ReplyKind
    understood: str
    assumptions: list[str]
    columns: list[ReplyColumn]
    rows: list[list[Any]]
    chart: Chart | None
    text: str
    options: list[Option]
    followups: list[str]
    sql: str | None
    engine: EngineName
    currency: str | None
    reason: str | None
    query: dict[str, Any] | None
    data_as_of: datetime | None
    message_id: UUID
    conversation_id: UUID


class Feedback(Schema):
    """Whether an answer was right."""

    feedback: Literal["up", "down"]


class HelpAnswer(Answer):
    """A page of help; `text` is Markdown."""

    name: str
    title: str
    text: str


class ConversationAnswer(Answer):
    """A conversation of the caller's, by its first question."""

    conversation_id: UUID
    title: str
    messages: int
    started_at: datetime
    last_at: datetime


class ConversationList(Answer):
    """The caller's latest conversations."""

    items: list[ConversationAnswer]
    total: int


class MessageAnswer(Answer):
    """A question of a conversation and what was answered then."""

    message_id: UUID
    question: str
    answer: dict[str, Any]
    feedback: str | None
    created_at: datetime


class MessageList(Answer):
    """A conversation from its beginning."""

    items: list[MessageAnswer]
    total: int
