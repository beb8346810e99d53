"""Contacts with customers as they come in and go out."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict

from crm_api.schemas import Answer, CalendarDay, JsonObject, Line, Moment, Paragraph, Schema

Channel = Literal["whatsapp", "call", "email", "visit", "sinpe", "other"]
Due = Literal["overdue", "today", "week", "all"]
Whose = Literal["mine", "all"]


def _direction(value: Any) -> Any:
    return {"in": "inbound", "out": "outbound"}.get(value, value) if isinstance(value, str) else value


Direction = Annotated[Literal["inbound", "outbound"], BeforeValidator(_direction)]
"""From the customer or to them; `in` and `out` are the same, shorter."""


class InteractionFields(Schema):
    """What may be said of a contact. Null empties a field; in a change, what is not sent stays.

    `type` is the name of one of the organization's interaction types; `custom_fields` takes the type's own fields and those
    of interactions. Without `followup_date` it is the type's number of days later; null: no follow-up.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "WhatsApp",
                    "direction": "outbound",
                    "notes": "Se le envió la cotización; responde el jueves.",
                    "followup_date": "2026-11-19",
                }
            ]
        }
    )

    type: Line | None = None
    direction: Direction | None = None
    channel: Channel | None = None
    date_time: Moment | None = None
    notes: Paragraph | None = None
    outcome: Line | None = None
    followup_date: CalendarDay | None = None
    opportunity_id: UUID | None = None
    user_id: UUID | None = None
    external_id: Line | None = None
    custom_fields: JsonObject | None = None


class FollowupDone(Schema):
    """How the follow-up went."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "Confirmó el pedido"}]})

    outcome: Line | None = None


class InteractionAnswer(Answer):
    """A contact with a customer. What a file brought has its own words in `type`, `direction` and `channel`."""

    interaction_id: UUID
    customer_id: UUID
    customer_name: str | None
    opportunity_id: UUID | None
    opportunity_title: str | None
    user_id: UUID | None
    type: str
    direction: str | None
    channel: str | None
    date_time: datetime
    notes: str | None
    outcome: str | None
    followup_date: date | None
    followup_done_at: datetime | None
    external_id: str | None
    custom_fields: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class FollowupAnswer(InteractionAnswer):
    """A follow-up to be done: whom to write to. `days_overdue` is 0 until its day has passed."""

    customer_phone: str | None
    days_overdue: int
