"""Numbers and amounts of a whole column: which mark its decimals have is asked of all cells at once."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.cleaning.column import DECIMAL, Indices, Mask, Parsed, Problem, is_text, mask_of, matches
from ingest.model import ColumnReading
from pymeai.costa_rica.money import Amount, DecimalMark, parse_amount

COMMA_READING = "1.234,50"
POINT_READING = "1,234.50"
PLAIN_READING = "1234"
FRACTION_READING = "fracción"
POINTS_READING = "porcentaje"

_MARKS: dict[str, DecimalMark] = {COMMA_READING: ",", POINT_READING: "."}
LIMIT = Decimal(10) ** 13
"""Amounts reach 13 digits before the decimals: what the database keeps."""

_PLAIN = r"^[+-]?\d{1,13}(\.\d{1,8})?$"
_COLONES = r"(?i)[₡¢]|crc|colon"
EUROS = re.compile(r"€|(?<![a-z])eur(?:os?)?(?![a-z])", re.IGNORECASE)
"""What says that an amount is in euros: no rate of theirs is known, and no record holds them."""
_SCALED = r"(?i)\d ?(k|m|mm|mil|miles|rojos?|tejas?|mill[oó]n(es)?|mel[oó]n(es)?)\b"
_STRICT: dict[DecimalMark, str] = {
    ".": r"^[+-]?(\d{1,3}(,\d{3}){1,3}|\d{1,3}( \d{3}){1,3}|\d{1,13})(\.\d{1,8})?$",
    ",": r"^[+-]?(\d{1,3}(\.\d{3}){1,3}|\d{1,3}( \d{3}){1,3}|\d{1,13})(,\d{1,8})?$",
}
# "Novecientos noventa y nueve mil millones de colones" and then some.
_LONGEST = 200
# How much more frequent thousands must be for a stray decimal to refute nothing.
_STRAY = 50

_NOT_A_NUMBER = Problem("not_a_number", "No es un número.", "Escriba solo la cifra, por ejemplo 1500 o 1.500,50.")
_EUROS = Problem(
    "unknown_currency",
    "El monto está en euros, y aquí se llevan colones y dólares.",
    "Páselo a colones o a dólares.",
)
_TOO_LARGE = Problem("number_too_large", "El número es demasiado grande.", "Revise si tiene cifras de más.")
_INFINITE = Problem("not_a_number", "La celda tiene un error de la hoja de cálculo.", "Corrija la fórmula.")


@dataclass(frozen=True)
class _Evidence:
    """Rows whose text shows a decimal point, a decimal comma, or groups of three that could be either."""

    point: int
    comma: int
    one_point: int
    one_comma: int
    separated: int


def read_numbers(
    values: pa.Array,
    weights: Indices,
    *,
    column: str,
    chosen: str | None = None,
    percent: bool = False,
) -> Parsed:
    """Texts (or a typed column's floats) as decimal128(28, 8).

    `extra` has "currency" (CRC or USD where the cell says it) and "percent" (whether the cell had a % sign, which is
    refused unless `percent`). `chosen` is a reading of ColumnReading, where somebody answered the question.
    """
    if pa.types.is_floating(values.type):
        return _from_floats(values)
    if not is_text(values.type):
        return Parsed(pa.nulls(len(values), DECIMAL), dict.fromkeys(range(len(values)), _NOT_A_NUMBER))
    texts, percents = _without_percent(values) if percent else (values, None)
    mark, reading = _infer(texts, weights, column, chosen)
    # What has no weight is a workbook's own figure: no answer about the texts refuses it.
    parsed = _parse(texts, mark, strict=(weights > 0) & (chosen in _MARKS))
    extra = dict(parsed.extra)
    if percents is not None:
        extra["percent"] = percents
    return Parsed(parsed.values, parsed.problems, reading, extra)


def decimals_of(numbers: list[Decimal | None]) -> pa.Array:
    """Python decimals as decimal128(28, 8), rounded half to even."""
    quantum = Decimal(1).scaleb(-8)
    rounded = [None if n is None else n.quantize(quantum, rounding=ROUND_HALF_EVEN) for n in numbers]
    return pa.array(rounded, DECIMAL)


def _from_floats(values: pa.Array) -> Parsed:
    finite = mask_of(pc.is_finite(values))
    small = mask_of(pc.less(pc.abs(values), float(LIMIT)))
    problems = dict.fromkeys(np.flatnonzero(~finite).tolist(), _INFINITE)
    problems |= dict.fromkeys(np.flatnonzero(finite & ~small).tolist(), _TOO_LARGE)
    good = pc.if_else(pa.array(finite & small), values, pa.scalar(None, values.type))
    return Parsed(_exact(good), problems)


def _exact(floats: pa.Array) -> pa.Array:
    """Floats as the decimals that they stand for: 211696165.93 and not 211696165.93000001.

    A spreadsheet keeps fifteen digits, so that from ten million on fewer than eight decimals are told.
    """
    result = pc.round(floats, 8).cast(DECIMAL)
    for places in range(7, 1, -1):
        large = pc.greater_equal(pc.abs(floats), 10.0 ** (14 - places))
        if not pc.any(large).as_py():
            break
        told = pc.round(floats, places).cast(pa.decimal128(28, places)).cast(DECIMAL)
        result = pc.if_else(large, told, result)
    return result


def _without_percent(values: pa.Array) -> tuple[pa.Array, pa.Array]:
    signed = pc.match_substring_regex(values, r"%$")
    return pc.replace_substring_regex(values, r"\s*%$", ""), signed


def _infer(
    values: pa.Array, weights: Indices, column: str, chosen: str | None
) -> tuple[DecimalMark | None, ColumnReading]:
    """The decimal mark of the column (None: each text for itself), and what to say of it."""
    if chosen in _MARKS:
        return _MARKS[chosen], ColumnReading(column, chosen)
    evidence = _evidence(values, weights)
    both = [COMMA_READING, POINT_READING]
    if evidence.point and evidence.comma:
        mark: DecimalMark = "." if evidence.point >= evidence.comma else ","
        reading = POINT_READING if mark == "." else COMMA_READING
        question = (
            f"«{column}» mezcla decimales con punto ({evidence.point} celdas) y con coma ({evidence.comma}). "
            f"Las dudosas se leen como la mayoría: {reading}."
        )
        return mark, ColumnReading(column, reading, ambiguous=True, question=question, alternatives=both)
    if evidence.point or evidence.comma:
        mark = "." if evidence.point else ","
        grouped = evidence.one_point if mark == "." else evidence.one_comma
        if grouped <= _STRAY * max(evidence.point, evidence.comma):
            return mark, ColumnReading(column, POINT_READING if mark == "." else COMMA_READING)
        other: DecimalMark = "," if mark == "." else "."
        reading = COMMA_READING if other == "," else POINT_READING
        return other, ColumnReading(column, reading, ambiguous=True, question=_ask(column, mark), alternatives=both)
    if not evidence.separated:
        return None, ColumnReading(column, PLAIN_READING)
    return _infer_groups(column, evidence, values, weights)


def _infer_groups(
    column: str, evidence: _Evidence, values: pa.Array, weights: Indices
) -> tuple[DecimalMark | None, ColumnReading]:
    """Groups of three and nothing else: thousands; said to be so unless the cells without a mark confirm it."""
    if evidence.one_point and evidence.one_comma:
        question = f"«{column}» tiene cifras como 1.500 y como 1,500. Ambas se leen como mil quinientos."
        reading = ColumnReading(
            column, COMMA_READING, ambiguous=True, question=question, alternatives=[COMMA_READING, POINT_READING]
        )
        return None, reading
    mark: DecimalMark = "," if evidence.one_point else "."
    bare = int(weights[matches(values, r"^\D*\d{4,}\D*$")].sum())
    small = int(weights[matches(values, r"^\D*\d{1,3}\D*$")].sum())
    confirmed = bare == 0 and small > 0 and evidence.separated >= 20
    alternatives = [COMMA_READING, POINT_READING]
    name = COMMA_READING if mark == "," else POINT_READING
    if confirmed:
        return mark, ColumnReading(column, name)
    question = _ask(column, "." if evidence.one_point else ",")
    return mark, ColumnReading(column, name, ambiguous=True, question=question, alternatives=alternatives)


def _ask(column: str, mark: DecimalMark) -> str:
    return (
        f"En «{column}», ¿1{mark}500 es mil quinientos o uno y medio? "
        "Se lee mil quinientos: tres cifras después del signo son miles."
    )


def _evidence(values: pa.Array, weights: Indices) -> _Evidence:
    def rows(mask: Mask) -> int:
        return int(weights[mask].sum())

    if matches(values, _PLAIN).all():
        marked = matches(values, r"\.")
        either = matches(values, r"^[+-]?[1-9]\d{0,2}\.\d{3}$")
        return _Evidence(rows(marked & ~either), 0, rows(either), 0, rows(marked))
    # "1.5 M" in a column of colones says nothing of the marks of its neighbours.
    told = pc.if_else(pc.match_substring_regex(values, _SCALED), "", values)
    cores = pc.replace_substring_regex(told, r"[^\d.,]", "")
    # The full stop of "c." or "US." is no decimal mark.
    cores = pc.utf8_trim(cores, ".,")
    # Nobody writes thousandths of a colón: beside its sign, three digits are thousands.
    colones = matches(values, _COLONES)
    one_point = matches(cores, r"^[1-9]\d{0,2}\.\d{3}$")
    one_comma = matches(cores, r"^[1-9]\d{0,2},\d{3}$")
    several_points = matches(cores, r"^[1-9]\d{0,2}(\.\d{3}){2,}(,\d+)?$")
    several_commas = matches(cores, r"^[1-9]\d{0,2}(,\d{3}){2,}(\.\d+)?$")
    point = (matches(cores, r"^(\d{1,3}(,\d{3})+|\d+)\.\d+$") & ~one_point) | (one_comma & colones)
    comma = (matches(cores, r"^(\d{1,3}(\.\d{3})+|\d+),\d+$") & ~one_comma) | (one_point & colones)
    one_point &= ~colones
    one_comma &= ~colones
    separated = one_point | one_comma | several_points | several_commas | point | comma
    return _Evidence(
        rows(point | several_commas), rows(comma | several_points), rows(one_point), rows(one_comma), rows(separated)
    )


def _parse(values: pa.Array, mark: DecimalMark | None, *, strict: Mask) -> Parsed:
    """Every text under a decimal mark. Where not `strict`, a text that can only be meant the other way is read so."""
    count = len(values)
    if mark != "," and matches(values, _PLAIN if mark else r"^[+-]?\d{1,13}$").all():
        return Parsed(values.cast(DECIMAL), {}, None, {"currency": pa.nulls(count, pa.string())})
    symbol = pc.extract_regex(values, r"^(?P<symbol>[₡¢$]) ?-?\d")
    bare = pc.replace_substring_regex(values, r"^[₡¢$] ?", "")
    plain = matches(bare, _STRICT[mark] if mark else _PLAIN)
    if mark is None:
        # Without a mark only whole numbers are beyond doubt.
        plain &= ~matches(bare, r"\.")
    texts = pc.if_else(pa.array(plain), bare, pa.scalar(None, pa.string()))
    texts = pc.replace_substring_regex(texts, r"[ +]" if mark is None else f"[ +{'.' if mark == ',' else ','}]", "")
    if mark == ",":
        texts = pc.replace_substring(texts, ",", ".")
    numbers = texts.cast(DECIMAL)
    signs = symbol.field(0)
    currency = pc.if_else(
        pc.equal(signs, "$"),
        "USD",
        pc.if_else(pc.is_in(signs, pa.array(["₡", "¢"])), "CRC", pa.scalar(None, pa.string())),
    )
    rest = np.flatnonzero(~plain)
    if not len(rest):
        return Parsed(numbers, {}, None, {"currency": currency})
    return _parse_rest(values, rest, numbers, currency, mark, strict=strict, count=count)


def _parse_rest(
    values: pa.Array,
    rest: Indices,
    numbers: pa.Array,
    currency: pa.Array,
    mark: DecimalMark | None,
    *,
    strict: Mask,
    count: int,
) -> Parsed:
    problems: dict[int, Problem] = {}
    read: list[Decimal | None] = []
    currencies: list[str | None] = []
    for place, text in zip(rest.tolist(), values.take(pa.array(rest)).to_pylist(), strict=True):
        amount = _one(text, mark, strict=bool(strict[place]))
        if amount is None:
            problems[place] = _EUROS if EUROS.search(text) else _NOT_A_NUMBER
        elif abs(amount.value) >= LIMIT:
            problems[place], amount = _TOO_LARGE, None
        read.append(None if amount is None else amount.value)
        currencies.append(None if amount is None else amount.currency)
    # Place of each text in the concatenation of those read at once and those read one by one.
    places = np.arange(count)
    places[rest] = count + np.arange(len(rest))
    order = pa.array(places)
    numbers = pa.concat_arrays([numbers, decimals_of(read)]).take(order)
    currency = pa.concat_arrays([currency, pa.array(currencies, pa.string())]).take(order)
    return Parsed(numbers, problems, None, {"currency": currency})


def _one(text: str, mark: DecimalMark | None, *, strict: bool) -> Amount | None:
    if len(text) > _LONGEST:
        return None
    amount = parse_amount(text, mark)
    if amount is None and mark is not None and not strict:
        amount = parse_amount(text)
    return amount
