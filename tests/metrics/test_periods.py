"""What a period is compared with."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymeai.metrics.periods import is_month_end, months_before, shift_for
from pymeai.metrics.query import GRAINS, TimeRange

DAYS = st.dates(date(2000, 1, 1), date(2050, 12, 31))


@pytest.mark.parametrize(
    ("comparison", "grain", "period", "before"),
    [
        ("previous_period", None, ("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28")),
        ("previous_period", None, ("2026-02-01", "2026-02-28"), ("2026-01-01", "2026-01-31")),
        ("previous_period", None, ("2026-04-01", "2026-06-30"), ("2026-01-01", "2026-03-31")),
        ("previous_period", None, ("2026-01-01", "2026-12-31"), ("2025-01-01", "2025-12-31")),
        ("previous_period", None, ("2026-11-01", "2026-11-16"), ("2026-10-01", "2026-10-16")),
        ("previous_period", None, ("2026-01-01", "2026-11-16"), ("2025-01-01", "2025-11-16")),
        ("previous_period", None, ("2026-11-10", "2026-11-16"), ("2026-11-03", "2026-11-09")),
        ("previous_period", "day", ("2026-11-16", "2026-11-16"), ("2026-11-15", "2026-11-15")),
        ("previous_period", "week", ("2026-11-09", "2026-11-16"), ("2026-10-26", "2026-11-02")),
        ("previous_period", "quarter", ("2026-04-01", "2026-06-30"), ("2026-01-01", "2026-03-31")),
        ("previous_period", "quarter", ("2026-05-01", "2026-05-31"), ("2026-02-01", "2026-02-28")),
        ("previous_year", None, ("2026-03-01", "2026-03-31"), ("2025-03-01", "2025-03-31")),
        ("previous_year", None, ("2025-02-01", "2025-02-28"), ("2024-02-01", "2024-02-29")),
        ("previous_year", None, ("2024-02-29", "2024-02-29"), ("2023-02-28", "2023-02-28")),
        ("previous_year", "week", ("2026-11-09", "2026-11-15"), ("2025-11-10", "2025-11-16")),
    ],
)
def test_the_period_before(comparison, grain, period, before):
    asked = TimeRange(start=period[0], end=period[1])
    assert shift_for(comparison, asked, grain).range_before(asked) == TimeRange(start=before[0], end=before[1])


@given(DAYS, st.integers(0, 800), st.sampled_from([None, *GRAINS]))
def test_the_period_before_ends_before_this_one_begins(start, days, grain):
    asked = TimeRange(start=start, end=start + timedelta(days=days))
    before = shift_for("previous_period", asked, grain).range_before(asked)
    assert before.start < asked.start
    assert before.end < asked.start
    assert before.start <= before.end


@given(DAYS, st.integers(0, 60))
def test_months_before_keep_the_day_or_the_months_end(day, months):
    earlier = months_before(day, months)
    assert (day.year * 12 + day.month) - (earlier.year * 12 + earlier.month) == months
    assert earlier.day == day.day or (earlier.day < day.day and is_month_end(earlier))
