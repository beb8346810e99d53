"""Webhooks and their deliveries as they come in and go out."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from crm_api.filtering import AnyOf, ColumnFilters, Since, Until
from crm_api.schemas import Answer, Flag, Paragraph, Schema
from crm_api.webhooks.addresses import MAX_URL
from crm_api.webhooks.events import EVENTS, TEST, Event

DeliveryStatus = Literal["pending", "delivered", "failed"]


class WebhookFields(Schema):
    """A whole webhook. `events` names what it is told of; "*" is everything."""

    url: Annotated[str, Field(min_length=1, max_length=MAX_URL)]
    events: Annotated[
        list[Event], Field(min_length=1, max_length=len(EVENTS)), AfterValidator(lambda e: sorted(set(e)))
    ]
    description: Paragraph | None = None
    is_active: Flag = True


class WebhookAnswer(Answer):
    """A webhook, without its secret."""

    webhook_id: UUID
    url: str
    events: list[str]
    description: str | None
    is_active: bool
    secret_version: int
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime


class WebhookWithSecret(WebhookAnswer):
    """A webhook and its secret, which is shown this once: keep it where the receiver finds it."""

    secret: str


def _known(event: str) -> str:
    if event != TEST and event not in EVENTS:
        raise ValueError("No existe ese evento.")
    return event


class DeliveryFilters(ColumnFilters):
    """Which deliveries of a webhook."""

    status: AnyOf[DeliveryStatus] = ()
    event: AnyOf[Annotated[str, AfterValidator(_known)]] = ()
    created_at_from: Since = None
    created_at_to: Until = None


class DeliveryAnswer(Answer):
    """One event for one webhook. `delivery_id` is the header webhook-id, the same in every attempt."""

    delivery_id: UUID
    webhook_id: UUID
    event: str
    entity: str
    entity_id: UUID | None
    status: DeliveryStatus
    attempts: int
    response_status: int | None
    last_error: str | None
    created_at: datetime
    next_attempt_at: datetime | None
    delivered_at: datetime | None
