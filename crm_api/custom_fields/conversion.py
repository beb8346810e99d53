"""What becomes of a field's stored values when its type or its options change."""

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from crm_api.custom_fields import repository
from crm_api.custom_fields.schemas import MAX_OPTIONS, CustomFieldChange
from pymeai.costa_rica.text import fold
from pymeai.custom_fields.definition import TYPE_LABELS, FieldDefinition
from pymeai.errors import Conflict, FieldError, Invalid

_NUMERIC = frozenset({"number", "money"})
_TEXTS = frozenset({"text", "dropdown"})
# Of all other pairs the digits could be read as something, and mean nothing: 2026-03-05 is not the telephone 2026-0305.
_CONVERTED = frozenset({("number", "money"), ("money", "number"), ("number", "phone"), ("number", "boolean")})


def with_options(
    session: Session,
    entity_type: str,
    before: FieldDefinition,
    after: FieldDefinition,
    request: CustomFieldChange,
) -> FieldDefinition:
    """`after` with its options: those sent, those there were with their new names, or, of a new list, its values.

    Raises Invalid for a renaming or a replacement of what is no option.
    """
    named = [name for name in ("rename_options", "replace_options") if getattr(request, name)]
    if named and {before.field_type, after.field_type} != {"dropdown"}:
        message = "Solo las opciones de una lista que sigue siéndolo se renombran o reemplazan."
        raise Invalid("Revise los datos marcados.", errors=[FieldError(name, message) for name in named])
    if after.field_type != "dropdown":
        return replace(after, options=tuple(request.options or ()))
    if before.field_type != "dropdown":
        chosen = request.options
        return replace(after, options=tuple(chosen) if chosen else _values_as_options(session, entity_type, before))
    errors = [
        FieldError(f"{name}.{option}", "Esta opción no existe.")
        for name in ("rename_options", "replace_options")
        for option in getattr(request, name)
        if option not in before.options
    ]
    kept = [request.rename_options.get(option, option) for option in before.options]
    options = tuple(kept if request.options is None else request.options)
    if request.options is None:
        options = tuple(option for option in options if option not in request.replace_options)
    errors += [
        FieldError(f"rename_options.{old}", "El nombre nuevo no está entre las opciones.")
        for old, new in request.rename_options.items()
        if new not in options
    ]
    errors += [
        FieldError(f"replace_options.{old}", "La opción que la reemplaza no está entre las opciones.")
        for old, new in request.replace_options.items()
        if new is not None and new not in options
    ]
    if errors:
        raise Invalid("Revise los datos marcados.", errors=errors)
    return replace(after, options=options)


def convert(
    session: Session,
    entity_type: str,
    before: FieldDefinition,
    after: FieldDefinition,
    request: CustomFieldChange,
    *,
    this_year: int,
) -> int:
    """Rewrite the stored values to what `after` says; how many records changed.

    The caller holds the entity's values. Raises Conflict where one value or more cannot be, and changes nothing then.
    """
    if before.field_type != after.field_type:
        return _convert_type(session, entity_type, before, after, this_year)
    if before.field_type == "dropdown" and before.options != after.options:
        return _convert_options(session, entity_type, before, after, request)
    return 0


def _convert_type(
    session: Session, entity_type: str, before: FieldDefinition, after: FieldDefinition, this_year: int
) -> int:
    # The importer's reading brings pyarrow, which takes a while to import.
    from ingest.custom_values import read_values

    stored = repository.values(session, entity_type, before.field_name)
    if stored and not _makes_sense(before.field_type, after.field_type):
        total = sum(count for _, count in stored)
        raise Conflict(
            f"Los valores de un campo de tipo {TYPE_LABELS[before.field_type]} no dicen nada como "
            f"{TYPE_LABELS[after.field_type]}. Cree otro campo; no se cambió nada.",
            code="values_do_not_convert",
            errors=[FieldError("field_type", f"No se convierten {total} de {total} valores.")],
        )
    values = [json.loads(value, parse_float=Decimal) for value, _ in stored]
    read = read_values(after, values, weights=[count for _, count in stored], this_year=this_year)
    wrong = [count for (_, count), each in zip(stored, read, strict=True) if each.problem is not None]
    if wrong:
        total = sum(count for _, count in stored)
        raise Conflict(
            f"{sum(wrong)} de {total} valores no se pueden convertir a {TYPE_LABELS[after.field_type]} "
            f"({len(wrong)} {'distinto' if len(wrong) == 1 else 'distintos'}). Corríjalos y vuelva a intentarlo; "
            "no se cambió nada.",
            code="values_do_not_convert",
            errors=[FieldError("field_type", f"No se convierten {sum(wrong)} de {total} valores.")],
        )
    if {before.field_type, after.field_type} <= _NUMERIC:
        return 0
    changes = {value: json.dumps(each.stored) for (value, _), each in zip(stored, read, strict=True)}
    return repository.rewrite(
        session, entity_type, before.field_name, {old: new for old, new in changes.items() if old != new}
    )


def _makes_sense(before: str, after: str) -> bool:
    return before in _TEXTS or after in _TEXTS or (before, after) in _CONVERTED


def _convert_options(
    session: Session,
    entity_type: str,
    before: FieldDefinition,
    after: FieldDefinition,
    request: CustomFieldChange,
) -> int:
    changes: dict[str, str | None] = {}
    in_use: list[tuple[str, int]] = []
    for stored, count in repository.values(session, entity_type, before.field_name):
        value: Any = json.loads(stored)
        if value in request.rename_options:
            changes[stored] = json.dumps(request.rename_options[value])
        elif value in request.replace_options:
            replacement = request.replace_options[value]
            changes[stored] = None if replacement is None else json.dumps(replacement)
        elif value not in after.options and value in before.options:
            in_use.append((str(value), count))
    if in_use:
        raise Conflict(
            f"Hay {sum(count for _, count in in_use)} registros con opciones que usted quita. Diga en replace_options "
            "con cuál se reemplaza cada una, o null para dejarlas vacías.",
            code="option_in_use",
            errors=[FieldError(f"options.{option}", f"La usan {count} registros.") for option, count in in_use],
        )
    return repository.rewrite(session, entity_type, before.field_name, changes)


def _values_as_options(session: Session, entity_type: str, field: FieldDefinition) -> Sequence[str]:
    from ingest.custom_values import text_of

    found: dict[str, str] = {}
    for value, _ in sorted(repository.values(session, entity_type, field.field_name), key=lambda each: -each[1]):
        text = text_of(json.loads(value, parse_float=Decimal)).strip()
        found.setdefault(fold(text), text)
    if len(found) > MAX_OPTIONS:
        message = f"El campo tiene {len(found)} valores distintos: una lista admite {MAX_OPTIONS} opciones."
        raise Conflict(message, code="values_do_not_convert", errors=[FieldError("options", message)])
    return tuple(sorted(found.values()))
