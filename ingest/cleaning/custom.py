"""What a custom field's column holds: yes and no, dates, numbers, or just text."""

import re
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from ingest.cleaning.choices import is_boolean, read_booleans
from ingest.cleaning.column import Distinct, Parsed, is_text, matches
from ingest.cleaning.dates import read_dates
from ingest.cleaning.numbers import read_numbers
from pymeai.costa_rica.text import fold

# What nobody writes but to say yes or no. The rest of the vocabulary may mean something else: 1 and 0 are numbers too,
# «activo» is a state, S a size.
_YES_NO = frozenset(["si", "no", "yes", "true", "false", "verdadero", "falso", "x", "✓", "✔"])
# More ways of writing them than a column has: capitals, accents, spaces.
_YES_NO_VALUES = 200
_PAIRS = (frozenset(["s", "n"]), frozenset(["y", "n"]))
_DATE_LIKE = r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b|\d.*[a-z]{3}.*\d{2}"
_NUMBER_LIKE = r"^[-+(]?[₡$¢]? ?-?\d[\d.,' ]*[)-]?$"
# Numbers that nobody adds up.
_CODE_HEADER = re.compile(
    r"(?:^|[\s_.-])(?:id|cod|codigo|code|zip|postal|cp|tel|telefono|phone|cedula|placa|serie|serial|cuenta|"
    r"referencia|ref|nro|no|num|numero|number|key|sku|year|ano|anio|folio|lote|expediente)(?:$|[\s_.-])"
)


def read_custom(cells: Distinct, *, column: str, chosen: str | None, this_year: int) -> Parsed:
    """A custom field's cells as booleans, instants or decimals where every one of them is; as text otherwise.

    One cell that does not fit makes the column text: in a field of one's own nothing is refused.
    """
    values = cells.values
    if not is_text(values.type):
        return _typed(cells, column, this_year)
    read = _read_text(cells, column, chosen, this_year) if len(values) else None
    return Parsed(values) if read is None or read.problems else replace(read, extra={})


def _typed(cells: Distinct, column: str, this_year: int) -> Parsed:
    if pa.types.is_timestamp(cells.values.type):
        return read_dates(cells.values, cells.weights, column=column, this_year=this_year)
    if pa.types.is_floating(cells.values.type):
        return read_numbers(cells.values, cells.weights, column=column)
    return Parsed(cells.values)


def _read_text(cells: Distinct, column: str, chosen: str | None, this_year: int) -> Parsed | None:
    """The texts as the type that all of them seem to be, if there is one."""
    values = cells.values
    lowered = pc.utf8_lower(values)
    if _says_yes_or_no(values):
        return read_booleans(values)
    if not is_code(column) and matches(values, _NUMBER_LIKE).all() and not _looks_like_codes(values):
        return read_numbers(values, cells.weights, column=column, chosen=chosen)
    if matches(lowered, _DATE_LIKE).all():
        return read_dates(values, cells.weights, column=column, chosen=chosen, this_year=this_year)
    return None


def _says_yes_or_no(values: pa.Array) -> bool:
    """Whether every value means yes or no, and at least one of them can mean nothing else."""
    if len(values) > _YES_NO_VALUES:
        return False
    words = {fold(text) for text in values.to_pylist()}
    sure = words & _YES_NO or any(pair <= words for pair in _PAIRS)
    return bool(sure) and all(is_boolean(word) for word in words)


def is_code(column: str) -> bool:
    """Whether a header names a code, whose digits are text."""
    return _CODE_HEADER.search(fold(column)) is not None


def _looks_like_codes(values: pa.Array) -> bool:
    """Leading zeros, long digits without a mark, or digits of five and more that are all of one length."""
    if matches(values, r"^0\d").any() or matches(values, r"^\d{11,}$").any():
        return True
    lengths = pc.unique(pc.utf8_length(values))
    return len(values) > 1 and len(lengths) == 1 and lengths[0].as_py() >= 5 and bool(matches(values, r"^\d+$").all())
