"""Amounts as Costa Ricans write and read them."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from pymeai.costa_rica.text import fold, tidy

DecimalMark = Literal[".", ","]

SYMBOLS = {"CRC": "₡", "USD": "$"}

_NBSP = "\u00a0"
# Of both scripts: U+20A1 is the colon, U+00A2 the cent that keyboards offer for it.
_CURRENCY = re.compile(
    r"(?P<crc>[₡¢]|(?<![a-z])(?:crc|colon(?:es)?)(?![a-z]))"
    r"|(?P<usd>(?<![a-z])u\.?s\.?d?\.?\s*\$|\$\s*u\.?s\.?d?(?![a-z])|\$|(?<![a-z])(?:usd|dolar(?:es)?)(?![a-z]))"
)


# One kind of thousands mark a number, and groups of three between them. Digits are 0 to 9, never another script's.
def _grouped(mark: str, thousands: str) -> re.Pattern[str]:
    separator = rf"[{re.escape(thousands)}'’ ]"
    return re.compile(
        rf"^(?P<whole>[0-9]{{1,3}}(?P<mark>{separator})[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*|[0-9]*)"
        rf"(?:{re.escape(mark)}(?P<fraction>[0-9]+))?$"
    )


_GROUPED: dict[DecimalMark, re.Pattern[str]] = {".": _grouped(".", ","), ",": _grouped(",", ".")}
_SCIENTIFIC = re.compile(r"^[0-9](?:\.(?P<fraction>[0-9]+))?[eE](?P<exponent>[+-]?[0-9]{1,2})$")
# "M" and "MM" are millions here, never thousands.
_SCALES = {
    "k": 1_000,
    "mil": 1_000,
    "miles": 1_000,
    "rojo": 1_000,
    "rojos": 1_000,
    "teja": 100,
    "tejas": 100,
    "m": 1_000_000,
    "mm": 1_000_000,
    "millon": 1_000_000,
    "millones": 1_000_000,
    "melon": 1_000_000,
    "melones": 1_000_000,
}
_NUMBER = re.compile(r"^(?P<number>[0-9.,'’ ]*[0-9])\s*(?P<scale>[a-z]+(?: de)?)?$")
_UNITS = {
    word: Decimal(value)
    for value, words in enumerate(
        (
            *("cero", "un uno una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once"),
            *("doce", "trece", "catorce", "quince", "dieciseis", "diecisiete", "dieciocho", "diecinueve", "veinte"),
            *("veintiun veintiuno veintiuna", "veintidos", "veintitres", "veinticuatro", "veinticinco", "veintiseis"),
            *("veintisiete", "veintiocho", "veintinueve"),
        )
    )
    for word in words.split()
}
_TENS = {"treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90}
_HUNDREDS = {
    "cien": 100,
    "ciento": 100,
    "doscientos": 200,
    "trescientos": 300,
    "cuatrocientos": 400,
    "quinientos": 500,
    "seiscientos": 600,
    "setecientos": 700,
    "ochocientos": 800,
    "novecientos": 900,
}
_HUNDREDS |= {word[:-2] + "as": value for word, value in _HUNDREDS.items() if word.endswith("os")}
_WORDS: dict[str, Decimal | int] = {**_UNITS, **_TENS, **_HUNDREDS, "medio": Decimal("0.5"), "media": Decimal("0.5")}

MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "setiembre",
    "octubre",
    "noviembre",
    "diciembre",
)


@dataclass(frozen=True)
class Amount:
    """A number and, where the text says it, its currency (CRC or USD)."""

    value: Decimal
    currency: str | None = None


def parse_amount(text: str, decimal: DecimalMark | None = None) -> Amount | None:
    """The amount that one text says, or None where it says none.

    `decimal` is the column's decimal mark. Without it the text decides for itself, and three digits after a single
    mark are thousands ("1.500" is 1500), as people write here.
    """
    plain = fold(text).replace("\u2212", "-")
    currency: str | None = None
    match = _CURRENCY.search(plain)
    if match:
        currency = "CRC" if match["crc"] else "USD"
        plain = (plain[: match.start()] + " " + plain[match.end() :]).strip()
        if _CURRENCY.search(plain) and _currency_of(plain) != currency:
            return None
        plain = _CURRENCY.sub(" ", plain).strip()
    unsigned, negative = _without_sign(plain)
    if not unsigned:
        return None
    value = _scaled(unsigned, decimal)
    if value is None:
        return None
    return Amount(-value if negative else value, currency)


def parse_number(text: str, decimal: DecimalMark | None = None) -> Decimal | None:
    """A number without scale, words or currency: digits, thousands in groups of three and a decimal mark."""
    compact = tidy(text)
    if compact.isascii() and compact.isdigit():
        return Decimal(compact)
    scientific = _SCIENTIFIC.match(compact)
    if scientific:
        # 5.1E+05 has lost its last digits on the way: no amount. 1E-05 and 5.10432E+05 have them all.
        lossless = int(scientific["exponent"]) <= len(scientific["fraction"] or "")
        return Decimal(compact) if lossless else None
    match = _GROUPED[decimal or decimal_mark(compact)].match(compact)
    if match is None or not (match["whole"] or match["fraction"]):
        return None
    whole = re.sub(r"\D", "", match["whole"])
    return Decimal(f"{whole or '0'}.{match['fraction']}") if match["fraction"] else Decimal(whole)


def decimal_mark(text: str) -> DecimalMark:
    """The decimal mark that a single number's text gives away; thousands win where both readings are possible."""
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        return "," if text.rfind(",") > text.rfind(".") else "."
    if not dots and not commas:
        return "."
    mark: DecimalMark = "." if dots else ","
    other: DecimalMark = "," if dots else "."
    if dots + commas > 1:
        return other
    before, _, after = text.partition(mark)
    grouped = len(after) == 3 and 1 <= len(before) <= 3 and not before.startswith("0")
    return other if grouped else mark


def format_number(value: Decimal | float, decimals: int | None = None) -> str:
    """1 234,5: no-break spaces between thousands, a decimal comma; as many decimals as the value has, unless told."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if not exact.is_finite():
        return "—"
    if decimals is not None:
        exact = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    sign = "-" if exact < 0 else ""
    whole, _, fraction = f"{abs(exact):,f}".partition(".")
    if decimals is None:
        fraction = fraction.rstrip("0")
    return f"{sign}{whole.replace(',', _NBSP)}{',' + fraction if fraction else ''}"


def format_money(value: Decimal | float, currency: str = "CRC", decimals: int = 2) -> str:
    """₡1 234 567,50 or $1 234,50, with U+00A0 between thousands; a currency we do not know keeps its code."""
    number = format_number(value, decimals)
    sign, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
    symbol = SYMBOLS.get(currency, f"{currency}{_NBSP}")
    return f"{sign}{symbol}{digits}"


def format_percent(fraction: Decimal | float, decimals: int = 1) -> str:
    """12,5 % of the fraction 0.125."""
    return f"{format_number(Decimal(str(fraction)) * 100, decimals)}{_NBSP}%"


def format_date(day: date, style: Literal["short", "long"] = "short") -> str:
    """05/09/2026, or 5 de setiembre de 2026 (Costa Rica's spelling)."""
    if style == "short":
        return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"
    return f"{day.day} de {MONTHS[day.month - 1]} de {day.year}"


def _currency_of(plain: str) -> str | None:
    match = _CURRENCY.search(plain)
    return None if match is None else ("CRC" if match["crc"] else "USD")


def _without_sign(plain: str) -> tuple[str | None, bool]:
    """The text without its one sign: (500), -500, 500- or +500. None: signs that contradict each other."""
    negative = False
    if plain.startswith("(") and plain.endswith(")"):
        plain, negative = plain[1:-1].strip(), True
    if plain.startswith("-") or plain.endswith("-"):
        if negative or (plain.startswith("-") and plain.endswith("-")):
            return None, False
        plain, negative = plain.strip("-").strip(), True
    elif plain.startswith("+"):
        plain = plain[1:].strip()
    return plain, negative


def _scaled(plain: str, decimal: DecimalMark | None) -> Decimal | None:
    match = _NUMBER.match(plain)
    if match is None:
        return parse_number(plain, decimal) if _SCIENTIFIC.match(plain) else _from_words(plain)
    scale_word = (match["scale"] or "").removesuffix(" de")
    if not scale_word:
        return parse_number(match["number"], decimal)
    scale = _SCALES.get(scale_word)
    if scale is None:
        return None
    number = match["number"].strip()
    # 1.500 M is one and a half million: nobody writes thousands of millions so.
    single = number.count(".") + number.count(",") == 1
    mark: DecimalMark | None = decimal
    if single and scale == 1_000_000:
        mark = "." if "." in number else ","
    value = parse_number(number, mark)
    return None if value is None else value * scale


def _from_words(plain: str) -> Decimal | None:
    """Numbers in words up to the millions: "cinco rojos", "ciento veinte mil", "dos millones"."""
    total, current, seen = Decimal(0), Decimal(0), False
    for word in plain.split():
        if word in ("y", "de"):
            continue
        if word in _WORDS:
            current += _WORDS[word]
        elif word in _SCALES and len(word) > 2:
            total += (current or 1) * _SCALES[word]
            current = Decimal(0)
        else:
            return None
        seen = True
    return total + current if seen else None
