from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cleaning.column import distinct
from ingest.cleaning.numbers import COMMA_READING, PLAIN_READING, POINT_READING, read_numbers


def read(*texts, **options):
    cells = distinct(pa.chunked_array([list(texts)], pa.string()))
    parsed = read_numbers(cells.values, cells.weights, column="Monto", **options)
    return cells.spread(parsed.values).to_pylist(), parsed


def numbers(*values):
    return [None if value is None else Decimal(value) for value in values]


@pytest.mark.parametrize(
    "texts, values, reading",
    [
        (
            ("1.234,50", "1 234,50", "₡1.500", None, " ", "(500)", "20-"),
            ("1234.5", "1234.5", "1500", None, None, "-500", "-20"),
            COMMA_READING,
        ),
        (("1,234.50", "$ 3", "-2"), ("1234.5", "3", "-2"), POINT_READING),
        (("1\u00a0234\u00a0567,5", "2\u202f000"), ("1234567.5", "2000"), COMMA_READING),
        (("12.50", "1.500"), ("12.5", "1.5"), POINT_READING),
        (("12,50", "1.500", "1.500.000"), ("12.5", "1500", "1500000"), COMMA_READING),
        (("₡1.500", "2.750", "500"), ("1500", "2750", "500"), COMMA_READING),
        (("7", "15", "100000"), ("7", "15", "100000"), PLAIN_READING),
        (("cinco rojos", "₡2.000", "50 mil", "1.5 M"), ("5000", "2000", "50000", "1500000"), COMMA_READING),
    ],
)
def test_a_column_has_one_convention(texts, values, reading):
    found, parsed = read(*texts)
    assert found == numbers(*values)
    assert parsed.reading.reading == reading
    assert not parsed.reading.ambiguous
    assert not parsed.problems


def test_three_digits_are_thousands_and_it_says_so():
    found, parsed = read("1.500", "2.750")
    assert found == numbers("1500", "2750")
    assert parsed.reading.ambiguous
    assert "mil quinientos o uno y medio" in parsed.reading.question
    assert parsed.reading.alternatives == [COMMA_READING, POINT_READING]


def test_the_answer_to_the_question_wins():
    found, parsed = read("1.500", "2.750", chosen=POINT_READING)
    assert found == numbers("1.5", "2.75")
    assert not parsed.reading.ambiguous
    found, parsed = read("1.500", "2.5", chosen=COMMA_READING)
    assert found == numbers("1500", None)
    assert [problem.code for problem in parsed.problems.values()] == ["not_a_number"]


def test_one_stray_decimal_does_not_turn_thousands_into_units():
    found, parsed = read(*[f"{n}.500" for n in range(1, 200)], "3.5")
    assert found[0] == Decimal(1500)
    assert found[-1] == Decimal("3.5")
    assert parsed.reading.ambiguous


def test_a_mixed_column_is_said_to_be_mixed():
    found, parsed = read("1,5", "12.5", "13.5")
    assert found == numbers("1.5", "12.5", "13.5")
    assert parsed.reading.ambiguous
    assert parsed.reading.reading == POINT_READING


def test_what_is_no_number_is_never_one():
    found, parsed = read("abc", "1.2.3", "12e", "99999999999999", "1/2", "5 %", "٣")
    assert found == [None] * 7
    assert len(parsed.problems) == 7


def test_signs_tell_the_currency():
    cells = distinct(pa.chunked_array([["₡1.500", "$20", "USD 5", "7", "cien colones"]]))
    parsed = read_numbers(cells.values, cells.weights, column="Monto")
    assert cells.spread(parsed.extra["currency"]).to_pylist() == ["CRC", "USD", "USD", None, "CRC"]


def test_typed_numbers_pass_through():
    cells = distinct(pa.chunked_array([[17850.0, None, 0.1, float("nan"), float("inf"), 1e15]]))
    parsed = read_numbers(cells.values, cells.weights, column="Monto")
    assert cells.spread(parsed.values).to_pylist() == numbers("17850", None, "0.1", None, None, None)
    assert len(parsed.problems) == 3


def written(value, thousands, mark, places):
    whole, _, fraction = f"{abs(value):,.{places}f}".partition(".")
    text = whole.replace(",", thousands) + (mark + fraction if places else "")
    return f"-{text}" if value < 0 else text


@settings(deadline=None)
@given(
    st.lists(st.decimals(-(10**9), 10**9, places=2, allow_nan=False), min_size=1, max_size=30),
    st.sampled_from(
        [(".", ","), (",", "."), (" ", ","), (" ", "."), ("\u00a0", ","), ("", "."), ("", ","), ("'", ".")]
    ),
)
def test_a_column_in_any_convention_reads_back(values, convention):
    thousands, mark = convention
    found, parsed = read(*[written(value, thousands, mark, 2) for value in values])
    assert found == values
    assert not parsed.problems
    assert not parsed.reading.ambiguous


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30), st.sampled_from([".", ",", " "]))
def test_whole_numbers_in_groups_read_back(values, thousands):
    found, parsed = read(*[written(value, thousands, "", 0) for value in values])
    assert found == [Decimal(value) for value in values]
    assert not parsed.problems


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), max_size=20))
def test_any_column_is_read_or_refused(texts):
    found, parsed = read(*texts)
    cells = distinct(pa.chunked_array([texts], pa.string()))
    for place, code in enumerate(cells.codes.tolist()):
        assert (found[place] is None) == (code < 0 or code in parsed.problems)


def test_amounts_in_euros_are_refused_for_what_they_are():
    found, parsed = read("₡500", "€ 1.234,50", "1.200 EUR", "20 euros", "$3", "europeo")
    assert found == numbers("500", None, None, None, "3", None)
    refused = {place: problem.code for place, problem in parsed.problems.items()}
    assert refused == {1: "unknown_currency", 2: "unknown_currency", 3: "unknown_currency", 5: "not_a_number"}
    assert parsed.problems[1].message == "El monto está en euros, y aquí se llevan colones y dólares."
