"""A column by its distinct values: each text is read once, however often it stands in the file."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.model import ColumnReading

Indices: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]

DECIMAL = pa.decimal128(28, 8)
INSTANT = pa.timestamp("us", "UTC")

# Texts of a column that tell whether its texts repeat.
_LOOKED_AT = 10_000

# Control characters but tab and newline; byte-order, zero-width and direction marks. PostgreSQL refuses NUL.
_INVISIBLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{feff}\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}]"
_SPACES = r"[ \t\p{Zs}]+"
_UNTIDY = rf"{_INVISIBLE}|\r|[\t\p{{Zs}}]{{2,}}|[\x{{a0}}\x{{2000}}-\x{{200a}}\x{{202f}}\t]|^\s|\s$"


@dataclass(frozen=True)
class Problem:
    """What is wrong with one text. `kept`: the value was read all the same, and this is a note on it."""

    code: str
    message: str
    suggestion: str | None = None
    kept: bool = False


@dataclass(frozen=True)
class Distinct:
    """The distinct texts of a column, and which row has which.

    `values` has no nulls; `codes` gives for each row the place of its value there, -1 where the cell is empty. A column
    that a workbook typed (numbers, instants, booleans) keeps its type, one value a row.
    """

    values: pa.Array
    codes: Indices
    weights: Indices
    # Whether the values stand as the rows do, one each.
    in_order: bool = False

    def spread(self, read: pa.Array) -> pa.Array:
        """One value a row, from one value a distinct text."""
        if self.in_order:
            return read
        return read.take(pa.array(self.codes, mask=self.codes < 0))

    def unweighted(self, rows: Mask) -> "Distinct":
        """The same column, its values weighed without these rows."""
        counted = self.codes[(self.codes >= 0) & ~rows]
        return replace(self, weights=np.bincount(counted, minlength=len(self.values)).astype(np.int64))

    def rows_with(self, positions: Iterable[int]) -> Indices:
        """The rows that hold any of the values at these places, in order."""
        wanted = np.zeros(len(self.values) + 1, dtype=bool)
        wanted[list(positions)] = True
        return np.flatnonzero(wanted[self.codes])

    def without(self, unwanted: Mask) -> "Distinct":
        """The same column with the cells of some values empty."""
        places = np.append(np.where(unwanted, -1, np.cumsum(~unwanted) - 1), -1)
        return Distinct(self.values.filter(pa.array(~unwanted)), places[self.codes], self.weights[~unwanted])


@dataclass(frozen=True)
class Parsed:
    """The values of a Distinct read as a type: null where a text could not be read, with its problem by place."""

    values: pa.Array
    problems: dict[int, Problem] = field(default_factory=dict)
    reading: ColumnReading | None = None
    # Further columns that the same texts tell: a second phone, a currency, an identification's type.
    extra: dict[str, pa.Array] = field(default_factory=dict)


def distinct(column: pa.ChunkedArray | pa.Array) -> Distinct:
    """A column by its distinct values; cells of nothing but white space are empty."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks)
    if not is_text(whole.type):
        return _one_each(whole)
    if _mostly_distinct(whole):
        cells = _one_each(whole)
        values = tidy_texts(cells.values.cast(pa.string()))
        cells = replace(cells, values=values)
    else:
        encoded = whole.dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        values = tidy_texts(encoded.dictionary.cast(pa.string()))
        cells = Distinct(values, codes, np.bincount(codes[codes >= 0], minlength=len(values)).astype(np.int64))
    blank = mask_of(pc.equal(values, ""))
    return cells.without(blank) if blank.any() else cells


def tidy_texts(values: pa.Array) -> pa.Array:
    """Texts without invisible characters, with single ordinary spaces and no space around them; newlines stay."""
    if not pc.any(pc.match_substring_regex(values, _UNTIDY)).as_py():
        return values
    values = pc.replace_substring_regex(values, r"\r\n?", "\n")
    values = pc.replace_substring_regex(values, _INVISIBLE, "")
    values = pc.replace_substring_regex(values, _SPACES, " ")
    return pc.utf8_trim_whitespace(values)


def as_text(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """A typed column as a person would write its cells: 17850 and not 17850.0, days in ISO order."""
    kind = column.type
    if is_text(kind):
        return column
    if pa.types.is_floating(kind):
        exact = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), 1e15))
        whole = pc.if_else(exact, column, 0.0).cast(pa.int64()).cast(pa.string())
        return pc.if_else(exact, whole, column.cast(pa.string()))
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "sí", "no")
    if pa.types.is_timestamp(kind):
        text = pc.strftime(column.cast(pa.timestamp("s"), safe=False), "%Y-%m-%d %H:%M:%S")
        return pc.replace_substring_regex(text, " 00:00:00$", "")
    return column.cast(pa.string())


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds the file's own text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def mask_of(flags: pa.Array | pa.ChunkedArray) -> Mask:
    """Arrow booleans as numpy's; null is false."""
    result: Mask = pc.fill_null(flags, False).to_numpy(zero_copy_only=False).astype(bool)
    return result


def matches(values: pa.Array, pattern: str) -> Mask:
    """Which texts a pattern (RE2) is found in."""
    return mask_of(pc.match_substring_regex(values, pattern))


def nulls(length: int, kind: pa.DataType) -> pa.Array:
    """So many empty values of a type."""
    return pa.nulls(length, kind)


def _mostly_distinct(whole: pa.Array) -> bool:
    """Whether looking for repeated texts is not worth its time: keys, names, amounts of a long file."""
    step = len(whole) // _LOOKED_AT
    if step < 2:
        return False
    some = whole.take(pa.array(np.arange(0, len(whole), step)))
    return bool(pc.count_distinct(some).as_py() > 0.8 * len(some))


def _one_each(whole: pa.Array) -> Distinct:
    """Every row with a value of its own."""
    if not whole.null_count:
        places = np.arange(len(whole), dtype=np.int64)
        return Distinct(whole, places, np.ones(len(whole), dtype=np.int64), in_order=True)
    valid = mask_of(whole.is_valid())
    codes = np.full(len(whole), -1, dtype=np.int64)
    values = whole.drop_null()
    codes[valid] = np.arange(len(values))
    return Distinct(values, codes, np.ones(len(values), dtype=np.int64))
