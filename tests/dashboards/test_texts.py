"""Numbers and dates as Costa Rica writes them, and user text that stays text."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import formats, periods
from dashboards.notices import markdown_text

S = "\u00a0"


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (1234567.5, "CRC", f"₡1{S}234{S}568"),
        (Decimal("-3.2"), "USD", "-$3,20"),
        (0, "CRC", "₡0"),
        (None, "CRC", "–"),
        (float("nan"), "CRC", "–"),
    ],
)
def test_money(value: float | Decimal | None, currency: str, text: str) -> None:
    assert formats.money(value, currency) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (28_600_000, f"₡28,6{S}M"),
        (415_300, f"₡415{S}mil"),
        (34_515, f"₡34{S}515"),
        (2_500_000_000, f"₡2{S}500{S}M"),
        (-1_500_000, f"-₡1,5{S}M"),
        (None, "–"),
    ],
)
def test_money_on_a_card(value: float | None, text: str) -> None:
    assert formats.short_money(value) == text


def test_moments_are_costa_ricas() -> None:
    assert formats.moment(datetime(2026, 11, 22, 12, 4, tzinfo=UTC)) == f"22 nov 2026, 6:04 a.{S}m."
    assert formats.moment(datetime(2026, 9, 1, 5, 59, tzinfo=UTC)) == f"31 ago 2026, 11:59 p.{S}m."
    assert formats.moment(datetime(2026, 9, 1, 18, 0, tzinfo=UTC)) == f"1 set 2026, 12:00 p.{S}m."


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("1500.25", "money", f"₡1{S}500"),
        (0.153, "percent", f"15,3{S}%"),
        (7, "integer", "7"),
        (2.5, "number", "2,50"),
        ("2026-09-01", "month", "set 2026"),
        (date(2026, 7, 1), "quarter", "3.º trim. 2026"),
        ("2026-09-01T10:00:00", "date", "1 set 2026"),
        ("no es fecha", "date", "no es fecha"),
        ("no es número", "money", "no es número"),
        (True, "text", "Sí"),
        (None, "text", "–"),
    ],
)
def test_cells(value: object, kind: str, text: str) -> None:
    assert formats.cell(value, kind) == text


@given(st.text(max_size=80))
def test_markdown_is_shown_and_not_interpreted(text: str) -> None:
    safe = markdown_text(text)
    # Every character that Markdown gives a meaning has its backslash, and nothing else changed.
    for index, character in enumerate(safe):
        if character.isascii() and not character.isalnum() and character not in " \\":
            assert safe[index - 1] == "\\"
    visible = safe.replace("\u2060", "").replace("\\\\", "\0").replace("\\", "").replace("\0", "\\")
    expected = text.replace("\u2060", "").replace("\0", "\\")
    for space in "\r\n\t":
        expected = expected.replace(space, " ")
    assert visible == expected


@pytest.mark.parametrize("text", ["**a**", "[clic](http://x)", "<b>", ":red[x]", ":material/home:", "$x$", "`a`"])
def test_no_construct_survives(text: str) -> None:
    safe = markdown_text(text)
    assert text not in safe
    assert ":material" not in safe
    assert ":red[" not in safe


@given(
    st.dates(date(2000, 1, 1), date(2040, 12, 31)),
    st.integers(0, 1500),
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
)
def test_buckets_cover_the_days_without_gaps(first: date, days: int, grain: periods.Grain) -> None:
    last = date.fromordinal(first.toordinal() + days)
    found = periods.buckets(first, last, grain)
    assert found[0] <= first
    assert found[-1] <= last < periods.next_bucket(found[-1], grain)
    for start, following in pairwise(found):
        assert periods.next_bucket(start, grain) == following
        assert periods.bucket_start(start, grain) == start


def test_a_choice_moves_all_but_those_of_all_time() -> None:
    assert periods.chosen("last_30_days", periods.OWN) == "last_30_days"
    assert periods.chosen("last_30_days", "last_year") == "last_year"
    assert periods.chosen("all", "last_30_days") == "all"
