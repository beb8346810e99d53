"""One mapped target's cells, read as the type that the target has."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.cleaning import choices, people
from ingest.cleaning.column import (
    DECIMAL,
    Distinct,
    Indices,
    Parsed,
    Problem,
    as_text,
    distinct,
    is_text,
    mask_of,
    matches,
)
from ingest.cleaning.custom import is_code, read_custom
from ingest.cleaning.dates import read_dates
from ingest.cleaning.known import judged, kind_of
from ingest.cleaning.numbers import FRACTION_READING, POINTS_READING, read_numbers
from ingest.cleaning.totals import times
from ingest.model import ColumnReading
from ingest.targets import Target
from pymeai.custom_fields.definition import FieldDefinition

# What people and spreadsheets write where there is nothing. In text only what can be nobody's name.
_NOTHING = pa.array(
    [
        *("-", "--", "---", "–", "—", ".", "n/a", "na", "n.a.", "nan", "null", "none", "nil", "#n/a"),
        *("n/d", "nd", "n.d.", "s/d", "s.d.", "s/n", "sin dato", "sin datos", "vacio", "vacío", "no", "no hay"),
        *("ninguno", "ninguna", "no tiene", "no aplica", "sin correo", "sin telefono", "sin teléfono"),
    ]
)
_NO_TEXT = pa.array(["-", "--", "---", "–", "—", "n/a", "#n/a", "n/d", "s/d"])
_ERROR_CELL = (
    r"^#¡?¿?(REF!|VALUE!|VALOR!|DIV/0!|NAME\?|NOMBRE\?|NULL!|NULO!|NUM!|NÚM!|N/D|SPILL!|DESBORDAMIENTO!|CALC!|ERROR!)$"
)
_FORMULA_ERROR = Problem(
    "spreadsheet_error", "La celda tiene un error de la hoja de cálculo.", "Corrija la fórmula o borre la celda."
)
_ROUNDED = Problem(
    "rounded_by_spreadsheet",
    "La hoja de cálculo cortó el número (notación científica).",
    "Dé formato de texto o de número sin decimales a la columna y expórtela otra vez.",
)
_NOT_A_PERCENTAGE = Problem("not_a_percentage", "El porcentaje va de 0 a 100.", "Revise la cifra.")
_NOT_WHOLE = Problem("not_whole", "No es un número entero.", "Escriba la cifra sin decimales.")

_NUMERIC = frozenset({"money", "number", "integer", "percent"})
_DATES = frozenset({"date", "datetime"})
_DIGITS_AS_TEXT = frozenset({"customer.external_id", "sale.external_key", "opportunity.external_id", "line.code"})


@dataclass(frozen=True)
class Context:
    """What reading a column needs to know besides its cells."""

    column: str
    chosen: str | None
    this_year: int
    # Which rows are figures of a workbook among texts: they say nothing of how the texts are meant.
    figures: pa.Array | None = None


@dataclass(frozen=True)
class Cells:
    """A target's cells: one value a row, and which rows have which problem."""

    values: pa.Array
    faults: list[tuple[Indices, Problem]]
    reading: ColumnReading | None
    extra: dict[str, pa.Array]


def read_cells(
    column: pa.ChunkedArray | pa.Array,
    target: Target | None,
    context: Context,
    definition: FieldDefinition | None = None,
) -> Cells:
    """Reads one column. `target` is None for a custom field: its `definition` tells the type, or, of a new one, its cells."""
    kind = target.type if target else kind_of(definition)
    typed = (
        (kind in _NUMERIC and pa.types.is_floating(column.type))
        or (kind in _DATES and (pa.types.is_floating(column.type) or pa.types.is_timestamp(column.type)))
        or (kind == "boolean" and pa.types.is_boolean(column.type))
        or (kind == "custom" and not (pa.types.is_floating(column.type) and is_code(context.column)))
    )
    cells = distinct(column if typed else as_text(column))
    if context.figures is not None and (kind in _NUMERIC or kind == "custom"):
        cells = cells.unweighted(mask_of(context.figures))
    if is_text(cells.values.type):
        cells = without_fillers(cells, kind)
    parsed = _read(cells, target, kind, context)
    if is_text(cells.values.type):
        parsed = _refuse_damaged(cells.values, parsed, target)
    if definition is not None:
        parsed = judged(definition, parsed)
    return spread(cells, parsed)


def spread(cells: Distinct, parsed: Parsed) -> Cells:
    """From one value a distinct text to one value a row."""
    by_problem: dict[Problem, list[int]] = {}
    for place, problem in parsed.problems.items():
        by_problem.setdefault(problem, []).append(place)
    faults = [(rows, problem) for problem, places in by_problem.items() if len(rows := cells.rows_with(places))]
    extra = {name: cells.spread(values) for name, values in parsed.extra.items()}
    return Cells(cells.spread(parsed.values), faults, parsed.reading, extra)


def _read(cells: Distinct, target: Target | None, kind: str, context: Context) -> Parsed:
    if kind in _NUMERIC:
        return _read_numeric(cells, target, kind, context)
    if kind in _DATES:
        return read_dates(
            cells.values, cells.weights, column=context.column, chosen=context.chosen, this_year=context.this_year
        )
    if kind == "custom":
        return read_custom(cells, column=context.column, chosen=context.chosen, this_year=context.this_year)
    if kind == "boolean":
        return choices.read_booleans(cells.values)
    return _read_text(cells.values, target, kind)


def _read_numeric(cells: Distinct, target: Target | None, kind: str, context: Context) -> Parsed:
    if kind == "percent":
        return _percentages(cells, context)
    discount = target is not None and target.name == "line.discount"
    parsed = read_numbers(cells.values, cells.weights, column=context.column, chosen=context.chosen, percent=discount)
    if discount:
        return _fractions(parsed)
    return _whole(parsed) if kind == "integer" else parsed


def _read_text(values: pa.Array, target: Target | None, kind: str) -> Parsed:
    if kind in ("phone", "identification") or (target is not None and target.name in _DIGITS_AS_TEXT):
        values = _without_point_zero(values)
    readers = {
        "phone": people.read_phones,
        "email": people.read_emails,
        "identification": people.read_identifications,
        "tags": choices.read_tags,
    }
    if kind in readers:
        return readers[kind](values)
    if target is not None and target.choices:
        return choices.read_choices(values, target)
    if target is not None and target.name == "customer.province":
        return choices.read_provinces(values)
    return Parsed(values)


def without_fillers(cells: Distinct, kind: str) -> Distinct:
    """Takes "-", "n/a" and the like for empty cells."""
    if kind == "boolean" or not len(cells.values):
        return cells
    fillers = _NO_TEXT if kind in ("text", "list", "tags", "custom") else _NOTHING
    empty = mask_of(pc.is_in(pc.utf8_lower(cells.values), fillers))
    return cells.without(empty) if empty.any() else cells


def _refuse_damaged(values: pa.Array, parsed: Parsed, target: Target | None) -> Parsed:
    """Cells with a formula's error, and keys that a spreadsheet rounded to 8.8E+07."""
    problems: dict[int, Problem] = {}
    if matches(values, "^#").any():
        problems = dict.fromkeys(np.flatnonzero(matches(values, _ERROR_CELL)).tolist(), _FORMULA_ERROR)
    keyed = target is not None and (target.name in _DIGITS_AS_TEXT or target.type in ("phone", "identification"))
    if keyed:
        rounded = matches(values, r"^\d(\.\d+)?[eE]\+\d+$")
        # "12E+3" may be a product's code; only ten digits and more are ever shown so.
        rounded &= matches(values, r"[eE]\+(0[89]|[1-9]\d)$")
        problems |= dict.fromkeys(np.flatnonzero(rounded).tolist(), _ROUNDED)
    if not problems:
        return parsed
    good = np.ones(len(values), dtype=bool)
    good[list(problems)] = False
    read = pc.if_else(pa.array(good), parsed.values, pa.scalar(None, parsed.values.type))
    return replace(parsed, values=read, problems=parsed.problems | problems)


def _without_point_zero(values: pa.Array) -> pa.Array:
    """Keys that some program wrote as 17850.0, where all of the column's are whole."""
    if matches(values, r"^\d+\.0$").any() and matches(values, r"^\d+(\.0)?$").all():
        return pc.replace_substring_regex(values, r"\.0$", "")
    return values


def _fractions(parsed: Parsed) -> Parsed:
    """Discounts: 20 % becomes 0.2, as the cells without a sign have it."""
    percents = parsed.extra.get("percent")
    if percents is None or not pc.any(percents).as_py():
        return parsed
    divided = pc.divide(parsed.values.cast(pa.decimal128(30, 10)), pa.scalar("100").cast(pa.decimal128(4, 0)))
    fractions = pc.round(divided, 8).cast(DECIMAL)
    return replace(parsed, values=pc.if_else(percents, fractions, parsed.values))


def _percentages(cells: Distinct, context: Context) -> Parsed:
    """Percent points, 0 to 100; a column of fractions (0.2) without % signs is multiplied by a hundred."""
    parsed = read_numbers(cells.values, cells.weights, column=context.column, chosen=context.chosen, percent=True)
    values, reading = parsed.values, parsed.reading
    signed = parsed.extra.get("percent")
    highest = pc.max(values).as_py()
    if highest is not None and highest <= 1 and not (signed is not None and pc.any(signed).as_py()):
        fractional = not pc.all(pc.equal(pc.round(values, 0), values)).as_py()
        fraction = context.chosen == FRACTION_READING or (fractional and context.chosen != POINTS_READING)
        question = None if fractional else f"¿El 1 de «{context.column}» es 1 % o 100 %? Se lee 1 %."
        reading = ColumnReading(
            context.column,
            FRACTION_READING if fraction else POINTS_READING,
            ambiguous=question is not None and context.chosen is None,
            question=question,
            alternatives=[FRACTION_READING, POINTS_READING] if question else [],
        )
        if fraction:
            values = times(values, pa.scalar("100").cast(DECIMAL))
    zero, hundred = pa.scalar("0").cast(DECIMAL), pa.scalar("100").cast(DECIMAL)
    possible = pc.and_(pc.greater_equal(values, zero), pc.less_equal(values, hundred))
    outside = np.flatnonzero(mask_of(pc.invert(possible)))
    values = pc.if_else(possible, values, pa.scalar(None, DECIMAL))
    return Parsed(values, parsed.problems | dict.fromkeys(outside.tolist(), _NOT_A_PERCENTAGE), reading)


def _whole(parsed: Parsed) -> Parsed:
    fractional = np.flatnonzero(mask_of(pc.not_equal(pc.round(parsed.values, 0), parsed.values)))
    whole = pc.if_else(pc.equal(pc.round(parsed.values, 0), parsed.values), parsed.values, pa.scalar(None, DECIMAL))
    problems = parsed.problems | dict.fromkeys(fractional.tolist(), _NOT_WHOLE)
    return replace(parsed, values=whole, problems=problems)
