"""Kinds of contact as they come in and are shown."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from crm_api.custom_fields.schemas import FieldName, Label, Options
from crm_api.schemas import Answer, Flag, Line, Paragraph, Schema
from pymeai.custom_fields.definition import FieldType

Icon = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,60}$")]
Name = Annotated[Line, Field(max_length=80)]


class ContactField(Schema):
    """A field that contacts of this kind have. Its `name` comes from the label unless it is sent."""

    name: FieldName | None = None
    label: Label
    type: FieldType = "text"
    options: Options = Field(default_factory=list)
    required: Flag = False


class NewInteractionType(Schema):
    """A kind of contact to add. `icon` is a name of Material Symbols."""

    name: Name
    icon: Icon | None = None
    fields: Annotated[list[ContactField], Field(max_length=30)] = Field(default_factory=list)
    note_template: Annotated[Paragraph, Field(max_length=4000)] | None = None
    followup_days: Annotated[int, Field(ge=0, le=3650, strict=True)] | None = None


class InteractionTypeChange(Schema):
    """What may change; what is not sent stays. Another name is given to the contacts of this kind as well."""

    name: Name | None = None
    icon: Icon | None = None
    fields: Annotated[list[ContactField], Field(max_length=30)] | None = None
    note_template: Annotated[Paragraph, Field(max_length=4000)] | None = None
    followup_days: Annotated[int, Field(ge=0, le=3650, strict=True)] | None = None


class InteractionTypeOrder(Schema):
    """The kinds in use, all of them, in the order of the screens."""

    interaction_type_ids: Annotated[list[UUID], Field(max_length=500)]


class InteractionTypeAnswer(Answer):
    """A kind of contact, with what its notes start with and after how many days one follows up."""

    interaction_type_id: UUID
    name: str
    icon: str | None
    fields: list[dict[str, Any]]
    note_template: str | None
    followup_days: int | None
    position: int
    archived_at: datetime | None


class InteractionTypeList(Answer):
    """All kinds of contact."""

    items: list[InteractionTypeAnswer]
    total: int
