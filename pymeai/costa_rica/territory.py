"""Costa Rica's provinces. A code is P, PCC or PCCDD; the five digits are the postal code as well."""

import re

from pymeai.costa_rica.text import fold

PROVINCES: dict[str, str] = {
    "1": "San José",
    "2": "Alajuela",
    "3": "Cartago",
    "4": "Heredia",
    "5": "Guanacaste",
    "6": "Puntarenas",
    "7": "Limón",
}
"""Code -> name."""

_BY_NAME = {fold(name): code for code, name in PROVINCES.items()} | {
    "sj": "1",
    "s.j.": "1",
    "s.j": "1",
    "s. jose": "1",
    "sn jose": "1",
    "gte": "5",
    "guana": "5",
    "punta arenas": "6",
    "puerto limon": "7",
}


def match_province(text: str) -> str | None:
    """The province's code, from its name with or without accents, its code, or a postal code of five digits."""
    plain = re.sub(r"^(?:provincia|prov\.?)\s*(?:de\s+)?:?\s*", "", fold(text)).strip(" .,")
    if plain.isdecimal():
        code = plain.lstrip("0") if len(plain) <= 2 else plain[0] if len(plain) == 5 else ""
        return code if code in PROVINCES else None
    return _BY_NAME.get(plain) or _BY_NAME.get(plain.removesuffix(", costa rica").strip())


def province_name(code: str | None) -> str | None:
    """The name of the province of any code of the territory."""
    return PROVINCES.get(code[0]) if code else None
