"""The kinds of contact that the tenant has, with the fields of their own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ingest.loading.context import Load
from pymeai.custom_fields.definition import FieldDefinition, contact_fields

UNSAID = "nota"
"""The type of a contact whose file says none."""


def in_use(load: Load) -> dict[str, list[FieldDefinition]]:
    """Name -> fields of each kind that is not archived, in the order of the screens."""
    found = load.rows("select name, fields from interaction_types where archived_at is null order by position, name")
    return {name: contact_fields(fields) for name, fields in found}


OWN_FIELDS = "select fields from interaction_types order by archived_at is not null, position, name"
"""Each kind's own fields, archived or not; those in use come first."""


def by_name(kinds: Iterable[Sequence[Mapping[str, Any]]]) -> dict[str, FieldDefinition]:
    """The fields of what OWN_FIELDS finds; of several of one name the first holds."""
    found: dict[str, FieldDefinition] = {}
    for kind in kinds:
        for field in contact_fields(kind):
            found.setdefault(field.field_name, field)
    return found
