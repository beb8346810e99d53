"""Values for a custom field that exists already: what people wrote, read as the field's type says.

The importer reads a file's column with it, and the API the stored values of a field whose type is to change. What a value
must be is decided in pymeai.custom_fields; how people write numbers, dates, yes and no is known here.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingest.cleaning.choices import read_booleans
from ingest.cleaning.column import Parsed, tidy_texts
from ingest.cleaning.dates import COSTA_RICA_OFFSET, read_dates
from ingest.cleaning.numbers import read_numbers
from pymeai.costa_rica.text import fold
from pymeai.custom_fields.definition import FieldDefinition
from pymeai.custom_fields.values import WrongValue, stored_value

_DOMAIN = re.compile(r"^(?:www\.)?[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.[a-z]{2,24}(?:/\S*)?$", re.IGNORECASE)


@dataclass(frozen=True)
class ReadValue:
    """What a value is stored as, or why it is none of the field's."""

    stored: Any = None
    problem: str | None = None


def read_values(
    definition: FieldDefinition, values: Sequence[Any], *, weights: Sequence[int] | None = None, this_year: int
) -> list[ReadValue]:
    """Distinct values (JSON scalars, none of them null) as values of the field, each in its place.

    `weights` says how many records have each: the decimal mark of "1.500" is asked of all of them together.
    """
    counts = np.asarray(weights if weights is not None else [1] * len(values), dtype=np.int64)
    column = _Column(definition, values, [text_of(value) for value in values], counts, this_year)
    read = _READERS.get(definition.field_type, _texts)(column)
    return [_judged(definition, *each) for each in read]


def as_option(definition: FieldDefinition, text: str) -> str:
    """The option of a list that a text means, in spite of capitals and accents; the text where it means none."""
    if text in definition.options:
        return text
    plain = fold(text)
    return next((option for option in definition.options if fold(option) == plain), text.strip())


def with_scheme(text: str) -> str:
    """An address as it is stored: `www.ejemplo.cr` has its https:// before it."""
    return f"https://{text.strip()}" if _DOMAIN.match(text.strip()) else text


def text_of(value: Any) -> str:
    """A JSON scalar as a person would write it."""
    if isinstance(value, bool):
        return "Sí" if value else "No"
    if isinstance(value, Decimal | float | int):
        number = value if isinstance(value, Decimal) else Decimal(str(value))
        return f"{number.to_integral_value():f}" if number == number.to_integral_value() else f"{number.normalize():f}"
    return str(value)


@dataclass(frozen=True)
class _Column:
    """The values to read, as they are and as texts, and how many records have each."""

    definition: FieldDefinition
    values: Sequence[Any]
    texts: list[str]
    weights: npt.NDArray[np.int64]
    this_year: int


_Pairs = list[tuple[Any, str | None]]
"""Each value read, or what kept it from being read."""


def _numbers(column: _Column) -> _Pairs:
    if any(isinstance(value, str) for value in column.values):
        return _pairs(read_numbers(_tidy(column.texts), column.weights, column=column.definition.label))
    return [(None, "No es un número.") if isinstance(value, bool) else (value, None) for value in column.values]


def _dates(column: _Column) -> _Pairs:
    parsed = read_dates(_tidy(column.texts), column.weights, column=column.definition.label, this_year=column.this_year)
    here = parsed.values.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False) - COSTA_RICA_OFFSET
    days = np.datetime_as_string(here, unit="s").tolist()
    problems = {place: problem.message for place, problem in parsed.problems.items()}
    # A number that somebody wrote is no day: only a spreadsheet counts days so.
    problems |= {place: "No es una fecha." for place, value in enumerate(column.values) if not isinstance(value, str)}
    return [
        (None, problems[place]) if place in problems else (day.removesuffix("T00:00:00"), None)
        for place, day in enumerate(days)
    ]


def _booleans(column: _Column) -> _Pairs:
    return _pairs(read_booleans(_tidy(column.texts)))


def _options(column: _Column) -> _Pairs:
    return [(as_option(column.definition, text), None) for text in column.texts]


def _addresses(column: _Column) -> _Pairs:
    return [(with_scheme(text), None) for text in column.texts]


def _texts(column: _Column) -> _Pairs:
    return [(text, None) for text in column.texts]


_READERS: dict[str, Callable[[_Column], _Pairs]] = {
    "number": _numbers,
    "money": _numbers,
    "date": _dates,
    "boolean": _booleans,
    "dropdown": _options,
    "url": _addresses,
}


def _pairs(parsed: Parsed) -> _Pairs:
    problems = {place: problem.message for place, problem in parsed.problems.items() if not problem.kept}
    return [
        (None, problems[place]) if place in problems else (value, None)
        for place, value in enumerate(parsed.values.to_pylist())
    ]


def _tidy(texts: list[str]) -> pa.Array:
    return tidy_texts(pa.array(texts, pa.string()))


def _judged(definition: FieldDefinition, value: Any, problem: str | None) -> ReadValue:
    if problem is not None:
        return ReadValue(problem=problem)
    try:
        return ReadValue(stored_value(definition, value))
    except WrongValue as error:
        return ReadValue(problem=str(error))
