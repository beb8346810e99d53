"""Costa Rican identification numbers, by the codes of the electronic invoice.

No check digits exist: what passes here has the right form, which does not mean that it was ever issued.
"""

import re
from dataclasses import dataclass

from pymeai.costa_rica.text import fold

PHYSICAL, LEGAL, DIMEX, NITE, FOREIGNER, NON_CONTRIBUTOR = "01", "02", "03", "04", "05", "06"

TYPES: dict[str, str] = {
    PHYSICAL: "Cédula física",
    LEGAL: "Cédula jurídica",
    DIMEX: "DIMEX",
    NITE: "NITE",
    FOREIGNER: "Extranjero no domiciliado",
    NON_CONTRIBUTOR: "No contribuyente",
}
"""Code -> what people call it."""

_TYPE_WORDS = {
    "fisica": PHYSICAL,
    "cedula fisica": PHYSICAL,
    "persona fisica": PHYSICAL,
    "fisico": PHYSICAL,
    "nacional": PHYSICAL,
    "juridica": LEGAL,
    "cedula juridica": LEGAL,
    "persona juridica": LEGAL,
    "juridico": LEGAL,
    "dimex": DIMEX,
    "residente": DIMEX,
    "nite": NITE,
    "pasaporte": FOREIGNER,
    "extranjero": FOREIGNER,
    "extranjero no domiciliado": FOREIGNER,
    "passport": FOREIGNER,
    "no contribuyente": NON_CONTRIBUTOR,
}
_LABEL = re.compile(
    r"^(?:n[o°º]?\.?\s+)?(?:de\s+)?(ced(?:ula)?|cpf|cpj|id|identificacion|dimex|nite|pasaporte|passport)\b"
)
_KIND_LABEL = re.compile(r"^(jur(?:idica)?|fis(?:ica)?)\b")
_PASSPORT = re.compile(r"^[A-Z]{1,3}\d{5,12}[A-Z]?$")
_FREE = re.compile(r"^[A-Z0-9]{1,20}$")

LEGAL_CLASSES = frozenset(
    str(code) for code in (2100, 2200, 2300, 2400, *range(3002, 3015), *range(3101, 3111), 4000, 5001)
)
"""The first four digits that legal entities are known to have. A new one is no error: it earns a warning."""


@dataclass(frozen=True)
class Identification:
    """A type (a key of TYPES) and its number: digits alone, or capitals and digits for types 05 and 06."""

    type: str
    number: str
    # In Spanish, when the form is unusual yet allowed.
    warning: str | None = None


class IdentificationError(ValueError):
    """Says in Spanish why a text is no identification."""


def parse_type(text: str) -> str | None:
    """The code that a cell of a type column means ("Jurídica", "02", "2"), or None."""
    plain = fold(text).strip(" .")
    if plain.isdecimal():
        code = plain.zfill(2)
        return code if code in TYPES else None
    return _TYPE_WORDS.get(plain)


def parse_identification(text: str, type_code: str | None = None) -> Identification:
    """The identification that `text` says.

    `type_code` is the type where the file tells it; otherwise the form decides. Raises IdentificationError.
    """
    plain, hinted = _without_label(fold(text))
    code = type_code or hinted
    groups = [group for group in re.split(r"[\s.\-_/·]+", plain) if group]
    compact = "".join(groups).upper()
    if not compact:
        raise IdentificationError("La identificación está vacía.")
    if code in (FOREIGNER, NON_CONTRIBUTOR):
        if not _FREE.match(compact):
            raise IdentificationError("La identificación tiene hasta 20 letras y números.")
        return Identification(code, compact)
    if not compact.isdecimal():
        if code is None and _PASSPORT.match(compact):
            return Identification(FOREIGNER, compact)
        raise IdentificationError("La identificación solo lleva números y guiones.")
    if set(compact) == {"0"}:
        raise IdentificationError("La identificación no puede ser solo ceros.")
    return _from_digits(_padded(groups, compact, code), code)


def show_identification(type_code: str | None, number: str) -> str:
    """1-0613-0584, 3-101-123456, or the number as it is."""
    if type_code == PHYSICAL and len(number) == 9:
        return f"{number[0]}-{number[1:5]}-{number[5:]}"
    if type_code == LEGAL and len(number) == 10:
        return f"{number[0]}-{number[1:4]}-{number[4:]}"
    return number


def _without_label(plain: str) -> tuple[str, str | None]:
    """The text without "cédula jurídica:" and the type that such words tell."""
    code: str | None = None
    match = _LABEL.match(plain)
    if match:
        code = {"cpf": PHYSICAL, "cpj": LEGAL, "dimex": DIMEX, "nite": NITE}.get(match[1])
        if match[1] in ("pasaporte", "passport"):
            code = FOREIGNER
        plain = plain[match.end() :].lstrip(" .:#")
    match = _KIND_LABEL.match(plain)
    if match:
        code = LEGAL if match[1].startswith("jur") else PHYSICAL
        plain = plain[match.end() :].lstrip(" .:#")
    return plain.lstrip(" :#"), code


def _padded(groups: list[str], compact: str, code: str | None) -> str:
    """Short groups get the zeros that people leave out: 1-613-584 is 1-0613-0584."""
    if len(groups) != 3 or len(groups[0].lstrip("0")) != 1:
        return compact
    first, middle, last = groups[0].lstrip("0"), groups[1], groups[2]
    legal = len(middle) == 3 and f"{first}{middle}" in LEGAL_CLASSES
    if code == LEGAL or (code is None and legal and len(last) >= 5):
        return f"{first}{middle}{last.zfill(6)}" if len(middle) == 3 else compact
    if code is None and legal and len(last) < 5:
        raise IdentificationError("No se sabe si es cédula física o jurídica: escríbala completa, con todos sus ceros.")
    if len(middle) <= 4 and len(last) <= 4:
        return f"{first}{middle.zfill(4)}{last.zfill(4)}"
    return compact


def _from_digits(digits: str, code: str | None) -> Identification:
    if len(digits) == 10 and digits[0] == "0" and code in (None, PHYSICAL):
        digits = digits[1:]
    if code is None:
        code = _type_of(digits)
    if code == PHYSICAL:
        if not re.fullmatch(r"[1-9]\d{8}", digits):
            raise IdentificationError("Una cédula física tiene 9 dígitos y no empieza con 0.")
        return Identification(code, digits)
    if code == LEGAL:
        if not re.fullmatch(r"[2-5]\d{9}", digits):
            raise IdentificationError("Una cédula jurídica tiene 10 dígitos, como 3-101-123456.")
        known = digits[:4] in LEGAL_CLASSES
        return Identification(code, digits, None if known else f"No se conoce la clase jurídica {digits[:4]}.")
    if code == DIMEX:
        if not re.fullmatch(r"1\d{10,11}", digits):
            raise IdentificationError("Un DIMEX tiene 11 o 12 dígitos y empieza con 1.")
        return Identification(code, digits)
    if not re.fullmatch(r"\d{10}", digits):
        raise IdentificationError("Un NITE tiene 10 dígitos.")
    return Identification(NITE, digits)


def _type_of(digits: str) -> str:
    match len(digits):
        case 9:
            return PHYSICAL
        case 10:
            return LEGAL if digits[0] in "2345" else NITE
        case 11 | 12:
            return DIMEX
    raise IdentificationError(
        f"Tiene {len(digits)} dígitos: una cédula física tiene 9, una jurídica 10 y un DIMEX 11 o 12."
    )
