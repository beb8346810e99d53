"""Telephone numbers: Costa Rica's without a prefix, others with theirs. Stored as E.164, shown as 8888-7777."""

import re
from dataclasses import dataclass
from urllib.parse import quote

import phonenumbers

from pymeai.costa_rica.text import fold

COUNTRY_CODE = "506"

# Mobile 5 to 8, fixed 2, voice over IP 4. Wider than the ranges given out today: form is not existence.
_NATIONAL = re.compile(r"^[245678]\d{7}$")
_SEPARATORS = re.compile(r"\s*(?:[/;,|\n]|\by\b|\bo\b|\s[-–—]\s)\s*")
_LABELS = re.compile(
    r"(?:\b(?:tel(?:efono)?s?|cel(?:ular)?(?:es)?|movil|casa|oficina|ofi|trabajo|whats?app|wa|wsp|fax|num(?:ero)?|phone|mobile)"
    r"\b\.?|[():])"
)
_EXTENSION = re.compile(r"\s*(?:ext(?:ension)?\.?|x)\s*:?\s*\d{1,6}$")
# "8888-7777 (Ana)": whose it is, beside the number. An extension's "ext 12" is no such word.
_WORDS = re.compile(r"(?<![a-z0-9])(?!ext\b|extension\b|x\b)[a-z]{2,}(?![a-z0-9])")
_ALLOWED = re.compile(r"^\+?[\d\s.\-–()]+$")


@dataclass(frozen=True)
class Phones:
    """What one cell holds: a number, perhaps another, and what was left out (in Spanish)."""

    phone: str
    phone_alt: str | None = None
    warning: str | None = None


class PhoneError(ValueError):
    """Says in Spanish why a text is no telephone number."""


def parse_phone(text: str) -> str:
    """The one number in `text` as E.164 ("+50688887777"). Raises PhoneError."""
    plain = _EXTENSION.sub("", _LABELS.sub(" ", fold(text)).strip())
    if not plain:
        raise PhoneError("El teléfono está vacío.")
    if not _ALLOWED.match(plain):
        raise PhoneError("El teléfono tiene letras o signos que no son de un número.")
    digits = re.sub(r"\D", "", plain)
    international = plain.startswith("+") or digits.startswith("00")
    digits = digits.removeprefix("00")
    national = digits[3:] if digits.startswith(COUNTRY_CODE) and len(digits) == 11 else digits
    if _NATIONAL.match(national) and not (international and national == digits):
        return f"+{COUNTRY_CODE}{national}"
    if len(set(digits)) == 1:
        raise PhoneError("El teléfono repite una sola cifra.")
    if international:
        return _foreign(digits)
    local = _valid(digits, "CR")
    if local:
        return local
    # 50588887777 without its plus. A leading 1 stays out: a DIMEX looks the same.
    if len(digits) >= 11 and not digits.startswith("1"):
        return _foreign(digits)
    if len(digits) == 8:
        raise PhoneError("Ningún teléfono de Costa Rica empieza así.")
    raise PhoneError(
        f"Tiene {len(digits)} dígitos y en Costa Rica son 8. Si es de otro país, escriba + y el código del país."
    )


def parse_phones(text: str) -> Phones:
    """The numbers in one cell ("8888-7777 / 2222-3333"). Raises PhoneError where there is none."""
    parts = [part for part in _SEPARATORS.split(fold(text)) if part.strip()]
    if not parts:
        raise PhoneError("El teléfono está vacío.")
    if not re.search(r"\d", text):
        raise PhoneError("No es un teléfono: no tiene números.")
    if len(parts) == 1:
        parts = _halves(parts[0])
    numbers: list[str] = []
    failures: list[PhoneError] = []
    for part in parts:
        try:
            number = parse_phone(_WORDS.sub(" ", part))
        except PhoneError as error:
            failures.append(error)
            continue
        if number not in numbers:
            numbers.append(number)
    if not numbers:
        raise failures[0]
    return Phones(numbers[0], numbers[1] if len(numbers) > 1 else None, _left_out(fold(text), len(numbers), failures))


def show_phone(e164: str) -> str:
    """8888-7777 for a Costa Rican number, the international form for others."""
    if e164.startswith(f"+{COUNTRY_CODE}") and len(e164) == 12:
        return f"{e164[4:8]}-{e164[8:]}"
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def whatsapp_link(e164: str, message: str | None = None) -> str:
    """The address that opens WhatsApp on a chat with this number, with the message written."""
    address = f"https://wa.me/{e164.removeprefix('+')}"
    return f"{address}?text={quote(message, safe='')}" if message else address


def _left_out(text: str, found: int, failures: list[PhoneError]) -> str | None:
    """What of a cell was not kept, in Spanish."""
    notes = []
    if failures:
        notes.append("Una parte del teléfono no es un número y quedó por fuera.")
    if found > 2:
        notes.append(f"La celda tiene {found} teléfonos: se guardan los dos primeros.")
    if _EXTENSION.search(text):
        notes.append("La extensión no se guarda.")
    elif _WORDS.search(_LABELS.sub(" ", _SEPARATORS.sub(" ", text))):
        notes.append("Lo escrito junto al teléfono no se guarda.")
    return " ".join(notes) or None


def _halves(part: str) -> list[str]:
    """88887777 22223333: two numbers with nothing but a space between them."""
    digits = re.sub(r"\D", "", part)
    if len(digits) == 16 and _NATIONAL.match(digits[:8]) and _NATIONAL.match(digits[8:]) and "+" not in part:
        return [digits[:8], digits[8:]]
    return [part]


def _foreign(digits: str) -> str:
    number = _valid(f"+{digits}", None)
    if number is None:
        raise PhoneError("El teléfono no es válido en el país de su código.")
    return number


def _valid(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
