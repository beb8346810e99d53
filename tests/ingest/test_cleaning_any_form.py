"""Amounts and dates in any form that people write: read as meant, refused, or asked with the right answer offered."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.column import Parsed, distinct
from ingest.cleaning.dates import read_dates
from ingest.cleaning.numbers import read_numbers
from tests.examples import examples

Read = Callable[[list[str], str | None], tuple[list[Any], Parsed]]


FEW, MANY = examples(200), examples(10_000)

MARKS = [
    (".", ","),
    (",", "."),
    (" ", ","),
    (" ", "."),
    ("\u00a0", ","),
    ("\u202f", ","),
    ("", ","),
    ("", "."),
    ("'", "."),
]
CURRENCIES = [
    "{}",
    "₡{}",
    "₡ {}",
    "¢{}",
    "{} ₡",
    "CRC {}",
    "{} CRC",
    "{} colones",
    "${}",
    "$ {}",
    "USD {}",
    "{} USD",
    "US${}",
]


@st.composite
def amounts(draw: st.DrawFn) -> tuple[list[Decimal], list[str]]:
    """A column of amounts and how each of them is written: one convention, as one program or person has."""
    thousands, mark = draw(st.sampled_from(MARKS))
    currency = draw(st.sampled_from(CURRENCIES))
    negative = draw(st.sampled_from(["-{}", "({})", "{}-", "\u2212{}", "- {}"]))
    fixed = draw(st.booleans())
    # Nobody writes thousandths of money; of kilograms and hours people do.
    places = draw(st.integers(0, 2 if currency != "{}" else 4))
    largest = draw(st.sampled_from([10, 1_000, 100_000, 10**9]))
    values = draw(st.lists(st.decimals(-largest, largest, places=places, allow_nan=False), min_size=1, max_size=30))
    texts = []
    for value in values:
        whole, _, fraction = f"{abs(value):,.{places}f}".partition(".")
        if not fixed:
            fraction = fraction.rstrip("0")
        text = currency.format(whole.replace(",", thousands) + (mark + fraction if fraction else ""))
        texts.append(negative.format(text) if value < 0 else text)
    return values, texts


def read_amounts(texts: list[str], chosen: str | None) -> tuple[list[Any], Parsed]:
    cells = distinct(pa.chunked_array([texts], pa.string()))
    parsed = read_numbers(cells.values, cells.weights, column="Monto", chosen=chosen)
    return cells.spread(parsed.values).to_pylist(), parsed


def read_moments(texts: list[str], chosen: str | None) -> tuple[list[Any], Parsed]:
    cells = distinct(pa.chunked_array([texts], pa.string()))
    parsed = read_dates(cells.values, cells.weights, column="Fecha", chosen=chosen, this_year=2026)
    instants = cells.spread(parsed.values).to_pylist()
    return [value and (value - timedelta(hours=6)).replace(tzinfo=None) for value in instants], parsed


def _read_as_meant_or_asked(read: Read, meant: list[Any], texts: list[str]) -> None:
    """No cell gives another value than was meant; if one might, the question is asked and one of its answers is right."""
    found, parsed = read(texts, None)
    assert parsed.reading is not None
    if found == meant:
        return
    assert parsed.reading.ambiguous, (found, meant)
    assert parsed.reading.question
    assert parsed.reading.reading in parsed.reading.alternatives
    assert any(read(texts, answer)[0] == meant for answer in parsed.reading.alternatives)


@FEW
@given(amounts())
def test_amounts_in_any_form(column: tuple[list[Decimal], list[str]]) -> None:
    _read_as_meant_or_asked(read_amounts, *column)


@pytest.mark.torture
@MANY
@given(amounts())
def test_amounts_in_any_form_for_long(column: tuple[list[Decimal], list[str]]) -> None:
    _read_as_meant_or_asked(read_amounts, *column)


SHORT = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "set", "oct", "nov", "dic"]
LONG = [
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "setiembre", "octubre"),
    *("noviembre", "diciembre"),
]
DAYS: dict[str, Callable[[date], str]] = {
    "d/m/yyyy": lambda day: f"{day.day}/{day.month}/{day.year}",
    "dd-mm-yyyy": lambda day: f"{day.day:02d}-{day.month:02d}-{day.year}",
    "dd.mm.yyyy": lambda day: f"{day.day:02d}.{day.month:02d}.{day.year}",
    "dd/mm/yy": lambda day: f"{day.day:02d}/{day.month:02d}/{day.year % 100:02d}",
    "m/d/yyyy": lambda day: f"{day.month}/{day.day}/{day.year}",
    "mm/dd/yy": lambda day: f"{day.month:02d}/{day.day:02d}/{day.year % 100:02d}",
    "yy-mm-dd": lambda day: f"{day.year % 100:02d}-{day.month:02d}-{day.day:02d}",
    "yyyy-mm-dd": lambda day: day.isoformat(),
    "yyyy/m/d": lambda day: f"{day.year}/{day.month}/{day.day}",
    "yyyymmdd": lambda day: day.strftime("%Y%m%d"),
    "long": lambda day: f"{day.day} de {LONG[day.month - 1]} de {day.year}",
    "long, del": lambda day: f"{day.day} de {LONG[day.month - 1].title()} del {day.year}",
    "dd-mmm-yy": lambda day: f"{day.day:02d}-{SHORT[day.month - 1]}-{day.year % 100:02d}",
    "dd-mmm-yyyy": lambda day: f"{day.day:02d}-{SHORT[day.month - 1]}.-{day.year}",
    "dd/MMM/yyyy": lambda day: f"{day.day:02d}/{SHORT[day.month - 1].upper()}/{day.year}",
    "mmm d, yyyy": lambda day: f"{day:%b} {day.day}, {day.year}",
    "with weekday": lambda day: (
        f"{['lunes', 'martes', 'miércoles', 'jueves', 'viernes', 'sábado', 'domingo'][day.weekday()]}, "
        f"{day.day} de {LONG[day.month - 1]} de {day.year}"
    ),
}
HOURS: dict[str, Callable[[datetime], str]] = {
    "": lambda moment: "",
    "24": lambda moment: f" {moment:%H:%M:%S}",
    "24, short": lambda moment: f" {moment.hour}:{moment:%M}",
    "a. m.": lambda moment: f" {moment.hour % 12 or 12}:{moment:%M} {'a' if moment.hour < 12 else 'p'}. m.",
    "a.m.": lambda moment: f" {moment:%I:%M} {'a' if moment.hour < 12 else 'p'}.m.",
    "a.\u00a0m.": lambda moment: f" {moment:%I:%M:%S} {'a' if moment.hour < 12 else 'p'}.\u00a0m.",
    "PM": lambda moment: f" {moment:%I:%M %p}",
    "pm": lambda moment: f" {moment:%I:%M:%S}{'am' if moment.hour < 12 else 'pm'}",
    "T": lambda moment: f"T{moment:%H:%M}",
    "coma": lambda moment: f", {moment:%H:%M}",
}


@st.composite
def moments(draw: st.DrawFn) -> tuple[list[datetime], list[str]]:
    """A column of days or moments, and how each is written: one form, as one program or person has."""
    day_form = draw(st.sampled_from(sorted(DAYS)))
    hour_form = draw(st.sampled_from(sorted(HOURS)))
    if day_form == "yyyymmdd":
        hour_form = ""
    # Two digits that may be a year to come are taken for a day.
    last = datetime(2027 if day_form == "yy-mm-dd" else 2029, 12, 31)  # noqa: DTZ001
    found = draw(st.lists(st.datetimes(datetime(1990, 1, 1), last), min_size=1, max_size=12))  # noqa: DTZ001
    meant = []
    for moment in found:
        seconds = moment.second if "%S" in _pattern(hour_form) else 0
        kept = moment.replace(second=seconds, microsecond=0)
        meant.append(kept if hour_form else kept.replace(hour=0, minute=0))
    return meant, [DAYS[day_form](moment.date()) + HOURS[hour_form](moment) for moment in meant]


def _pattern(hour_form: str) -> str:
    return "%S" if hour_form in ("24", "a.\u00a0m.", "pm") else ""


@FEW
@given(moments())
def test_moments_in_any_form(column: tuple[list[datetime], list[str]]) -> None:
    _read_as_meant_or_asked(read_moments, *column)


@pytest.mark.torture
@MANY
@given(moments())
def test_moments_in_any_form_for_long(column: tuple[list[datetime], list[str]]) -> None:
    _read_as_meant_or_asked(read_moments, *column)
