"""Dates of a whole column: day first, as people write here, unless the column's own values refute it."""

import re
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.cleaning.column import INSTANT, Indices, Mask, Parsed, Problem, is_text, matches
from ingest.model import ColumnReading
from pymeai.clock import EARLIEST_YEAR, LATEST_YEAR
from pymeai.costa_rica.text import fold

Instants: TypeAlias = npt.NDArray[np.datetime64]

DAY_FIRST = "d/m/yyyy"
MONTH_FIRST = "m/d/yyyy"
ISO = "iso"
SWAPPED = "yyyy-dd-mm"
YEAR_FIRST = "yy-mm-dd"
SERIAL = "excel"
COMPACT = "yyyymmdd"
COMPACT_DAY_FIRST = "ddmmyyyy"
NAMED = "5 de enero de 2026"
EPOCH = "unix"

COSTA_RICA_OFFSET = np.timedelta64(6, "h")
"""What to add to the hour on Costa Rica's clocks to have UTC's."""

# 1900-03-01 and 2100-01-01 as Excel counts days; before March 1900 it counts a day that never was.
_SERIALS = (61.0, 73_051.0)
# In a column of text only five digits are a serial: four are a year.
_TEXT_SERIAL = r"^[2-7]\d{4}(\.\d+)?$"

# Fewer dates than these may all be early in their month by chance.
_SUSPICIOUS = 6

_TIME = (
    r"(?:(?:[t,]? ?)(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r" ?(?P<ap>[ap]\. ?m\.?|[ap]m)?"
    r" ?(?P<z>z|utc|gmt|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
_ISO = rf"^(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}}){_TIME}$"
_SLASHED = rf"^(?P<a>\d{{1,2}}) ?[-/. ] ?(?P<b>\d{{1,2}}) ?[-/. ] ?(?P<y>\d{{4}}|\d{{2}}){_TIME}$"
_COMPACT = r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})$"
_COMPACT_DAY_FIRST = r"^(?P<d>\d{2})(?P<m>\d{2})(?P<y>\d{4})$"
_EPOCH = r"^\d{13}$|^1\d{9}$"

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "enero ene january jan",
            "febrero feb february",
            "marzo mar march",
            "abril abr april apr",
            "mayo may",
            "junio jun june",
            "julio jul july",
            "agosto ago august aug agto",
            "setiembre septiembre set sept sep september",
            "octubre oct october",
            "noviembre nov november",
            "diciembre dic december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAY = re.compile(
    r"^(?:lun(?:es)?|mar(?:tes)?|mie(?:rcoles)?|jue(?:ves)?|vie(?:rnes)?|sab(?:ado)?|dom(?:ingo)?"
    r"|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\.?,? (?=\S)"
)
_NAMED_DAY_FIRST = re.compile(
    r"^(?P<d>\d{1,2})(?:o|°|st|nd|rd|th)?(?: de | |-|/|\.)(?P<m>[a-z]+)\.?(?: de | del | |-|/|, |\.)(?P<y>\d{4}|\d{2})(?P<rest>.*)$"
)
_NAMED_MONTH_FIRST = re.compile(
    r"^(?P<m>[a-z]+)\.?[ -/](?P<d>\d{1,2})(?:st|nd|rd|th)?(?:, ?| |-|/)(?P<y>\d{4}|\d{2})(?P<rest>.*)$"
)
_NAMED_YEAR_FIRST = re.compile(r"^(?P<y>\d{4})[ -/](?P<m>[a-z]+)\.?[ -/](?P<d>\d{1,2})(?P<rest>.*)$")
_SPLIT_TIME = re.compile(_TIME)

_NOT_A_DATE = Problem("not_a_date", "No es una fecha.", "Escriba día/mes/año, por ejemplo 31/12/2025.")
_NO_SUCH_DAY = Problem("no_such_date", "Esa fecha no existe.", "Revise el día y el mes.")
_ABSURD = Problem("absurd_date", "El año está fuera de lo posible (1900 a 2100).", "Revise el año.")
_NO_DAY = Problem("date_without_day", "La fecha no dice el día.", "Agregue el día, por ejemplo 01/12/2025.")


@dataclass
class _State:
    """The instants read so far (NaT: not yet), and what is wrong with the rest."""

    instants: Instants
    problems: dict[int, Problem]
    readings: dict[str, int]

    def put(self, places: Indices, instants: Instants, reading: str, weights: Indices) -> None:
        """Keeps what was read; a day that does not exist or an absurd year becomes a problem."""
        years = instants.astype("M8[Y]").astype(np.int64) + 1970
        missing = np.isnat(instants)
        absurd = ~missing & ((years < EARLIEST_YEAR) | (years > LATEST_YEAR))
        self.problems |= dict.fromkeys(places[missing].tolist(), _NO_SUCH_DAY)
        self.problems |= dict.fromkeys(places[absurd].tolist(), _ABSURD)
        good = ~missing & ~absurd
        self.instants[places[good]] = instants[good]
        if good.any():
            self.readings[reading] = self.readings.get(reading, 0) + int(weights[places[good]].sum())

    def pending(self) -> Mask:
        """The texts that nothing has read."""
        mask: Mask = np.isnat(self.instants)
        mask[list(self.problems)] = False
        return mask


def read_dates(values: pa.Array, weights: Indices, *, column: str, chosen: str | None = None, this_year: int) -> Parsed:
    """Texts (or a typed column's instants or Excel serials) as UTC instants; without an hour, midnight in Costa Rica.

    `this_year` decides the century of two-digit years: up to ten years ahead are this century's. `chosen` is
    "d/m/yyyy", "m/d/yyyy", "yyyy-dd-mm" or "yy-mm-dd", where somebody answered the question.
    """
    if pa.types.is_timestamp(values.type):
        return _from_typed(values, values.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False), column, ISO)
    if pa.types.is_floating(values.type):
        return _from_typed(values, _serials(values.to_numpy(zero_copy_only=False)), column, SERIAL)
    if not is_text(values.type):
        return Parsed(pa.nulls(len(values), INSTANT), dict.fromkeys(range(len(values)), _NOT_A_DATE))
    lowered = pc.utf8_lower(values)
    state = _State(np.full(len(values), np.datetime64("NaT"), dtype="M8[us]"), {}, {})
    both_possible = _read_iso(state, lowered, weights, swapped=chosen == SWAPPED)
    reading = _read_slashed(state, lowered, weights, column, chosen, this_year)
    if reading is not None and both_possible:
        reading = _perhaps_swapped(reading, lowered, both_possible)
    _read_digits(state, lowered, weights)
    _read_named(state, lowered, weights, this_year)
    state.problems |= dict.fromkeys(np.flatnonzero(state.pending()).tolist(), _NOT_A_DATE)
    if reading is None:
        reading = ColumnReading(column, " + ".join(sorted(state.readings, key=lambda r: -state.readings[r])) or ISO)
    return Parsed(pa.array(state.instants).cast(pa.timestamp("us")).cast(INSTANT), state.problems, reading)


def _from_typed(values: pa.Array, local: Instants, column: str, reading: str) -> Parsed:
    state = _State(np.full(len(values), np.datetime64("NaT"), dtype="M8[us]"), {}, {})
    places = np.arange(len(values))
    state.put(places, local + COSTA_RICA_OFFSET, reading, np.ones(len(values), dtype=np.int64))
    state.problems = {
        place: (_NOT_A_DATE if problem is _NO_SUCH_DAY else problem) for place, problem in state.problems.items()
    }
    return Parsed(pa.array(state.instants).cast(INSTANT), state.problems, ColumnReading(column, reading))


def _serials(numbers: npt.NDArray[np.float64]) -> Instants:
    """Excel's days since 1899-12-30, to the second; NaT where no such day is meant."""
    with np.errstate(invalid="ignore"):
        meant = (numbers >= _SERIALS[0]) & (numbers < _SERIALS[1])
        seconds = np.where(meant, np.round(np.where(meant, numbers, 0.0) * 86_400), 0).astype(np.int64)
    instants = np.datetime64("1899-12-30T00:00:00", "us") + seconds.astype("m8[s]")
    instants[~meant] = np.datetime64("NaT")
    result: Instants = instants.astype("M8[us]")
    return result


def _read_iso(state: _State, values: pa.Array, weights: Indices, *, swapped: bool) -> int:
    """Year, month, day. Returns how many texts there are, if all of them have days up to 12; 0 otherwise."""
    parts = pc.extract_regex(values, _ISO)
    places = np.flatnonzero(parts.is_valid().to_numpy(zero_copy_only=False))
    if not len(places):
        return 0
    found = parts.take(pa.array(places))
    years, months, days = _ints(found, "y"), _ints(found, "m"), _ints(found, "d")
    days_first = swapped & (days <= 12)
    midnights = _days(years, np.where(days_first, days, months), np.where(days_first, months, days))
    state.put(places, _with_time(midnights, found), SWAPPED if swapped else ISO, weights)
    return len(places) if (days <= 12).all() and not swapped else 0


def _perhaps_swapped(reading: ColumnReading, values: pa.Array, isos: int) -> ColumnReading:
    """Asks about a column that a spreadsheet set to month first may have spoilt.

    It turns 05/04/2025 into May 4 and leaves 13/04/2025 alone, as text: then no true date has a day beyond 12, and
    every text has one.
    """
    slashed = pc.drop_null(pc.extract_regex(values, _SLASHED))
    first, second = _ints(slashed, "a"), _ints(slashed, "b")
    if isos < _SUSPICIOUS or not ((first > 12) & (second <= 12)).all():
        return reading
    question = (
        f"En «{reading.column}», las fechas escritas como texto pasan todas del día 12 y las otras nunca: parece que "
        "la hoja de cálculo cambió el día por el mes en estas últimas. Se leen como están; ¿o están al revés?"
    )
    return ColumnReading(reading.column, reading.reading, True, question, [reading.reading, SWAPPED])


def _read_slashed(
    state: _State,
    values: pa.Array,
    weights: Indices,
    column: str,
    chosen: str | None,
    this_year: int,
) -> ColumnReading | None:
    """Three numbers with a mark between them: which comes first is asked of the whole column."""
    parts = pc.extract_regex(values, _SLASHED)
    places = np.flatnonzero(parts.is_valid().to_numpy(zero_copy_only=False) & state.pending())
    if not len(places):
        return None
    found = parts.take(pa.array(places))
    first, second = _ints(found, "a"), _ints(found, "b")
    dashed = bool(matches(values.take(pa.array(places)), r"^\d\d-\d\d-\d\d(\D|$)").all())
    year_first = dashed and _may_have_year_first(found)
    # A first number that no month has as its day leaves one reading.
    if chosen == YEAR_FIRST or (chosen is None and year_first and (first > 31).any()):
        days = _days(_full_years(found.field("a"), this_year), second, _ints(found, "y"))
        state.put(places, _with_time(days, found), YEAR_FIRST, weights)
        return ColumnReading(column, YEAR_FIRST)
    years = _full_years(found.field("y"), this_year)
    month_second, month_first = second <= 12, first <= 12
    only_day_first = ~month_first & month_second
    only_month_first = month_first & ~month_second
    either = month_first & month_second & (first != second)
    rows = weights[places]
    reading = _order(
        column, int(rows[only_day_first].sum()), int(rows[only_month_first].sum()), bool(either.any()), chosen
    )
    day_first = np.full(len(places), reading.reading == DAY_FIRST)
    if chosen not in (DAY_FIRST, MONTH_FIRST):
        day_first = np.where(only_day_first, True, np.where(only_month_first, False, day_first))
    days = _days(years, np.where(day_first, second, first), np.where(day_first, first, second))
    state.put(places, _with_time(days, found), reading.reading, weights)
    recent = (_full_years(found.field("a"), this_year) <= this_year + 1).all()
    return _perhaps_year_first(reading) if chosen is None and year_first and recent else reading


def _may_have_year_first(found: pa.StructArray) -> bool:
    """Whether the second of three numbers can be a month and the last a day, in all rows."""
    second, third = _ints(found, "b"), _ints(found, "y")
    return bool(((second >= 1) & (second <= 12) & (third >= 1) & (third <= 31)).all())


def _perhaps_year_first(reading: ColumnReading) -> ColumnReading:
    """Asks about 24-03-05, in a column of which the first two digits may all be years, none of them to come."""
    question = (
        f"En «{reading.column}», ¿24-03-05 es 24 de marzo de 2005 o 5 de marzo de 2024? "
        "Se lee con el día o el mes al principio y el año al final, como se escribe en Costa Rica."
    )
    asked = question if not reading.question else f"{reading.question} {question}"
    alternatives = list(dict.fromkeys([reading.reading, *reading.alternatives, YEAR_FIRST]))
    return ColumnReading(reading.column, reading.reading, True, asked, alternatives)


def _order(column: str, day_first: int, month_first: int, either: bool, chosen: str | None) -> ColumnReading:
    if chosen in (DAY_FIRST, MONTH_FIRST):
        return ColumnReading(column, chosen)
    alternatives = [DAY_FIRST, MONTH_FIRST]
    if day_first and month_first:
        reading = DAY_FIRST if day_first >= month_first else MONTH_FIRST
        question = (
            f"«{column}» mezcla fechas con el día primero ({day_first} celdas) y con el mes primero ({month_first}). "
            f"Las dudosas se leen como la mayoría: {reading}."
        )
        return ColumnReading(column, reading, ambiguous=either, question=question, alternatives=alternatives)
    if month_first:
        return ColumnReading(column, MONTH_FIRST)
    if day_first or not either:
        return ColumnReading(column, DAY_FIRST)
    question = (
        f"En «{column}» ningún día pasa de 12: ¿03/04/2025 es 3 de abril o 4 de marzo? "
        "Se lee 3 de abril (día/mes), como se escribe en Costa Rica."
    )
    return ColumnReading(column, DAY_FIRST, ambiguous=True, question=question, alternatives=alternatives)


def _read_digits(state: _State, values: pa.Array, weights: Indices) -> None:
    """Eight digits, Excel serials written as text, seconds or milliseconds since 1970."""
    pending = state.pending()
    if not pending.any():
        return
    eight = pending & matches(values, r"^\d{8}$")
    if eight.any():
        places = np.flatnonzero(eight)
        texts = values.take(pa.array(places))
        for pattern, name in ((_COMPACT, COMPACT), (_COMPACT_DAY_FIRST, COMPACT_DAY_FIRST)):
            found = pc.extract_regex(texts, pattern)
            years = _ints(found, "y")
            days = _days(years, _ints(found, "m"), _ints(found, "d"))
            possible = ~np.isnat(days) & (years >= EARLIEST_YEAR) & (years <= LATEST_YEAR)
            # The second order is for a column that is not of the first at all.
            if possible.any() or name == COMPACT_DAY_FIRST:
                days[~possible] = np.datetime64("NaT")
                state.put(places, days + COSTA_RICA_OFFSET, name, weights)
                break
    serial = np.flatnonzero(pending & matches(values, _TEXT_SERIAL))
    if len(serial):
        numbers = values.take(pa.array(serial)).cast(pa.float64()).to_numpy(zero_copy_only=False)
        state.put(serial, _serials(numbers) + COSTA_RICA_OFFSET, SERIAL, weights)
    epoch = np.flatnonzero(pending & matches(values, _EPOCH))
    if len(epoch):
        ticks = values.take(pa.array(epoch)).cast(pa.int64()).to_numpy(zero_copy_only=False)
        micros = np.where(ticks >= 10**12, ticks * 1_000, ticks * 1_000_000)
        state.put(epoch, micros.astype("M8[us]"), EPOCH, weights)


def _read_named(state: _State, values: pa.Array, weights: Indices, this_year: int) -> None:
    """Dates with the month's name, in Spanish or English, one text at a time: there are never many."""
    places = np.flatnonzero(state.pending() & matches(values, r"^[^\n]{0,80}[a-z]{3}[^\n]{0,80}$"))
    for place, text in zip(places.tolist(), values.take(pa.array(places)).to_pylist(), strict=True):
        instant = _named(fold(text), this_year)
        if isinstance(instant, Problem):
            state.problems[place] = instant
        elif instant is not None:
            state.put(np.array([place]), np.array([instant], dtype="M8[us]"), NAMED, weights)


def _named(text: str, this_year: int) -> np.datetime64 | Problem | None:
    match = _NAMED_DAY_FIRST.match(text) or _NAMED_YEAR_FIRST.match(text) or _NAMED_MONTH_FIRST.match(text)
    if match is None:
        # Only then: in "mar 5, 2026" the word is March and no Tuesday.
        without = _WEEKDAY.sub("", text)
        if without != text:
            return _named(without, this_year)
        words = re.fullmatch(r"([a-z]+)\.?(?: de | del | |-|/)(\d{4}|\d{2})", text)
        return _NO_DAY if words and words[1] in _MONTHS else None
    month = _MONTHS.get(match["m"])
    time = _SPLIT_TIME.fullmatch(match["rest"])
    if month is None or time is None:
        return None
    years = _full_years(pa.array([match["y"]]), this_year)
    days = _days(years, np.array([month]), np.array([int(match["d"])]))
    if np.isnat(days[0]):
        return _NO_SUCH_DAY
    found = pa.StructArray.from_arrays(
        [pa.array([time[name] or ""]) for name in ("h", "mi", "s", "f", "ap", "z")],
        names=["h", "mi", "s", "f", "ap", "z"],
    )
    instant: np.datetime64 = _with_time(days, found)[0]
    return _NO_SUCH_DAY if np.isnat(instant) else instant


def _ints(found: pa.StructArray, name: str) -> Indices:
    """A part of the pattern as integers; 0 where it is absent."""
    field = found.field(name)
    numbers = pc.if_else(pc.equal(field, ""), "0", field).cast(pa.int64()).fill_null(0)
    result: Indices = numbers.to_numpy(zero_copy_only=False)
    return result


def _full_years(texts: pa.Array, this_year: int) -> Indices:
    years: Indices = texts.cast(pa.int64()).to_numpy(zero_copy_only=False).copy()
    short = pc.equal(pc.utf8_length(texts), 2).to_numpy(zero_copy_only=False)
    century = this_year // 100 * 100
    full = years + century
    full = np.where(full > this_year + 10, full - 100, full)
    return np.where(short, full, years)


def _days(years: Indices, months: Indices, days: Indices) -> Instants:
    """Midnights of those days; NaT where the day does not exist."""
    valid = (months >= 1) & (months <= 12) & (days >= 1) & (days <= 31) & (years >= 1)
    month = ((years - 1970) * 12 + np.where(valid, months, 1) - 1).astype("M8[M]")
    result = month.astype("M8[D]") + (days - 1).astype("m8[D]")
    valid &= result.astype("M8[M]") == month
    result[~valid] = np.datetime64("NaT")
    instants: Instants = result.astype("M8[us]")
    return instants


def _with_time(days: Instants, found: pa.StructArray) -> Instants:
    """Days with the time that stands beside them, as UTC; NaT where there is no such hour."""
    if pc.all(pc.equal(found.field("h"), "")).as_py():
        midnights: Instants = days + COSTA_RICA_OFFSET
        return midnights
    hours, minutes, seconds = _ints(found, "h"), _ints(found, "mi"), _ints(found, "s")
    half = pc.utf8_slice_codeunits(found.field("ap"), 0, 1)
    afternoon = pc.equal(half, "p").to_numpy(zero_copy_only=False)
    morning = pc.equal(half, "a").to_numpy(zero_copy_only=False)
    twelve = afternoon | morning
    valid = (hours <= 23) & (minutes <= 59) & (seconds <= 59) & ~(morning & (hours > 12)) & ~(twelve & (hours == 0))
    hours = np.where(twelve & (hours == 12), 0, hours) + np.where(afternoon & (hours <= 12), 12, 0)
    micros = pc.utf8_slice_codeunits(pc.utf8_rpad(found.field("f"), 6, "0"), 0, 6).cast(pa.int64())
    total = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros.to_numpy(zero_copy_only=False)
    instants: Instants = days + total.astype("m8[us]") + _offsets(found.field("z"))
    instants[~valid] = np.datetime64("NaT")
    return instants


def _offsets(zones: pa.Array) -> npt.NDArray[np.timedelta64]:
    """What to add to have UTC: Costa Rica's own offset where the text names none."""
    if pc.all(pc.equal(zones, "")).as_py():
        return np.full(len(zones), COSTA_RICA_OFFSET).astype("m8[us]")
    minutes = []
    for zone in zones.to_pylist():
        digits = re.sub(r"\D", "", zone).ljust(4, "0")
        offset = int(digits[:2]) * 60 + int(digits[2:])
        minutes.append(360 if zone == "" else -offset if zone.startswith("+") else offset)
    return np.array(minutes, dtype="m8[m]").astype("m8[us]")
