"""Spanish phrases for periods, on Monday 16 November 2026."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kula.grammar.time_rules import phrase_of
from kula.normalise import tokenise
from kula.periods.grammar import match_at, parse_periods
from kula.periods.period import Period, unit_of

TODAY = date(2026, 11, 16)

PHRASES = {
    "hoy": "2026-11-16/2026-11-16",
    "ayer": "2026-11-15/2026-11-15",
    "anteayer": "2026-11-14/2026-11-14",
    "el lunes": "2026-11-09/2026-11-09",
    "el viernes pasado": "2026-11-13/2026-11-13",
    "este fin de semana": "2026-11-14/2026-11-15",
    "esta semana": "2026-11-16/2026-11-16",
    "la semana pasada": "2026-11-09/2026-11-15",
    "la semana antepasada": "2026-11-02/2026-11-08",
    "este mes": "2026-11-01/2026-11-16",
    "el mes pasado": "2026-10-01/2026-10-31",
    "el mes anterior": "2026-10-01/2026-10-31",
    "el mes antepasado": "2026-09-01/2026-09-30",
    "el mes que viene": "2026-12-01/2026-12-31",
    "hace ocho días": "2026-11-09/2026-11-09",
    "hace quince días": "2026-11-02/2026-11-02",
    "hace 10 días": "2026-11-06/2026-11-06",
    "hace dos meses": "2026-09-01/2026-09-30",
    "últimos 90 días": "2026-08-19/2026-11-16",
    "los últimos tres meses": "2026-08-17/2026-11-16",
    "los últimos dos años": "2024-11-17/2026-11-16",
    "últimos 12 meses completos": "2025-11-01/2026-10-31",
    "el último trimestre": "2026-07-01/2026-09-30",
    "este trimestre": "2026-10-01/2026-11-16",
    "este año": "2026-01-01/2026-11-16",
    "lo que va del año": "2026-01-01/2026-11-16",
    "en lo que llevamos del mes": "2026-11-01/2026-11-16",
    "el año pasado": "2025-01-01/2025-12-31",
    "en 2016": "2016-01-01/2016-12-31",
    "durante todo el año 2016": "2016-01-01/2016-12-31",
    "setiembre": "2026-09-01/2026-09-30",
    "septiembre de 2025": "2025-09-01/2025-09-30",
    "diciembre": "2025-12-01/2025-12-31",
    "diciembre pasado": "2025-12-01/2025-12-31",
    "marzo del año pasado": "2025-03-01/2025-03-31",
    "ene 2017": "2017-01-01/2017-01-31",
    "03/2017": "2017-03-01/2017-03-31",
    "febrero de 2024": "2024-02-01/2024-02-29",
    "la quincena pasada": "2026-11-01/2026-11-15",
    "esta quincena": "2026-11-16/2026-11-16",
    "la primera quincena de marzo": "2026-03-01/2026-03-15",
    "segunda quincena de febrero 2024": "2024-02-16/2024-02-29",
    "primer trimestre de 2025": "2025-01-01/2025-03-31",
    "II trimestre 2024": "2024-04-01/2024-06-30",
    "Q4 2016": "2016-10-01/2016-12-31",
    "el último trimestre de 2016": "2016-10-01/2016-12-31",
    "segundo semestre del 2016": "2016-07-01/2016-12-31",
    "primer cuatrimestre de 2016": "2016-01-01/2016-04-30",
    "los primeros seis meses de 2017": "2017-01-01/2017-06-30",
    "los últimos 10 días de marzo de 2017": "2017-03-22/2017-03-31",
    "15 de setiembre": "2026-09-15/2026-09-15",
    "primero de diciembre": "2025-12-01/2025-12-01",
    "01/03/2017": "2017-03-01/2017-03-01",
    "2017-03-01": "2017-03-01/2017-03-01",
    "entre enero y marzo": "2026-01-01/2026-03-31",
    "entre 2015 y 2017": "2015-01-01/2017-12-31",
    "de enero a marzo 2017": "2017-01-01/2017-03-31",
    "de noviembre a febrero": "2025-11-01/2026-02-28",
    "del 1 al 15 de marzo de 2017": "2017-03-01/2017-03-15",
    "entre el 5 y el 20 de octubre": "2026-10-05/2026-10-20",
    "desde el 1 de enero hasta hoy": "2026-01-01/2026-11-16",
    "desde agosto": "2026-08-01/2026-11-16",
    "desde hace 3 meses": "2026-08-17/2026-11-16",
    "antes de 2017": "1900-01-01/2016-12-31",
    "hasta marzo de 2017": "1900-01-01/2017-03-31",
    "después de marzo de 2017": "2017-04-01/2100-12-31",
}


@pytest.mark.parametrize(("phrase", "days"), PHRASES.items())
def test_a_phrase_means_these_days(phrase: str, days: str) -> None:
    (period,) = parse_periods(phrase, TODAY)
    assert f"{period.start}/{period.end}" == days


@pytest.mark.parametrize("phrase", PHRASES)
def test_accents_and_capitals_change_nothing(phrase: str) -> None:
    bare = phrase.upper().translate(str.maketrans("ÁÉÍÓÚ", "AEIOU"))
    assert parse_periods(bare, TODAY) == parse_periods(phrase, TODAY)


@pytest.mark.parametrize(
    ("phrase", "names"),
    [
        ("marzo y febrero de 2017", ["marzo 2017", "febrero 2017"]),
        ("enero, febrero y marzo", ["enero 2026", "febrero 2026", "marzo 2026"]),
        ("2016 y 2017", ["2016", "2017"]),
    ],
)
def test_a_list_is_several_periods_and_shares_its_year(phrase: str, names: list[str]) -> None:
    assert [period.name for period in parse_periods(phrase, TODAY)] == names


@pytest.mark.parametrize(
    "phrase",
    ["", "ventas", "la quincena", "31 de febrero", "29 de febrero de 2023", "cuando llueva", "13/13/2017", "0"],
)
def test_what_is_no_period_is_none(phrase: str) -> None:
    assert parse_periods(phrase, TODAY) == []


@pytest.mark.parametrize(
    ("phrase", "previous"),
    [
        ("marzo de 2017", "2017-02-01/2017-02-28"),
        ("2017", "2016-01-01/2016-12-31"),
        ("este mes", "2026-10-01/2026-10-16"),
        ("este año", "2025-01-01/2025-11-16"),
        ("primer trimestre de 2025", "2024-10-01/2024-12-31"),
        ("la quincena pasada", "2026-10-16/2026-10-31"),
        ("la semana pasada", "2026-11-02/2026-11-08"),
        ("ayer", "2026-11-14/2026-11-14"),
        ("últimos 90 días", "2026-05-21/2026-08-18"),
    ],
)
def test_the_period_before(phrase: str, previous: str) -> None:
    before = parse_periods(phrase, TODAY)[0].previous()
    assert f"{before.start}/{before.end}" == previous


def test_a_whole_february_stays_whole_in_a_leap_year() -> None:
    assert parse_periods("febrero de 2023", TODAY)[0].in_year(2024).end == date(2024, 2, 29)


days = st.dates(min_value=date(1995, 1, 1), max_value=date(2080, 12, 31))


@given(days, st.sampled_from(["day", "week", "fortnight", "month", "quarter", "semester", "year"]))
def test_units_hold_their_day_and_follow_each_other(day: date, unit: str) -> None:
    period = unit_of(day, unit)
    assert period.start <= day <= period.end
    assert unit_of(period.end + timedelta(days=1), unit).start == period.end + timedelta(days=1)
    if unit != "day":
        assert period.previous().end == period.start - timedelta(days=1)


@given(days, days)
def test_any_days_can_be_said_and_read_back(first: date, second: date) -> None:
    start, end = sorted((first, second))
    (read,) = parse_periods(phrase_of(Period(start, end)), TODAY)
    assert (read.start, read.end) == (start, end)


@given(st.text(max_size=60))
def test_no_text_breaks_the_grammar(text: str) -> None:
    tokens = tokenise(text)
    for start in range(len(tokens)):
        match = match_at(tokens, start, TODAY)
        assert match is None or start < match.end <= len(tokens)


@given(
    st.lists(
        st.sampled_from(
            [
                "el",
                "la",
                "los",
                "de",
                "del",
                "en",
                "entre",
                "y",
                "a",
                "desde",
                "hasta",
                "últimos",
                "3",
                "31",
                "0",
                "febrero",
                "marzo",
                "2017",
                "2024",
                "mes",
                "año",
                "días",
                "quincena",
                "trimestre",
                "primer",
                "segundo",
                "pasado",
                "anterior",
                "este",
                "que",
                "viene",
                "hace",
                "99999",
                ",",
                "lo",
                "va",
            ]
        ),
        max_size=9,
    )
)
def test_no_mixture_of_period_words_breaks_the_grammar(words: list[str]) -> None:
    tokens = tokenise(" ".join(words))
    for start in range(len(tokens)):
        match = match_at(tokens, start, TODAY)
        for period in match.periods if match else ():
            assert period.start <= period.end
            assert period.name
            assert period.previous().start <= period.start
