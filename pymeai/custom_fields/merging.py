"""The custom fields of one record: what it had, with what was sent."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pymeai.custom_fields.definition import FieldDefinition
from pymeai.custom_fields.values import WrongValue, default_value, stored_value
from pymeai.errors import FieldError, Invalid


def merged_values(
    definitions: Iterable[FieldDefinition],
    stored: Mapping[str, Any],
    sent: Mapping[str, Any],
    *,
    new: bool = False,
    asked: Collection[str] = (),
) -> dict[str, Any]:
    """`stored` with what was sent: null or an empty text removes a value, an absent key leaves it.

    A `new` record gets the defaults of what was not sent and must have all that is required. A change must leave what is
    required and was there, and bring what is required of those `asked`; what the record lacked before is not its business.
    Values of fields that are archived by now, or of another type of contact, stay as they are, sent again or not.
    Raises Invalid, naming every field with an unknown name, a wrong value, or none where one is required.
    """
    fields = {definition.field_name: definition for definition in definitions}
    result, errors = dict(stored), []
    if new:
        result |= {name: value for name, value in default_values(fields.values()).items() if name not in sent}
    for name, value in sent.items():
        definition = fields.get(name)
        if name in stored and stored[name] == value and type(stored[name]) is type(value):
            # What was there may stay, though the field's rules have changed since or it is none any more: what is read can
            # be sent back, and nobody is kept from editing the rest.
            continue
        if definition is None:
            errors.append(FieldError(f"custom_fields.{name}", "Este campo no existe en su organización."))
        elif value is None or (isinstance(value, str) and not value.strip()):
            result.pop(name, None)
        else:
            try:
                result[name] = stored_value(definition, value)
            except WrongValue as error:
                errors.append(FieldError(f"custom_fields.{name}", str(error)))
    wrong = {error.field for error in errors}
    missing = [
        name
        for name, definition in fields.items()
        if definition.is_required and name not in result and (new or name in stored or name in asked)
    ]
    errors += [
        FieldError(f"custom_fields.{name}", "Falta este dato.")
        for name in missing
        if f"custom_fields.{name}" not in wrong
    ]
    if errors:
        raise Invalid("Revise los datos marcados.", errors=errors)
    return result


def default_values(definitions: Iterable[FieldDefinition]) -> dict[str, Any]:
    """What a new record starts with: field name -> value, of the fields that have a default."""
    found = {}
    for definition in definitions:
        try:
            value = default_value(definition)
        except WrongValue:
            # A default that its field does not take any more is none.
            continue
        if value is not None:
            found[definition.field_name] = value
    return found


def to_be_brought(definitions: Iterable[FieldDefinition]) -> dict[str, FieldDefinition]:
    """What a new record must bring: the required fields that no default fills, by name."""
    fields = list(definitions)
    filled = default_values(fields)
    return {field.field_name: field for field in fields if field.is_required and field.field_name not in filled}
