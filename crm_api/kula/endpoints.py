"""/api/kula."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from crm_api.dependencies import Asker, SettingsOf, TenantSession
from crm_api.idempotency import Once
from crm_api.kula import repository, service
from crm_api.kula.schemas import (
    ConversationAnswer,
    ConversationList,
    Feedback,
    HelpAnswer,
    KulaAnswer,
    KulaQuestion,
    MessageAnswer,
    MessageList,
)
from crm_api.routing import answering, new_router
from crm_api.schemas import Nothing

router = new_router("/api/kula", tag="Kula", slow=True)


@router.post("/query", summary="Preguntar a Kula", responses=answering(404))
def ask(caller: Asker, settings: SettingsOf, once: Once, body: KulaQuestion) -> KulaAnswer:
    """Una pregunta en español sobre su negocio: una respuesta con sus cifras, o un no honesto."""
    return once.run_apart(body, KulaAnswer, lambda: service.ask(settings, caller, body))


@router.get("/conversations", summary="Ver mis conversaciones")
def conversations(
    caller: Asker, session: TenantSession, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> ConversationList:
    """Las más recientes primero."""
    found, total = repository.conversations(session, caller.user_id, limit)
    return ConversationList(items=[ConversationAnswer.model_validate(item) for item in found], total=total)


@router.get("/conversations/{conversation_id}", summary="Ver una de mis conversaciones")
def conversation(caller: Asker, session: TenantSession, conversation_id: UUID) -> MessageList:
    """Sus preguntas y lo que Kula contestó en ese momento."""
    found = service.conversation(session, caller.user_id, conversation_id)
    return MessageList(items=[MessageAnswer.model_validate(message) for message in found], total=len(found))


@router.get("/help/{topic}", summary="Leer la ayuda sobre un tema")
def help_topic(_caller: Asker, topic: str) -> HelpAnswer:
    """Cómo se hace algo en PymeAI, en Markdown."""
    return service.help_topic(topic)


@router.post("/messages/{message_id}/feedback", status_code=204, summary="Calificar una respuesta")
def rate(caller: Asker, session: TenantSession, once: Once, message_id: UUID, body: Feedback) -> None:
    """Diga si la respuesta le sirvió."""

    def work() -> Nothing:
        service.rate(session, caller.user_id, message_id, body.feedback)
        return Nothing()

    once.run(body, Nothing, work)
