"""Asks Kula within a conversation and keeps what was said."""

from uuid import UUID, uuid4

from pydantic import ValidationError
from sqlalchemy.orm import Session

from crm_api.dependencies import Caller
from crm_api.kula import repository
from crm_api.kula.schemas import HelpAnswer, KulaAnswer, KulaQuestion
from crm_api.organization.visibility import seen_by
from kula import service as kula
from kula.help_topics import topic_named, topics
from kula.reply import Turn
from pymeai.database.tables.workspace import KulaMessage
from pymeai.errors import NotFound
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session

TURNS = 6
"""How many earlier questions Kula is reminded of."""


def ask(settings: Settings, caller: Caller, request: KulaQuestion) -> KulaAnswer:
    """Answer a question and store it. Raises NotFound for a conversation that is not the caller's.

    Takes no session: a model may think for 15 seconds, and no transaction stays open that long.
    """
    turns: list[Turn] = []
    if request.conversation_id is not None:
        with tenant_session(settings, caller.tenant) as session:
            turns = [_turn(message) for message in conversation(session, caller.user_id, request.conversation_id)][
                -TURNS:
            ]
    reply = kula.ask(
        settings,
        caller.tenant,
        request.question,
        today=request.today,
        conversation=turns,
        seen_by=seen_by(caller),
    )
    answer = reply.model_dump(mode="json", exclude={"plan"})
    message = KulaMessage(
        conversation_id=request.conversation_id or uuid4(),
        user_id=caller.user_id,
        question=request.question,
        plan=reply.plan.model_dump(mode="json") if reply.plan else None,
        answer=answer,
    )
    with tenant_session(settings, caller.tenant, user_id=caller.user_id) as session:
        message = repository.add(session, message)
        ids = {"message_id": message.message_id, "conversation_id": message.conversation_id}
    return KulaAnswer.model_validate(answer | ids)


def conversation(session: Session, user_id: UUID, conversation_id: UUID) -> list[KulaMessage]:
    """A conversation from its beginning. Raises NotFound, for a colleague's as well."""
    messages = repository.messages(session, user_id, conversation_id)
    if not messages:
        raise NotFound("No se encontró esa conversación.")
    return list(messages)


def rate(session: Session, user_id: UUID, message_id: UUID, feedback: str) -> None:
    """Note what the caller thought of an answer. Raises NotFound."""
    if not repository.set_feedback(session, user_id, message_id, feedback):
        raise NotFound("No se encontró ese mensaje.")


def help_topic(name: str) -> HelpAnswer:
    """One page of help. Raises NotFound, naming those that there are."""
    topic = topic_named(name)
    if topic is None:
        names = ", ".join(known.name for known in topics())
        raise NotFound(f"No hay ayuda sobre ese tema. Los temas son: {names}.")
    return HelpAnswer(name=topic.name, title=topic.title, text=topic.body)


def _turn(message: KulaMessage) -> Turn:
    try:
        return Turn.model_validate({"question": message.question, "plan": message.plan})
    except ValidationError:
        # A plan that an older version wrote: the question alone still says what was meant.
        return Turn(question=message.question)
