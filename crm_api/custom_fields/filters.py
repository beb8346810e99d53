"""Filters of lists on custom fields: `custom=field_name:op:value`, as often as one likes.

All must hold; several `eq` of one field are alternatives. Equality and emptiness are asked with the operators that the
GIN index of `custom_fields` serves.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Query
from sqlalchemy import ColumnElement, Numeric, and_, case, cast, func, literal, not_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm_api.custom_fields import repository
from crm_api.search import contains_words
from pymeai.costa_rica.phones import parse_phone
from pymeai.costa_rica.text import fold
from pymeai.custom_fields.definition import FieldDefinition
from pymeai.errors import FieldError, Invalid

OPERATORS = ("eq", "ne", "gte", "lte", "contains", "empty")
MAX_EXPRESSIONS = 20
MAX_LENGTH = 500

CustomFilters = Annotated[
    list[str],
    Query(
        max_length=MAX_EXPRESSIONS,
        description="Filtro por un campo personalizado: `nombre_del_campo:operador:valor`, con los operadores "
        "eq, ne, gte, lte, contains y empty (`true` o `false`). Se puede repetir: deben cumplirse todos, y varios eq "
        "del mismo campo son alternativas.",
        examples=[["talla:eq:M", "saldo_apartado:gte:10000"]],
    ),
]
"""The query parameter `custom` of a list."""

_YES_OR_NO = {"true": True, "1": True, "si": True, "false": False, "0": False, "no": False}
# Bounded, so that no text can become a number that takes seconds to compute.
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?")


def custom_conditions(
    session: Session,
    entity_type: str,
    column: InstrumentedAttribute[dict[str, Any]],
    expressions: Sequence[str],
) -> list[ColumnElement[bool]]:
    """The conditions that `expressions` ask of `column`, the `custom_fields` of rows of `entity_type`.

    Raises Invalid, naming `custom`, for an expression that cannot be read, a field that is not in use, an operator that
    its type has not, or a value that is not of its type.
    """
    if not expressions:
        return []
    if len(expressions) > MAX_EXPRESSIONS:
        raise _wrong([f"Se admiten como máximo {MAX_EXPRESSIONS} filtros por campos personalizados."])
    fields = {field.field_name: field for field in repository.filterable(session, entity_type)}
    alternatives: dict[str, list[ColumnElement[bool]]] = {}
    conditions: list[ColumnElement[bool]] = []
    problems: list[str] = []
    for expression in expressions:
        try:
            name, operator, condition = _condition(fields, column, expression)
        except ValueError as error:
            problems.append(str(error))
            continue
        if operator == "eq":
            alternatives.setdefault(name, []).append(condition)
        else:
            conditions.append(condition)
    if problems:
        raise _wrong(problems)
    return [or_(*same) for same in alternatives.values()] + conditions


def _condition(
    fields: dict[str, FieldDefinition], column: InstrumentedAttribute[dict[str, Any]], expression: str
) -> tuple[str, str, ColumnElement[bool]]:
    name, separator, rest = expression.partition(":")
    operator, second, value = rest.partition(":")
    if not separator or not second or "\x00" in expression or len(expression) > MAX_LENGTH:
        raise ValueError("Un filtro se escribe nombre_del_campo:operador:valor.")
    field = fields.get(name)
    if field is None:
        raise ValueError(f"El campo {name} no existe en su organización, o está archivado.")
    if operator not in OPERATORS:
        raise ValueError(f"El operador {operator} no existe. Use uno de estos: {', '.join(OPERATORS)}.")
    if operator == "empty":
        there = column.has_key(name)
        return name, operator, not_(there) if _boolean(field, value) else there
    if operator == "contains":
        return name, operator, _contains(field, column, value)
    if operator in ("gte", "lte"):
        return name, operator, _range(field, column, operator, value)
    same = column.contains({name: _READERS[field.field_type](field, value)})
    # What has no value is not equal to it either.
    return name, operator, same if operator == "eq" else not_(same)


def _contains(field: FieldDefinition, column: InstrumentedAttribute[dict[str, Any]], value: str) -> ColumnElement[bool]:
    if field.field_type in ("number", "money", "date", "boolean"):
        raise ValueError(f"El operador contains no se aplica a {field.label}: no es un texto.")
    if not value.strip():
        raise ValueError(f"Escriba el texto que se busca en {field.label}.")
    # That there is one, too: the index serves this alone.
    found = contains_words(func.platform.fold(column[field.field_name].astext), value)
    return and_(column.has_key(field.field_name), *found)


def _range(
    field: FieldDefinition, column: InstrumentedAttribute[dict[str, Any]], operator: str, value: str
) -> ColumnElement[bool]:
    stored: ColumnElement[Any]
    limit: ColumnElement[Any]
    if field.field_type in ("number", "money"):
        # In a case: PostgreSQL may compute the cast before another condition has kept texts out of it.
        element = column[field.field_name]
        stored = case((func.jsonb_typeof(element) == "number", cast(element.astext, Numeric)))
        limit = literal(Decimal(str(_number(field, value))), Numeric())
    elif field.field_type == "date":
        # Stored as AAAA-MM-DD, an imported moment with its hour after it: the order of the texts is that of the days.
        stored = func.left(column[field.field_name].astext, 10).collate("C")
        limit = literal(_date(field, value))
    else:
        raise ValueError(f"El operador {operator} no se aplica a {field.label}: solo a números, montos y fechas.")
    return and_(column.has_key(field.field_name), stored >= limit if operator == "gte" else stored <= limit)


def _text(_field: FieldDefinition, value: str) -> str:
    return value.strip()


def _number(field: FieldDefinition, value: str) -> int | float:
    text = value.strip()
    if not _NUMBER.fullmatch(text) or not text.isascii():
        raise ValueError(f"{field.label}: debe ser un número, con punto para los decimales.")
    return float(text) if "." in text else int(text)


def _date(field: FieldDefinition, value: str) -> str:
    try:
        return date.fromisoformat(value.strip()).isoformat()
    except ValueError:
        raise ValueError(f"{field.label}: debe ser una fecha (AAAA-MM-DD).") from None


def _boolean(field: FieldDefinition, value: str) -> bool:
    answer = _YES_OR_NO.get(fold(value))
    if answer is None:
        raise ValueError(f"{field.label}: debe ser true o false.")
    return answer


def _option(field: FieldDefinition, value: str) -> str:
    if value in field.options:
        return value
    for option in field.options:
        if fold(option) == fold(value):
            return option
    raise ValueError(f"{field.label}: debe ser una de estas opciones: {', '.join(field.options)}.")


def _phone(field: FieldDefinition, value: str) -> str:
    try:
        return parse_phone(value)
    except ValueError:
        raise ValueError(f"{field.label}: no es un teléfono válido.") from None


def _email(_field: FieldDefinition, value: str) -> str:
    return value.strip().lower()


_READERS: dict[str, Callable[[FieldDefinition, str], Any]] = {
    "text": _text,
    "number": _number,
    "money": _number,
    "date": _date,
    "dropdown": _option,
    "boolean": _boolean,
    "phone": _phone,
    "email": _email,
    "url": _text,
}


def _wrong(messages: Sequence[str]) -> Invalid:
    return Invalid("Revise los datos marcados.", errors=[FieldError("custom", message) for message in messages])
