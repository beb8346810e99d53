"""What a field's definition may be: options, validation and default that go with its type."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from pymeai.costa_rica.text import fold
from pymeai.custom_fields.definition import TYPE_LABELS, FieldDefinition
from pymeai.custom_fields.patterns import pattern_problem
from pymeai.custom_fields.values import MAX_TEXT, WrongValue, default_value
from pymeai.errors import FieldError

_RANGED = ("number", "money", "date", "text")


def definition_errors(definition: FieldDefinition) -> list[FieldError]:
    """What is wrong with a definition, by the field of the request; nothing where it is right."""
    errors = option_errors(definition.field_type, definition.options)
    errors += _validation_errors(definition)
    if not errors and definition.default is not None:
        try:
            default_value(definition)
        except WrongValue as error:
            errors.append(FieldError("default", str(error)))
    return errors


def option_errors(field_type: str, options: Sequence[str]) -> list[FieldError]:
    """A list has options that differ; nothing else has any."""
    if field_type != "dropdown":
        message = f"Un campo de tipo {TYPE_LABELS[field_type]} no lleva opciones."
        return [FieldError("options", message)] if options else []
    if not options:
        return [FieldError("options", "Una lista de opciones necesita al menos una.")]
    if len({fold(option) for option in options}) < len(options):
        return [FieldError("options", "Hay dos opciones iguales, o que solo difieren en tildes o mayúsculas.")]
    return []


def _validation_errors(definition: FieldDefinition) -> list[FieldError]:
    validation, kind = definition.validation, definition.field_type
    errors = []
    limits = {name: validation[name] for name in ("min", "max") if validation.get(name) is not None}
    if limits and kind not in _RANGED:
        errors.append(FieldError("validation", f"Un campo de tipo {TYPE_LABELS[kind]} no tiene mínimo ni máximo."))
    else:
        for name, value in limits.items():
            message = _limit_problem(kind, value)
            if message:
                errors.append(FieldError(f"validation.{name}", message))
        if not errors and len(limits) == 2 and limits["min"] > limits["max"]:
            errors.append(FieldError("validation.max", "El máximo es menor que el mínimo."))
    pattern = validation.get("pattern")
    if pattern is not None:
        message = pattern_problem(pattern) if kind == "text" else "Solo un campo de texto lleva patrón."
        if message:
            errors.append(FieldError("validation.pattern", message))
    return errors


def _limit_problem(kind: str, value: Any) -> str | None:
    if kind == "date":
        try:
            date.fromisoformat(value if isinstance(value, str) and len(value) == len("2026-01-31") else "")
        except ValueError:
            return "Debe ser una fecha (AAAA-MM-DD)."
        return None
    if isinstance(value, str):
        return "Debe ser un número."
    if kind == "text" and (value != int(value) or not 0 <= value <= MAX_TEXT):
        return f"Debe ser un número entero de 0 a {MAX_TEXT}."
    return None
