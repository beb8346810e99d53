"""Queries on what was asked of Kula: each person sees their own conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import Session

from pymeai.database.tables.workspace import KulaMessage


@dataclass(frozen=True)
class Conversation:
    """A conversation in one line."""

    conversation_id: UUID
    title: str
    messages: int
    started_at: datetime
    last_at: datetime


def messages(session: Session, user_id: UUID, conversation_id: UUID) -> Sequence[KulaMessage]:
    """A conversation from its beginning; empty where the user has none of this id."""
    statement = (
        select(KulaMessage)
        .where(KulaMessage.conversation_id == conversation_id, KulaMessage.user_id == user_id)
        .order_by(KulaMessage.created_at, KulaMessage.message_id)
    )
    return session.execute(statement).scalars().all()


def conversations(session: Session, user_id: UUID, limit: int) -> tuple[list[Conversation], int]:
    """The user's latest conversations, and how many there are in all."""
    first = func.array_agg(aggregate_order_by(KulaMessage.question, KulaMessage.created_at), type_=ARRAY(Text))
    last_at = func.max(KulaMessage.created_at)
    statement = (
        select(KulaMessage.conversation_id, first[1], func.count(), func.min(KulaMessage.created_at), last_at)
        .where(KulaMessage.user_id == user_id)
        .group_by(KulaMessage.conversation_id)
    )
    total = session.execute(select(func.count()).select_from(statement.subquery())).scalar_one()
    rows = session.execute(statement.order_by(last_at.desc()).limit(limit))
    return [Conversation(row[0], row[1], row[2], row[3], row[4]) for row in rows], total


def add(session: Session, message: KulaMessage) -> KulaMessage:
    """Store a question with its answer and read back its key."""
    session.add(message)
    session.flush()
    session.refresh(message)
    return message


def set_feedback(session: Session, user_id: UUID, message_id: UUID, feedback: str) -> bool:
    """Note what the user thought of an answer; False where they have no such message."""
    statement = (
        update(KulaMessage)
        .where(KulaMessage.message_id == message_id, KulaMessage.user_id == user_id)
        .values(feedback=feedback)
        .returning(KulaMessage.message_id)
    )
    return session.execute(statement).scalar_one_or_none() is not None
