"""Values of custom fields: what is stored of them, checked against the field's definition.

The one place where a value is judged: the API, the importer and a change of a field's type all come here. Stored are:
texts, e-mails, addresses and options as text, phones as E.164, numbers and amounts as JSON numbers, dates as AAAA-MM-DD
(an imported moment keeps its hour, AAAA-MM-DDTHH:MM:SS), yes and no as booleans.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from math import isnan
from typing import Any

from pymeai.clock import EARLIEST_YEAR, LATEST_YEAR
from pymeai.costa_rica.phones import PhoneError, parse_phone
from pymeai.custom_fields.definition import FieldDefinition
from pymeai.custom_fields.patterns import matching

MAX_TEXT = 10_000
MAX_PHONE = 200
MAX_EMAIL = 254
MAX_URL = 2_000
LIMIT = 10**13
"""Numbers have at most 13 digits before the decimals, as the importer reads them."""

_EMAIL = re.compile(r"^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+$")
_URL = re.compile(r"^https?://[^\s/]\S*$", re.IGNORECASE)
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$", re.ASCII)
_MOMENT = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$", re.ASCII)


class WrongValue(ValueError):
    """Says in Spanish why a value is not one of the field's."""


def stored_value(definition: FieldDefinition, value: Any) -> Any:
    """What to store for `value`, which is not empty. Raises WrongValue."""
    return _CHECKS[definition.field_type](definition, value)


def default_value(definition: FieldDefinition) -> Any:
    """The value that a new record starts with, read from the text of `default`; None where there is none.

    Raises WrongValue where the text is no value of the field.
    """
    text = definition.default
    if text is None or not text.strip():
        return None
    value: Any = text.strip()
    if definition.field_type in ("number", "money"):
        if not re.fullmatch(r"-?\d{1,13}(\.\d{1,8})?", value, re.ASCII):
            raise WrongValue("Debe ser un número, con punto para los decimales.")
        value = float(value) if "." in value else int(value)
    elif definition.field_type == "boolean":
        if value not in ("true", "false"):
            raise WrongValue("Debe ser true o false.")
        value = value == "true"
    return stored_value(definition, value)


def _text(definition: FieldDefinition, value: Any) -> str:
    text = _plain_text(value, MAX_TEXT)
    minimum, maximum = definition.validation.get("min"), definition.validation.get("max")
    if minimum is not None and len(text) < minimum:
        raise WrongValue(f"Debe tener al menos {minimum} caracteres.")
    if maximum is not None and len(text) > maximum:
        raise WrongValue(f"Debe tener como máximo {maximum} caracteres.")
    pattern = definition.validation.get("pattern")
    if pattern and not _matches(pattern, text):
        raise WrongValue("No tiene la forma esperada.")
    return text


def _matches(pattern: str, text: str) -> bool:
    try:
        return matching(pattern, [text])[0]
    except ValueError:
        # Stored before patterns were checked: it cannot say what is wrong, so it refuses nothing.
        return True


def _number(definition: FieldDefinition, value: Any) -> int | float:
    if isinstance(value, Decimal) and value.is_finite():
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or (isinstance(value, float) and isnan(value)):
        raise WrongValue("Debe ser un número.")
    # Infinity is more than the limit too; an integer of 400 digits is no float to ask whether it is finite.
    if abs(value) >= LIMIT:
        raise WrongValue("El número es demasiado grande.")
    minimum, maximum = definition.validation.get("min"), definition.validation.get("max")
    if minimum is not None and value < minimum:
        raise WrongValue(f"Debe ser {minimum} o más.")
    if maximum is not None and value > maximum:
        raise WrongValue(f"Debe ser {maximum} o menos.")
    return value if isinstance(value, int) else float(value)


def _date(definition: FieldDefinition, value: Any) -> str:
    if isinstance(value, datetime):
        value = value.isoformat(timespec="seconds")
    elif isinstance(value, date):
        value = value.isoformat()
    text = value.strip() if isinstance(value, str) else ""
    try:
        day = datetime.fromisoformat(text if _DAY.match(text) or _MOMENT.match(text) else "").date()
    except ValueError:
        raise WrongValue("Debe ser una fecha (AAAA-MM-DD).") from None
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise WrongValue(f"El año debe estar entre {EARLIEST_YEAR} y {LATEST_YEAR}.")
    minimum, maximum = definition.validation.get("min"), definition.validation.get("max")
    if minimum is not None and day.isoformat() < minimum:
        raise WrongValue(f"Debe ser el {minimum} o después.")
    if maximum is not None and day.isoformat() > maximum:
        raise WrongValue(f"Debe ser el {maximum} o antes.")
    return text


def _option(definition: FieldDefinition, value: Any) -> str:
    if not isinstance(value, str) or value not in definition.options:
        raise WrongValue("Debe ser una de estas opciones: " + ", ".join(definition.options) + ".")
    return value


def _boolean(_definition: FieldDefinition, value: Any) -> bool:
    if not isinstance(value, bool):
        raise WrongValue("Debe ser verdadero o falso.")
    return value


def _phone(_definition: FieldDefinition, value: Any) -> str:
    try:
        return parse_phone(_plain_text(value, MAX_PHONE))
    except PhoneError as error:
        raise WrongValue(str(error)) from None


def _email(_definition: FieldDefinition, value: Any) -> str:
    text = _plain_text(value, MAX_TEXT).lower()
    if len(text) > MAX_EMAIL or not _EMAIL.match(text):
        raise WrongValue("No parece un correo electrónico.")
    return text


def _url(_definition: FieldDefinition, value: Any) -> str:
    text = _plain_text(value, MAX_TEXT)
    # Nothing but http(s): a javascript: link would run in a colleague's browser.
    if len(text) > MAX_URL or not _URL.match(text):
        raise WrongValue("Debe ser una dirección que empiece con http:// o https://.")
    return text


def _plain_text(value: Any, limit: int) -> str:
    if not isinstance(value, str):
        raise WrongValue("Debe ser un texto.")
    text = value.strip()
    if not text:
        raise WrongValue("No puede quedar vacío.")
    if len(text) > limit:
        raise WrongValue(f"Debe tener como máximo {limit} caracteres.")
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise WrongValue("El texto tiene caracteres que no se pueden guardar.")
    return text


_CHECKS: dict[str, Callable[[FieldDefinition, Any], Any]] = {
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
