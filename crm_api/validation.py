"""What pydantic found wrong, said in Spanish."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from crm_api.query_parameters import unknown_message
from pymeai.errors import FieldError

_PLACES = {"body", "query", "path", "header", "cookie"}

_MESSAGES: dict[str, str] = {
    "missing": "Falta este dato.",
    "extra_forbidden": "Este campo no existe.",
    "string_type": "Debe ser un texto.",
    "string_unicode": "El texto tiene caracteres que no se pueden guardar.",
    "string_too_short": "Debe tener al menos {min_length} caracteres.",
    "string_too_long": "Debe tener como máximo {max_length} caracteres.",
    "string_pattern_mismatch": "No tiene la forma esperada.",
    "int_type": "Debe ser un número entero.",
    "int_parsing": "Debe ser un número entero.",
    "int_from_float": "Debe ser un número entero.",
    "float_type": "Debe ser un número.",
    "float_parsing": "Debe ser un número.",
    "decimal_type": "Debe ser un número.",
    "decimal_parsing": "Debe ser un número.",
    "decimal_max_digits": "Tiene demasiadas cifras.",
    "decimal_max_places": "Admite como máximo {decimal_places} decimales.",
    "decimal_whole_digits": "El número es demasiado grande.",
    "finite_number": "Debe ser un número.",
    "greater_than": "Debe ser mayor que {gt}.",
    "greater_than_equal": "Debe ser {ge} o más.",
    "less_than": "Debe ser menor que {lt}.",
    "less_than_equal": "Debe ser {le} o menos.",
    "bool_type": "Debe ser verdadero o falso.",
    "bool_parsing": "Debe ser verdadero o falso.",
    "uuid_type": "No es un identificador válido.",
    "uuid_parsing": "No es un identificador válido.",
    "date_type": "Debe ser una fecha (AAAA-MM-DD).",
    "date_parsing": "Debe ser una fecha (AAAA-MM-DD).",
    "date_from_datetime_parsing": "Debe ser una fecha (AAAA-MM-DD).",
    "date_from_datetime_inexact": "Debe ser una fecha (AAAA-MM-DD), sin hora.",
    "datetime_type": "Debe ser una fecha y hora (ISO 8601).",
    "datetime_parsing": "Debe ser una fecha y hora (ISO 8601).",
    "datetime_from_date_parsing": "Debe ser una fecha y hora (ISO 8601).",
    "list_type": "Debe ser una lista.",
    "too_short": "Faltan elementos: se necesitan {min_length} o más.",
    "too_long": "Hay demasiados elementos: se admiten {max_length}.",
    "dict_type": "Debe ser un objeto JSON.",
    "model_type": "Debe ser un objeto JSON.",
    "model_attributes_type": "Debe ser un objeto JSON.",
    "literal_error": "Debe ser uno de estos valores: {expected}.",
    "enum": "Debe ser uno de estos valores: {expected}.",
}
_FALLBACK = "El valor no es válido."

_SINGULAR: dict[str, tuple[str, str]] = {
    "string_too_short": ("min_length", "Debe tener al menos un carácter."),
    "string_too_long": ("max_length", "Debe tener un solo carácter."),
    "too_short": ("min_length", "Falta al menos un elemento."),
    "too_long": ("max_length", "Hay demasiados elementos: se admite uno solo."),
    "decimal_max_places": ("decimal_places", "Admite como máximo un decimal."),
}
"""Kind of error -> the limit that it names, and what to say where that is one."""


def field_errors(errors: Sequence[Mapping[str, Any]], query_names: tuple[str, ...] = ()) -> list[FieldError]:
    """One message for each error of pydantic, in its order, with the field's dotted path.

    `query_names`: the query parameters that there are, to be named where another one came.
    """
    return [FieldError(_field(error["loc"]), _message(error, query_names)) for error in errors]


def _field(location: Sequence[Any]) -> str:
    parts = list(location[1:]) if location and location[0] in _PLACES else list(location)
    if location and location[0] == "query":
        # A repeatable parameter is one field, whichever of its values is wrong.
        parts = parts[:1]
    return ".".join(str(part) for part in parts) or "body"


def _message(error: Mapping[str, Any], query_names: tuple[str, ...]) -> str:
    kind = str(error["type"])
    if kind == "extra_forbidden" and error["loc"][0] == "query":
        return unknown_message(query_names)
    if kind == "value_error":
        # Ours, raised by a validator: Spanish already.
        return str(error.get("ctx", {}).get("error", _FALLBACK))
    if kind in ("too_short", "too_long") and isinstance(error.get("input"), str):
        # Where a validator of ours stands between the text and its length, pydantic takes it for a list.
        kind = f"string_{kind}"
    stated = error.get("ctx") or {}
    limit, of_one = _SINGULAR.get(kind, ("", ""))
    if stated.get(limit) == 1:
        return of_one
    template = _MESSAGES.get(kind, _FALLBACK)
    context = {key: _in_spanish(str(value)) for key, value in stated.items()}
    try:
        return template.format(**context)
    except KeyError:
        return _FALLBACK


def _in_spanish(text: str) -> str:
    """What pydantic lists as `'a', 'b' or 'c'`, with the quotes and the conjunction of Spanish."""
    quoted = re.sub(r"'([^']*)'", r"«\1»", text)
    return re.sub(r" or (?=(«?[oO])?)", lambda found: " u " if found[1] else " o ", quoted)
