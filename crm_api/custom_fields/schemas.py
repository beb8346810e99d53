"""Custom fields as they are shown."""

from typing import Any, Literal
from uuid import UUID

from crm_api.schemas import Answer

Entity = Literal["customer", "opportunity", "interaction", "sale"]


class CustomFieldAnswer(Answer):
    """A field that the organization added; `field_name` is its key in custom_fields."""

    field_id: UUID
    entity_type: Entity
    field_name: str
    label: str
    field_type: str
    is_required: bool
    options: list[Any]
    display_order: int
    section: str | None
    help_text: str | None
    default: str | None
    validation: dict[str, Any]


class CustomFieldList(Answer):
    """All fields."""

    items: list[CustomFieldAnswer]
    total: int
