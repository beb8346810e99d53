# ruff: noqa: DTZ001 - what is written in a sheet has no zone
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cleaning.column import distinct
from ingest.cleaning.dates import DAY_FIRST, ISO, MONTH_FIRST, SWAPPED, YEAR_FIRST, read_dates
from pymeai.costa_rica.money import MONTHS


def read(*cells, kind=None, **options):
    held = distinct(pa.chunked_array([pa.array(list(cells), kind or pa.string())]))
    parsed = read_dates(held.values, held.weights, column="Fecha", this_year=2026, **options)
    return [value and local(value) for value in held.spread(parsed.values).to_pylist()], parsed


def local(instant):
    """Costa Rica's clock, as text without an hour where it is midnight."""
    moment = (instant - timedelta(hours=6)).replace(tzinfo=None)
    return moment.isoformat(" ").removesuffix(" 00:00:00")


@pytest.mark.parametrize(
    "texts, days, reading",
    [
        (
            ("31/12/2025", "1/2/2025", "1-2-25", "3.4.99", None),
            ("2025-12-31", "2025-02-01", "2025-02-01", "1999-04-03", None),
            DAY_FIRST,
        ),
        (("12/31/2025", "1/2/2025", "2016-11-08"), ("2025-12-31", "2025-01-02", "2016-11-08"), MONTH_FIRST),
        (("5/5/2025", "6/6/2025"), ("2025-05-05", "2025-06-06"), DAY_FIRST),
        (("2025-01-31", "2025/2/28", "2025.03.01"), ("2025-01-31", "2025-02-28", "2025-03-01"), ISO),
        (("20250131", "20251201"), ("2025-01-31", "2025-12-01"), "yyyymmdd"),
        (("31012025", "15022025"), ("2025-01-31", "2025-02-15"), "ddmmyyyy"),
        (("45000", "45000.5"), ("2023-03-15", "2023-03-15 12:00:00"), "excel"),
        (("1609459200000",), ("2020-12-31 18:00:00",), "unix"),
    ],
)
def test_a_column_has_one_order(texts, days, reading):
    found, parsed = read(*texts)
    assert found == list(days)
    assert parsed.reading.reading == reading
    assert not parsed.reading.ambiguous
    assert not parsed.problems


@pytest.mark.parametrize(
    "text, day",
    [
        ("5 de enero de 2026", "2026-01-05"),
        ("lunes, 5 de enero del 2026", "2026-01-05"),
        ("5-ene-26", "2026-01-05"),
        ("Jan 5, 2026", "2026-01-05"),
        ("mar 5, 2026", "2026-03-05"),
        ("martes 6 enero 2026", "2026-01-06"),
        ("15 setiembre 2025 10:30 pm", "2025-09-15 22:30:00"),
        ("15 Sep. 2025", "2025-09-15"),
        ("2026-ene-05", "2026-01-05"),
        ("28/05/2025 2:30 p.m.", "2025-05-28 14:30:00"),
        ("28/05/2025 12:05 a. m.", "2025-05-28 00:05:00"),
        ("28/05/2025 2:30:15.250 PM", "2025-05-28 14:30:15.250000"),
        ("2025-02-28T10:30:00Z", "2025-02-28 04:30:00"),
        ("2025-02-28T10:30:00-06:00", "2025-02-28 10:30:00"),
        ("2025-02-28 10:30:00.123456+0000", "2025-02-28 04:30:00.123456"),
    ],
)
def test_months_and_hours(text, day):
    found, parsed = read(text)
    assert found == [day]
    assert not parsed.problems


@pytest.mark.parametrize(
    "text, code",
    [
        ("29/02/2025", "no_such_date"),
        ("31/04/2025", "no_such_date"),
        ("2025-13-01", "no_such_date"),
        ("2025-02-28 25:00", "no_such_date"),
        ("01/01/1850", "absurd_date"),
        ("01/01/2999", "absurd_date"),
        ("ene-26", "date_without_day"),
        ("setiembre 2025", "date_without_day"),
        ("hoy", "not_a_date"),
        ("1 foo 2020", "not_a_date"),
        ("99999", "not_a_date"),
        ("5", "not_a_date"),
        ("12:30", "not_a_date"),
    ],
)
def test_what_is_no_date(text, code):
    found, parsed = read(text)
    assert found == [None]
    assert [problem.code for problem in parsed.problems.values()] == [code]


def test_days_up_to_twelve_ask():
    found, parsed = read("1/2/2025", "2/3/2025")
    assert found == ["2025-02-01", "2025-03-02"]
    assert parsed.reading.ambiguous
    assert "3 de abril" in parsed.reading.question
    found, parsed = read("1/2/2025", "2/3/2025", chosen=MONTH_FIRST)
    assert found == ["2025-01-02", "2025-02-03"]
    assert not parsed.reading.ambiguous


def test_two_digits_that_may_be_the_year_ask():
    found, parsed = read("24-03-05", "24-10-11")
    assert found == ["2005-03-24", "2011-10-24"]
    assert parsed.reading.ambiguous
    assert "5 de marzo de 2024" in parsed.reading.question
    assert YEAR_FIRST in parsed.reading.alternatives
    found, parsed = read("24-03-05", "24-10-11", chosen=YEAR_FIRST)
    assert found == ["2024-03-05", "2024-10-11"]
    assert not parsed.reading.ambiguous
    found, parsed = read("99-07-31", "07-11-21")
    assert found == ["1999-07-31", "2007-11-21"]
    assert not parsed.reading.ambiguous
    assert not read("31-03-05", "24-10-11")[1].reading.ambiguous
    assert not read("05/03/24", "11/10/24", "31/10/24")[1].reading.ambiguous


def test_both_orders_in_one_column_ask():
    found, parsed = read("31/12/2025", "30/11/2025", "12/31/2025", "1/2/2025")
    assert found == ["2025-12-31", "2025-11-30", "2025-12-31", "2025-02-01"]
    assert parsed.reading.ambiguous
    assert parsed.reading.reading == DAY_FIRST


def test_an_answer_refuses_what_contradicts_it():
    found, parsed = read("1/2/2025", "13/1/2025", chosen=MONTH_FIRST)
    assert found == ["2025-01-02", None]
    assert len(parsed.problems) == 1


def test_a_spreadsheet_that_swapped_days_and_months_is_suspected():
    spoilt = [f"2025-{day:02d}-{month:02d}" for day, month in [(1, 2), (5, 4), (7, 9), (12, 11), (3, 8), (2, 6)]]
    texts = ["13/04/2025", "31/01/2025"]
    found, parsed = read(*spoilt, *texts)
    assert found == [*spoilt, "2025-04-13", "2025-01-31"]
    assert parsed.reading.ambiguous
    assert parsed.reading.alternatives == [DAY_FIRST, SWAPPED]
    found, parsed = read(*spoilt, *texts, chosen=SWAPPED)
    assert found[:3] == ["2025-02-01", "2025-04-05", "2025-09-07"]
    assert found[6:] == ["2025-04-13", "2025-01-31"]
    assert not parsed.reading.ambiguous
    assert not read(*spoilt, "3/4/2025", "31/1/2025")[1].reading.ambiguous
    assert not read(*spoilt, "2025-01-20", *texts)[1].reading.ambiguous


def test_typed_columns_pass_through():
    found, parsed = read(datetime(2025, 3, 1), datetime(2025, 3, 1, 14, 30), None, kind=pa.timestamp("us"))
    assert found == ["2025-03-01", "2025-03-01 14:30:00", None]
    assert not parsed.problems
    found, parsed = read(45000.0, 3.0, None, kind=pa.float64())
    assert found == ["2023-03-15", None, None]
    assert [problem.code for problem in parsed.problems.values()] == ["not_a_date"]


def test_midnight_in_costa_rica_is_six_in_utc():
    held = distinct(pa.chunked_array([["31/12/2025"]]))
    parsed = read_dates(held.values, held.weights, column="Fecha", this_year=2026)
    assert parsed.values.to_pylist() == [datetime(2025, 12, 31, 6, tzinfo=UTC)]


FORMS = {
    "day first": lambda day: f"{day.day:02d}/{day.month:02d}/{day.year}",
    "day first, short": lambda day: f"{day.day}-{day.month}-{day.year}",
    "month first": lambda day: f"{day.month}/{day.day}/{day.year}",
    "iso": lambda day: day.isoformat(),
    "compact": lambda day: day.strftime("%Y%m%d"),
    "serial": lambda day: str((day - date(1899, 12, 30)).days),
    "named": lambda day: f"{day.day} de {MONTHS[day.month - 1]} de {day.year}",
    "two digits": lambda day: f"{day.day:02d}/{day.month:02d}/{day.year % 100:02d}",
}


@settings(deadline=None)
@given(
    st.lists(st.dates(date(1960, 1, 1), date(2030, 12, 31)), min_size=1, max_size=30),
    st.sampled_from(sorted(FORMS)),
)
def test_a_column_in_any_order_reads_back(days, form):
    if form == "two digits":
        days = [day.replace(year=1990 + day.year % 40, day=min(day.day, 28)) for day in days]
    # A day beyond 12 tells the order; without one, nobody could.
    days.append(date(2001, 5, 31))
    found, parsed = read(*[FORMS[form](day) for day in days])
    assert found == [day.isoformat() for day in days]
    assert not parsed.problems
    assert not parsed.reading.ambiguous


@settings(deadline=None)
@given(st.lists(st.datetimes(datetime(1970, 1, 1), datetime(2030, 1, 1)), min_size=1, max_size=20))
def test_moments_read_back(moments):
    moments = [moment.replace(microsecond=0) for moment in moments]
    found, _ = read(*[moment.strftime("%Y-%m-%d %H:%M:%S") for moment in moments])
    assert found == [str(moment).removesuffix(" 00:00:00") for moment in moments]
    found, _ = read("31/12/2020 01:00 pm", *[moment.strftime("%d/%m/%Y %I:%M:%S %p") for moment in moments])
    assert found[1:] == [str(moment).removesuffix(" 00:00:00") for moment in moments]


@settings(deadline=None)
@given(st.lists(st.text("0123456789/-.: apmZTenrodl", max_size=20), max_size=20))
def test_any_column_is_read_or_refused(texts):
    found, parsed = read(*texts)
    codes = distinct(pa.chunked_array([texts], pa.string())).codes.tolist()
    for value, code in zip(found, codes, strict=True):
        assert (value is None) == (code < 0 or code in parsed.problems)
