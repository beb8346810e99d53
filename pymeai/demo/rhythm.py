"""When people buy: seasons, pay days, habits, growth, and the day on which some stop coming."""

from datetime import date, timedelta

import numpy as np
from numpy.random import Generator

from pymeai.costa_rica.holidays import holiday_name

YEARS = 3
# Above this the draw is of a customer who came within the last weeks.
LATELY = 0.95


def history(today: date) -> tuple[date, date]:
    """First and last day of the demo's history: three years up to and including `today`."""
    return today - timedelta(days=round(YEARS * 365.25)), today


def purchase_days(
    random: Generator, start: date, end: date, *, every_days: float, regularity: float = 2.0
) -> list[date]:
    """Days of a habitual buyer between two days: gamma distributed gaps of `every_days` on average.

    `regularity` is the gamma's shape: 1 is a Poisson process, larger is more regular.
    """
    days: list[date] = []
    day = start + timedelta(days=float(random.uniform(0, every_days)))
    while day <= end:
        days.append(day)
        gap = max(1.0, float(random.gamma(regularity, every_days / regularity)))
        day += timedelta(days=gap)
    return days


def keep_in_season(random: Generator, days: list[date], months: tuple[float, ...]) -> list[date]:
    """Those of `days` that the season lets through; `months` are the twelve months' relative strengths."""
    strongest = max(months)
    return [day for day in days if random.random() < months[day.month - 1] / strongest]


def towards_payday(random: Generator, day: date, share: float = 0.35) -> date:
    """The day, or for a share of the purchases the pay day before it (the 15th or the last of the month) or just after."""
    if random.random() >= share:
        return day
    payday = day.replace(day=15) if day.day >= 15 else day.replace(day=1) - timedelta(days=1)
    return payday + timedelta(days=int(random.integers(0, 3)))


def open_day(day: date, last: date) -> date:
    """The day itself, or the next on which the shop is open (neither Sunday nor holiday), never past `last`."""
    candidate = day
    while candidate.weekday() == 6 or holiday_name(candidate) is not None:
        candidate += timedelta(days=1)
    while candidate > last or candidate.weekday() == 6 or holiday_name(candidate) is not None:
        candidate -= timedelta(days=1)
    return candidate


def arrival(random: Generator, first: date, last: date, *, already: float) -> date:
    """The day on which a customer first came: a share `already` before the history, a few lately, the others evenly."""
    form = random.random()
    if form < already:
        return first - timedelta(days=int(random.integers(30, 1500)))
    if form > LATELY:
        return last - timedelta(days=int(random.integers(0, 45)))
    return first + timedelta(days=int(random.integers(0, (last - first).days)))


def growth(day: date, first: date, yearly: float) -> float:
    """How much larger than on the first day: `yearly` compounded."""
    return float((1 + yearly) ** ((day - first).days / 365.25))


def weighted_months(random: Generator, first: date, last: date, months: tuple[float, ...], size: int) -> list[date]:
    """`size` days drawn between two days, each as likely as its month's strength, in order."""
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    strengths = np.array([months[day.month - 1] for day in days], dtype=float)
    chosen = random.choice(len(days), size=size, p=strengths / strengths.sum())
    return [days[int(index)] for index in sorted(chosen)]
