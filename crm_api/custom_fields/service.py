"""Values of custom fields, checked against what the tenant defined."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from crm_api.custom_fields import repository
from pymeai.costa_rica.phones import parse_phone
from pymeai.database.tables.tenant import CustomField
from pymeai.errors import FieldError, Invalid

_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_URL = re.compile(r"^https?://\S+$", re.IGNORECASE)
MAX_TEXT = 10_000


def merged(session: Session, entity_type: str, stored: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """`stored` with what was sent: null removes a value, an absent key leaves it.

    Raises Invalid, naming every field with an unknown name, a wrong value, or none where one is required.
    """
    fields = {field.field_name: field for field in repository.in_use(session, entity_type)}
    result, errors = dict(stored), []
    for name, value in sent.items():
        field = fields.get(name)
        if field is None:
            errors.append(FieldError(f"custom_fields.{name}", "Este campo no existe en su organización."))
        elif value is None or value == "":
            result.pop(name, None)
        else:
            try:
                result[name] = _checked(field, value)
            except ValueError as error:
                errors.append(FieldError(f"custom_fields.{name}", str(error)))
    missing = [name for name, field in fields.items() if field.is_required and name not in result]
    errors += [FieldError(f"custom_fields.{name}", "Falta este dato.") for name in missing]
    if errors:
        raise Invalid("Revise los datos marcados.", errors=errors)
    return result


def _checked(field: CustomField, value: Any) -> Any:
    return _CHECKS[field.field_type](field, value)


def _text(field: CustomField, value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError("Debe ser un texto.")
    pattern = field.validation.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
        raise ValueError("No tiene la forma esperada.")
    return value.strip()


def _number(field: CustomField, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("Debe ser un número.")
    minimum, maximum = field.validation.get("min"), field.validation.get("max")
    if minimum is not None and value < minimum:
        raise ValueError(f"Debe ser {minimum} o más.")
    if maximum is not None and value > maximum:
        raise ValueError(f"Debe ser {maximum} o menos.")
    return value


def _date(_field: CustomField, value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise ValueError("Debe ser una fecha (AAAA-MM-DD).") from None


def _option(field: CustomField, value: Any) -> Any:
    if value not in field.options:
        raise ValueError("Debe ser una de estas opciones: " + ", ".join(map(str, field.options)) + ".")
    return value


def _boolean(_field: CustomField, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("Debe ser verdadero o falso.")  # noqa: TRY004 - one error for all wrong values
    return value


def _phone(field: CustomField, value: Any) -> str:
    return parse_phone(_text(field, value))


def _email(field: CustomField, value: Any) -> str:
    text = _text(field, value).lower()
    if not _EMAIL.match(text):
        raise ValueError("No parece un correo electrónico.")
    return text


def _url(field: CustomField, value: Any) -> str:
    text = _text(field, value)
    # Nothing but http(s): a javascript: link would run in a colleague's browser.
    if not _URL.match(text):
        raise ValueError("Debe ser una dirección que empiece con http:// o https://.")
    return text


_CHECKS: dict[str, Callable[[CustomField, Any], Any]] = {
    "text": _text,
    "number": _number,
    "money": _number,
    "date": _date,
    "dropdown": _option,
    "boolean": _boolean,
    "phone": _phone,
    "email": _email,
    "url": _url,
}
