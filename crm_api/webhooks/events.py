"""What webhooks are told of. Triggers of the tenant's tables queue these by the same names."""

import json
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

ALL = "*"
TEST = "webhook.test"
"""Sent on demand; nobody has to listen to it by name."""
_ENTITIES = (
    "customer",
    "opportunity",
    "interaction",
    "sale",
    "custom_field",
    "interaction_type",
    "pipeline",
    "stage",
    "dashboard",
    "alert",
)
_KEPT_WHEN_DELETED = ("customer", "opportunity")
EVENTS: tuple[str, ...] = (
    *(f"{entity}.{action}" for entity in _ENTITIES for action in ("created", "updated", "deleted")),
    *(f"{entity}.restored" for entity in _KEPT_WHEN_DELETED),
    "opportunity.won",
    "opportunity.lost",
    "opportunity.reopened",
)


def _known(event: str) -> str:
    if event != ALL and event not in EVENTS:
        raise ValueError(f"No existe el evento «{event[:60]}». Vea la lista en la documentación, o use «*» para todos.")
    return event


Event = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": [ALL, *EVENTS]})]


def payload(event: str, entity: str, entity_id: UUID | None, happened_at: datetime) -> bytes:
    """The body of a delivery: what happened to which thing, never its content."""
    content = {
        "type": event,
        "timestamp": happened_at.isoformat(),
        "data": {"entity": entity, "id": str(entity_id) if entity_id else None},
    }
    return json.dumps(content, separators=(",", ":")).encode()
