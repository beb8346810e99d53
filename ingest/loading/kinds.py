"""The kinds of contact that the tenant has, with the fields of their own."""

from ingest.loading.context import Load
from pymeai.custom_fields.definition import FieldDefinition, contact_fields

UNSAID = "nota"
"""The type of a contact whose file says none."""


def in_use(load: Load) -> dict[str, list[FieldDefinition]]:
    """Name -> fields of each kind that is not archived, in the order of the screens."""
    found = load.rows("select name, fields from interaction_types where archived_at is null order by position, name")
    return {name: contact_fields(fields) for name, fields in found}


def own_field(load: Load, field_name: str) -> FieldDefinition | None:
    """The field of that name that a kind has of its own, archived or not; those in use come first."""
    found = load.rows("select fields from interaction_types order by archived_at is not null, position, name")
    every = (field for (fields,) in found for field in contact_fields(fields))
    return next((field for field in every if field.field_name == field_name), None)
