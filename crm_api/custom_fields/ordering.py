"""Orders of lists by custom fields: `sort=custom_fields.field_name`, as the answer names them, with `-` turned around."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, Numeric, Text, case, cast, func, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm_api.columns import Folded
from crm_api.custom_fields import repository
from crm_api.listing import ListRequest, Sortable
from pymeai.custom_fields.definition import FieldDefinition
from pymeai.errors import invalid_field

PREFIX = "custom_fields."
SORTED_LENGTH = 200
"""Characters of a text that it is sorted by: a cursor holds them, and a text may have 10,000."""


def with_custom_fields(
    session: Session,
    entity_type: str,
    column: InstrumentedAttribute[dict[str, Any]],
    sortable: Mapping[str, Sortable],
    request: ListRequest,
) -> Mapping[str, Sortable]:
    """What a list of `entity_type` is sorted by: `sortable`, and the custom field in `column` that the request names.

    Raises Invalid, naming `sort`, for a field that is not in use.
    """
    sort = request.sorted_by
    if sort is None or not sort.startswith(PREFIX):
        return sortable
    name = sort.removeprefix(PREFIX)
    field = next((one for one in repository.filterable(session, entity_type) if one.field_name == name), None)
    if field is None:
        raise invalid_field("sort", f"El campo {name} no existe en su organización, o está archivado.")
    return {**sortable, sort: _value(field, column)}


def _value(field: FieldDefinition, column: InstrumentedAttribute[dict[str, Any]]) -> Sortable:
    """What is sorted by, null where there is none: a value that a field had before it was of this type is none either."""
    element = column[field.field_name]
    stored: ColumnElement[str] = element.astext
    if field.field_type in ("number", "money"):
        # In a case: PostgreSQL may compute the cast before another condition has kept texts out of it.
        return case((func.jsonb_typeof(element) == "number", cast(stored, Numeric)))
    if field.field_type == "boolean":
        return case((func.jsonb_typeof(element) == "boolean", cast(stored, Boolean)))
    if field.field_type == "date":
        # AAAA-MM-DD, an imported moment with its hour after it: the order of the texts is that of the moments.
        return func.left(stored, SORTED_LENGTH, type_=Text()).collate("C")
    if field.field_type == "dropdown":
        # As the options stand in their list, which is what small, medium and large mean; what is none of them follows.
        place = func.array_position(literal(list(field.options), ARRAY(Text)), stored, type_=Integer())
        return case((stored.is_not(None), func.coalesce(place, len(field.options) + 1)))
    return Folded(func.left(stored, SORTED_LENGTH, type_=Text()))
