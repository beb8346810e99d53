"""Values of custom fields, checked against what the tenant defined."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from crm_api.custom_fields import repository
from pymeai.custom_fields.definition import FieldDefinition, definition_of, of_one_contact
from pymeai.custom_fields.merging import merged_values


def merged(
    session: Session,
    entity_type: str,
    stored: Mapping[str, Any],
    sent: Mapping[str, Any],
    *,
    new: bool = False,
    also: Sequence[FieldDefinition] = (),
    asked: Collection[str] = (),
) -> dict[str, Any]:
    """`stored` with what was sent: null removes a value, an absent key leaves it; a `new` record gets the defaults.

    `also` are fields beside the tenant's own, such as those of an interaction's type
    (pymeai.custom_fields.definition.contact_fields); `asked` the names that a change asks anew. Raises Invalid, naming
    every field with an unknown name, a wrong value, or none where one is required.
    """
    if sent:
        repository.hold(session, entity_type)
    definitions = [definition_of(field) for field in repository.in_use(session, entity_type)]
    return merged_values(of_one_contact(definitions, also), stored, sent, new=new, asked=asked)
