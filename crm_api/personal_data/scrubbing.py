"""Texts and JSON without what names a person."""

from typing import Any

from crm_api.personal_data.identifiers import Identifiers

ERASED = "(borrado)"
# What an answer of the API may say of somebody in its own words, whatever they are.
_PERSONAL = frozenset({
    "first_name", "last_name", "company_name", "identification_type", "identification_number", "email", "phone",
    "phone_alt", "address", "external_id", "notes", "outcome", "source", "lost_reason",
})  # fmt: skip


def scrubbed(value: Any, identifiers: Identifiers) -> Any:
    """The value with each text (and number) that names the person replaced; what does not stays as it is."""
    if isinstance(value, str):
        return ERASED if identifiers.named_in(value) else value
    if isinstance(value, dict):
        return {key: scrubbed(item, identifiers) for key, item in value.items()}
    if isinstance(value, list):
        return [scrubbed(item, identifiers) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool) and identifiers.named_in(f"{value:.15g}"):
        return None
    return value


def scrubbed_or_emptied(value: Any, identifiers: Identifiers) -> Any:
    """The same of a value that is known to name the person: where that cannot be told apart, nothing of it stays."""
    result = scrubbed(value, identifiers)
    if result != value or value is None:
        return result
    return ERASED if isinstance(value, str) else type(value)()


def blanked(body: Any, identifiers: Identifiers) -> Any:
    """A stored answer of the API about the person, in its shape, without what is personal in it."""
    if isinstance(body, list):
        return [blanked(item, identifiers) for item in body]
    if not isinstance(body, dict):
        return scrubbed(body, identifiers)
    result: dict[str, Any] = {}
    for key, value in body.items():
        # An opportunity's own words; the description of a line is a product's name.
        if key in _PERSONAL or (key == "description" and "title" in body):
            result[key] = None
        elif key in ("custom_fields", "consent"):
            result[key] = {}
        elif key == "title":
            result[key] = ERASED
        else:
            result[key] = [] if key == "tags" else blanked(value, identifiers)
    return result
