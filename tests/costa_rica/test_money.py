from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymeai.costa_rica.holidays import holiday_name, quincena
from pymeai.costa_rica.money import (
    Amount,
    format_date,
    format_money,
    format_number,
    format_percent,
    parse_amount,
    parse_number,
)


@pytest.mark.parametrize(
    "text, value, currency",
    [
        ("1.500", "1500", None),
        ("1,500", "1500", None),
        ("1.234.567,50", "1234567.50", None),
        ("1,234,567.50", "1234567.50", None),
        ("1\u00a0234\u00a0567,50", "1234567.50", None),
        ("₡ 1.500", "1500", "CRC"),
        ("¢500", "500", "CRC"),
        ("CRC 1 234,50", "1234.50", "CRC"),
        ("120 mil colones", "120000", "CRC"),
        ("$ 12.5", "12.5", "USD"),
        ("US$ 12.50", "12.50", "USD"),
        ("USD1 234,50", "1234.50", "USD"),
        ("-₡1.200,50", "-1200.50", "CRC"),
        ("(500)", "-500", None),
        ("500-", "-500", None),
        ("1.5 M", "1500000", None),
        ("500k", "500000", None),
        ("50 mil", "50000", None),
        ("cinco rojos", "5000", None),
        ("dos millones de colones", "2000000", "CRC"),
        ("ciento veinte mil quinientos", "120500", None),
        ("0.500", "0.5", None),
        ("5.10432E+05", "510432", None),
    ],
)
def test_amounts_people_write(text, value, currency):
    assert parse_amount(text) == Amount(Decimal(value), currency)


@pytest.mark.parametrize(
    "text", ["", "abc", "1.2.3", "12.34.567", "1.234,56.7", "₡500 $3", "-(5)", "-5-", "12 pares", "5.1E+05", "١٢", "."]
)
def test_what_is_no_amount(text):
    assert parse_amount(text) is None


def test_the_column_decides_over_the_text():
    assert parse_amount("1.500", ".") == Amount(Decimal("1.5"))
    assert parse_amount("1.500", ",") == Amount(Decimal(1500))
    assert parse_amount("1.234,50", ".") is None


def test_formats():
    assert format_money(Decimal("1234567.5")) == "₡1\u00a0234\u00a0567,50"
    assert format_money(Decimal("1234.5"), "USD") == "$1\u00a0234,50"
    assert format_money(-12.345, "USD") == "-$12,35"
    assert format_money(1500, decimals=0) == "₡1\u00a0500"
    assert format_number(Decimal("1234.5000")) == "1\u00a0234,5"
    assert format_number(float("nan")) == "—"
    assert format_percent(0.125) == "12,5\u00a0%"
    assert format_date(date(2026, 9, 5)) == "05/09/2026"
    assert format_date(date(2026, 9, 5), "long") == "5 de setiembre de 2026"


@settings(deadline=None)
@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False))
def test_what_we_format_reads_back(value):
    # "1 234,50" tells its mark by itself but where two decimals could be three digits: never.
    assert parse_amount(format_money(value, "CRC")) == Amount(value, "CRC")
    assert parse_amount(format_money(value, "USD")) == Amount(value, "USD")


@settings(deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_an_amount_or_none(text):
    amount = parse_amount(text)
    assert amount is None or amount.value.is_finite()
    number = parse_number(text)
    assert number is None or number.is_finite()


def test_holidays_and_quincena():
    assert holiday_name(date(2026, 9, 15)) == "Día de la Independencia"
    assert holiday_name(date(2026, 9, 16)) is None
    assert quincena(date(2026, 2, 20)) == (date(2026, 2, 16), date(2026, 2, 28))
    assert quincena(date(2026, 2, 15)) == (date(2026, 2, 1), date(2026, 2, 15))
