"""The custom fields of one record: what it had, with what was sent."""

from collections.abc import Iterable, Mapping
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
) -> dict[str, Any]:
    """`stored` with what was sent: null or an empty text removes a value, an absent key leaves it.

    A `new` record gets the defaults of what was not sent. Values of fields that are archived by now stay as they are.
    Raises Invalid, naming every field with an unknown name, a wrong value, or none where one is required.
    """
    fields = {definition.field_name: definition for definition in definitions}
    result, errors = dict(stored), []
    if new:
        result |= _defaults(fields, sent)
    for name, value in sent.items():
        definition = fields.get(name)
        if definition is None:
            errors.append(FieldError(f"custom_fields.{name}", "Este campo no existe en su organización."))
        elif value is None or (isinstance(value, str) and not value.strip()):
            result.pop(name, None)
        elif name in stored and stored[name] == value and type(stored[name]) is type(value):
            # What was there may stay, though the field's rules have changed since: nobody is kept from editing the rest.
            continue
        else:
            try:
                result[name] = stored_value(definition, value)
            except WrongValue as error:
                errors.append(FieldError(f"custom_fields.{name}", str(error)))
    wrong = {error.field for error in errors}
    missing = [name for name, definition in fields.items() if definition.is_required and name not in result]
    errors += [
        FieldError(f"custom_fields.{name}", "Falta este dato.")
        for name in missing
        if f"custom_fields.{name}" not in wrong
    ]
    if errors:
        raise Invalid("Revise los datos marcados.", errors=errors)
    return result


def _defaults(fields: Mapping[str, FieldDefinition], sent: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, definition in fields.items():
        if name in sent:
            continue
        try:
            value = default_value(definition)
        except WrongValue:
            # A default that its field does not take any more is none.
            continue
        if value is not None:
            found[name] = value
    return found
