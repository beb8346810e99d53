"""What a custom field is, wherever it was defined: by the tenant, by a kind of contact, by a template."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, cast, get_args

FieldType = Literal["text", "number", "date", "dropdown", "boolean", "money", "phone", "email", "url"]
FIELD_TYPES: tuple[FieldType, ...] = get_args(FieldType)
TYPE_LABELS: dict[str, str] = {
    "text": "texto",
    "number": "número",
    "date": "fecha",
    "dropdown": "lista de opciones",
    "boolean": "sí o no",
    "money": "monto",
    "phone": "teléfono",
    "email": "correo electrónico",
    "url": "dirección web",
}
"""The types as a screen names them."""


class FieldRow(Protocol):
    """What a row of `custom_fields` has of a definition."""

    field_name: Any
    label: Any
    field_type: Any
    is_required: Any
    options: Any
    validation: Any
    default: Any


@dataclass(frozen=True)
class FieldDefinition:
    """One field: its key in `custom_fields`, its label, its type, and what its values must be.

    `validation` may have `min` and `max` (of a number or amount its value, of a date the day, of a text its length) and
    `pattern` (of a text, in RE2's syntax; the whole text must match). `default` is the text of the value that a new
    record gets when none was sent.
    """

    field_name: str
    label: str
    field_type: str = "text"
    is_required: bool = False
    options: Sequence[str] = ()
    validation: Mapping[str, Any] = field(default_factory=dict)
    default: str | None = None


def definition_of(row: FieldRow) -> FieldDefinition:
    """The definition in a row of `custom_fields`."""
    return FieldDefinition(
        field_name=row.field_name,
        label=row.label,
        field_type=row.field_type,
        is_required=row.is_required,
        options=tuple(str(option) for option in row.options),
        validation=row.validation,
        default=row.default,
    )


def contact_fields(fields: Sequence[Mapping[str, Any]]) -> list[FieldDefinition]:
    """The definitions in the `fields` of an interaction type: name, label, type, options, required."""
    return [
        FieldDefinition(
            field_name=str(each["name"]),
            label=str(each.get("label") or each["name"]),
            field_type=cast(str, each.get("type") or "text"),
            is_required=bool(each.get("required")),
            options=tuple(str(option) for option in each.get("options") or ()),
        )
        for each in fields
    ]


def of_one_contact(own: Iterable[FieldDefinition], kind: Iterable[FieldDefinition]) -> list[FieldDefinition]:
    """The fields of a contact: the tenant's `own`, and its kind's, which hold where both have one of a name."""
    return list(({field.field_name: field for field in own} | {field.field_name: field for field in kind}).values())
