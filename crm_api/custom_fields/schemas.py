"""Custom fields as they come in and are shown."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, PlainValidator, StringConstraints

from crm_api.schemas import Answer, Flag, Line, Paragraph, Schema
from pymeai.custom_fields.definition import FieldType
from pymeai.custom_fields.values import LIMIT

Entity = Literal["customer", "opportunity", "interaction", "sale"]

MAX_OPTIONS = 200
Label = Annotated[Line, Field(max_length=120)]
Option = Annotated[Line, Field(max_length=120)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Options = Annotated[list[Option], Field(max_length=MAX_OPTIONS)]


def _limit(value: Any) -> int | float | str:
    if isinstance(value, str) and len(value) == len("2026-01-31"):
        return value
    # Compared before anything else: a number that is none is less than nothing, and 400 digits are no float.
    if isinstance(value, int | float) and not isinstance(value, bool) and -LIMIT < value < LIMIT:
        return int(value) if value == int(value) else value
    raise ValueError("Debe ser un número, o una fecha (AAAA-MM-DD).")


Limit = Annotated[Any, PlainValidator(_limit, json_schema_input_type=float | str)]
"""The least or the most that a value may be: a number, or the day of a date."""


class FieldValidation(Schema):
    """What a value must be: of numbers and amounts their range, of dates their days, of texts their length and form."""

    min: Limit | None = None
    max: Limit | None = None
    pattern: Annotated[Line, Field(max_length=200)] | None = None


class NewCustomField(Schema):
    """A field to add. Its `field_name` comes from the label unless it is sent."""

    entity_type: Entity
    label: Label
    field_type: FieldType = "text"
    field_name: FieldName | None = None
    section: Label | None = None
    is_required: Flag = False
    options: Options = Field(default_factory=list)
    help_text: Annotated[Paragraph, Field(max_length=1000)] | None = None
    default: Line | None = None
    validation: FieldValidation = FieldValidation()


class CustomFieldChange(Schema):
    """What may change; what is not sent stays. `field_name` and `entity_type` never change.

    `rename_options` (old -> new) rewrites the values that are stored; `replace_options` (option to remove -> another
    one, or null to leave the value empty) says what becomes of the values of an option that goes.
    """

    label: Label | None = None
    field_type: FieldType | None = None
    section: Label | None = None
    is_required: Flag | None = None
    options: Options | None = None
    rename_options: dict[Option, Option] = Field(default_factory=dict, max_length=MAX_OPTIONS)
    replace_options: dict[Option, Option | None] = Field(default_factory=dict, max_length=MAX_OPTIONS)
    help_text: Annotated[Paragraph, Field(max_length=1000)] | None = None
    default: Line | None = None
    validation: FieldValidation | None = None


class FieldOrder(Schema):
    """The fields in use of one entity, all of them, in the order of the screens."""

    entity_type: Entity
    field_ids: Annotated[list[UUID], Field(max_length=1000)]


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
    archived_at: datetime | None = None


class CustomFieldDetail(CustomFieldAnswer):
    """One field, with how many records have a value in it."""

    values_count: int


class CustomFieldList(Answer):
    """All fields."""

    items: list[CustomFieldAnswer]
    total: int
