"""A stretch of days with the unit it was named in, so that "the one before" means what people mean."""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from pymeai.costa_rica.money import MONTHS

Unit = Literal[
    "day", "week", "fortnight", "month", "bimester", "quarter", "four_months", "semester", "year", "span", "all"
]

FIRST_DAY = date(1900, 1, 1)
"""Where an open-ended period ("antes de 2017", "desde siempre") starts."""
LAST_DAY = date(2100, 12, 31)

UNIT_MONTHS: dict[Unit, int] = {
    "month": 1,
    "bimester": 2,
    "quarter": 3,
    "four_months": 4,
    "semester": 6,
    "year": 12,
}


@dataclass(frozen=True)
class Period:
    """Days from start to end, both inclusive.

    `unit` and `count` say how it was named; `explicit_year` whether the phrase itself named the year; `to_date` whether
    it is a current unit cut at today ("este año").
    """

    start: date
    end: date
    unit: Unit = "span"
    count: int = 1
    explicit_year: bool = True
    to_date: bool = False

    @property
    def is_all(self) -> bool:
        """Whether it is the whole history."""
        return self.unit == "all"

    def in_year(self, year: int) -> "Period":
        """The same days of another year (29 February becomes 28, a whole month stays whole)."""
        shift = year - self.start.year
        end = _shift_years(self.end, shift)
        # A whole February stays whole in a leap year.
        if self.unit in UNIT_MONTHS and self.end == month_end(self.end):
            end = month_end(end)
        return replace(self, start=_shift_years(self.start, shift), end=end, explicit_year=True)

    def year_before(self) -> "Period":
        """The same days one year earlier."""
        return self.in_year(self.start.year - 1)

    def previous(self) -> "Period":
        """The period of the same kind just before; one cut at today is compared with as many days of the one before."""
        if self.unit in UNIT_MONTHS:
            months = UNIT_MONTHS[self.unit] * self.count
            start = add_months(self.start, -months)
            if self.to_date or not _whole_months(self):
                end = min(add_months(self.end, -months), self.start - timedelta(days=1))
                if self.end == month_end(self.end):
                    end = month_end(end)
                return replace(self, start=start, end=end)
            return replace(self, start=start, end=self.start - timedelta(days=1))
        if self.unit == "week":
            back = timedelta(days=7 * self.count)
            return replace(self, start=self.start - back, end=self.end - back)
        if self.unit == "fortnight" and not self.to_date:
            return fortnight_of(self.start - timedelta(days=1))
        length = self.end - self.start + timedelta(days=1)
        return replace(self, start=self.start - length, end=self.start - timedelta(days=1))

    @property
    def dates(self) -> str:
        """The days: "1–31 mar 2026", "29 dic 2025 – 4 ene 2026", "hasta el 31 dic 2016"."""
        if self.is_all:
            return "todo el historial"
        if self.start == FIRST_DAY or self.end == LAST_DAY:
            return f"hasta el {_day(self.end)}" if self.start == FIRST_DAY else f"desde el {_day(self.start)}"
        if self.start == self.end:
            return _day(self.start)
        if self.start.year != self.end.year:
            return f"{_day(self.start)} – {_day(self.end)}"
        if self.start.month != self.end.month:
            return f"{self.start.day} {_short(self.start)} – {_day(self.end)}"
        return f"{self.start.day}–{_day(self.end)}"

    @property
    def name(self) -> str:
        """As a heading says it: "marzo 2017", "2016", "I trimestre 2025"; the dates where it has no name."""
        first, last = self.start, self.end
        if self.is_all or self.start == FIRST_DAY or self.end == LAST_DAY:
            return self.dates
        if first.day == 1 and last == month_end(last):
            months = (last.year - first.year) * 12 + last.month - first.month + 1
            if months == 1:
                return f"{MONTHS[first.month - 1]} {first.year}"
            if months == 12 and first.month == 1:
                return str(first.year)
            if months == 3 and first.month % 3 == 1:
                return f"{_ROMAN[first.month // 3]} trimestre {first.year}"
            if months == 6 and first.month in (1, 7):
                return f"{_ROMAN[first.month // 6]} semestre {first.year}"
        return self.dates


_ROMAN = ("I", "II", "III", "IV")


def month_end(day: date) -> date:
    """The last day of the day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """The day so many months later (or earlier), at most the last day of that month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def fortnight_of(day: date) -> Period:
    """The quincena of a day: days 1 to 15, or 16 to the month's end."""
    if day.day <= 15:
        return Period(day.replace(day=1), day.replace(day=15), "fortnight")
    return Period(day.replace(day=16), month_end(day), "fortnight")


def unit_of(day: date, unit: Unit) -> Period:
    """The whole unit that a day lies in; weeks start on Monday."""
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + timedelta(days=6), "week")
    if unit == "fortnight":
        return fortnight_of(day)
    if unit in UNIT_MONTHS:
        months = UNIT_MONTHS[unit]
        first = day.replace(month=(day.month - 1) // months * months + 1, day=1)
        return Period(first, month_end(add_months(first, months - 1)), unit)
    return Period(day, day, "day")


def shifted(period: Period, unit: Unit, count: int) -> Period:
    """The whole unit so many units later (or earlier) than the one that the period starts in."""
    if unit in UNIT_MONTHS:
        return unit_of(add_months(period.start, UNIT_MONTHS[unit] * count), unit)
    if unit == "fortnight":
        current = fortnight_of(period.start)
        for _ in range(abs(count)):
            current = fortnight_of(current.start - timedelta(days=1) if count < 0 else current.end + timedelta(days=1))
        return current
    return unit_of(period.start + timedelta(days=count * (7 if unit == "week" else 1)), unit)


def rolling(today: date, unit: Unit, count: int) -> Period:
    """The last so many units, ending today: "últimos 90 días", "últimos 3 meses"."""
    if unit in UNIT_MONTHS:
        start = add_months(today, -UNIT_MONTHS[unit] * count) + timedelta(days=1)
    elif unit == "fortnight":
        start = shifted(fortnight_of(today), "fortnight", 1 - count).start
    else:
        start = today - timedelta(days=count * (7 if unit == "week" else 1) - 1)
    # A rolling stretch is compared with as many days before it.
    return Period(start, today, "span")


def _whole_months(period: Period) -> bool:
    return period.start.day == 1 and period.end == month_end(period.end)


def _shift_years(day: date, years: int) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year + years, 2, monthrange(day.year + years, 2)[1])
    return day.replace(year=day.year + years)


def _short(day: date) -> str:
    return MONTHS[day.month - 1][:3]


def _day(day: date) -> str:
    return f"{day.day} {_short(day)} {day.year}"
