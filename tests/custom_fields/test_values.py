"""What a custom field stores of what it is given, and that whatever is given, it stores sense or says why not."""

import json
import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.custom_values import read_values, text_of
from pymeai.custom_fields.definition import FIELD_TYPES, FieldDefinition, contact_fields
from pymeai.custom_fields.merging import merged_values
from pymeai.custom_fields.patterns import matching, pattern_problem
from pymeai.custom_fields.values import WrongValue, default_value, stored_value
from pymeai.errors import Invalid

OPTIONS = ("Rojo", "Azul", "Sí")
DEFINITIONS = {
    kind: FieldDefinition("x", "X", kind, options=OPTIONS if kind == "dropdown" else ()) for kind in FIELD_TYPES
}

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.decimals(),
    st.dates(),
    st.datetimes(),
)
ANYTHING = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(st.text(max_size=5), SCALARS, max_size=3))
SENSIBLE: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=50),
    "number": st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e12, 1e12)),
    "money": st.one_of(st.integers(0, 10**12), st.floats(0, 1e12)),
    "date": st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(date.isoformat),
    "dropdown": st.sampled_from(OPTIONS),
    "boolean": st.booleans(),
    "phone": st.integers(60000000, 89999999).map(str),
    "email": st.from_regex(r"[a-z]{1,10}@[a-z]{1,10}\.[a-z]{2,3}", fullmatch=True),
    "url": st.from_regex(r"https?://[a-z]{1,10}\.cr(/[a-z]{0,5})?", fullmatch=True),
}


@given(st.sampled_from(FIELD_TYPES), ANYTHING)
def test_whatever_comes_is_stored_as_json_or_refused_with_a_reason(kind: str, value: Any) -> None:
    try:
        stored = stored_value(DEFINITIONS[kind], value)
    except WrongValue:
        return
    assert isinstance(stored, str | int | float | bool)
    text = json.dumps(stored, allow_nan=False)
    assert "\\u0000" not in text
    assert "\\ud8" not in text or json.loads(text).encode()


@given(st.data(), st.sampled_from(FIELD_TYPES))
def test_what_is_stored_can_be_sent_again(data: st.DataObject, kind: str) -> None:
    once = stored_value(DEFINITIONS[kind], data.draw(SENSIBLE[kind]))
    assert stored_value(DEFINITIONS[kind], once) == once


@given(st.data(), st.sampled_from(FIELD_TYPES))
def test_the_api_and_a_change_of_type_store_the_same(data: st.DataObject, kind: str) -> None:
    value = data.draw(SENSIBLE[kind])
    stored = stored_value(DEFINITIONS[kind], value)
    (read,) = read_values(DEFINITIONS[kind], [stored], this_year=2026)
    assert read.problem is None
    assert read.stored == stored
    assert type(read.stored) is type(stored)


@given(st.data(), st.sampled_from(["number", "money", "date", "boolean", "phone", "email", "url", "dropdown"]))
def test_a_field_that_became_text_can_become_what_it_was(data: st.DataObject, kind: str) -> None:
    stored = stored_value(DEFINITIONS[kind], data.draw(SENSIBLE[kind]))
    if isinstance(stored, float):
        stored = round(stored, 6)
    (as_text,) = read_values(DEFINITIONS["text"], [stored], this_year=2026)
    (back,) = read_values(DEFINITIONS[kind], [as_text.stored], this_year=2026)
    assert back.problem is None, (stored, as_text)
    assert back.stored == pytest.approx(stored) if isinstance(stored, float) else back.stored == stored


@given(st.lists(st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()), max_size=8))
def test_reading_never_fails_whatever_is_stored(values: list[Any]) -> None:
    for definition in DEFINITIONS.values():
        assert len(read_values(definition, values, this_year=2026)) == len(values)


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("text", "  hola ", "hola"),
        ("number", Decimal("2.50"), 2.5),
        ("number", 3.0, 3.0),
        ("date", "2026-02-28", "2026-02-28"),
        ("date", "2026-02-28T10:30:00", "2026-02-28T10:30:00"),
        ("date", date(2026, 2, 28), "2026-02-28"),
        (
            "date",
            datetime(2026, 2, 28, 10, 30),  # noqa: DTZ001
            "2026-02-28T10:30:00",
        ),
        ("phone", "(506) 8888 7777", "+50688887777"),
        ("phone", "+1 305 555 0123", "+13055550123"),
        ("email", " Ana@Ejemplo.CR ", "ana@ejemplo.cr"),
    ],
)
def test_values_are_stored_in_one_form(kind: str, value: Any, stored: Any) -> None:
    assert stored_value(DEFINITIONS[kind], value) == stored


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", ""), ("text", " "), ("text", "a\x00"), ("text", "\ud800"), ("text", "x" * 10_001), ("text", 5),
        ("text", ["a"]), ("number", "5"), ("number", True), ("number", math.nan), ("number", math.inf),
        ("number", 10**13), ("number", 10**400), ("number", Decimal("NaN")), ("date", "0000-01-01"),
        ("date", "2026-02-30"), ("date", "20260101"), ("date", "1500-01-01"), ("date", "2026-01-01T10:00:00Z"),
        ("date", 20260101), ("dropdown", "rojo"), ("dropdown", None), ("dropdown", ["Rojo"]), ("boolean", 1),
        ("boolean", "true"), ("phone", "123"), ("phone", "9" * 5000), ("email", "a@b"), ("email", "a b@c.cr"),
        ("email", "x" * 300 + "@a.cr"), ("url", "javascript:alert(1)"), ("url", "https://"), ("url", "ftp://a.cr"),
        ("url", "https://a.cr/ x"),
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused(kind: str, value: Any) -> None:
    with pytest.raises(WrongValue, match=r"\.$"):
        stored_value(DEFINITIONS[kind], value)


@pytest.mark.parametrize(
    ("kind", "validation", "good", "bad"),
    [
        ("number", {"min": 0, "max": 10}, [0, 10, 5.5], [-0.1, 11]),
        (
            "date",
            {"min": "2026-01-01", "max": "2026-12-31"},
            ["2026-01-01", "2026-12-31"],
            ["2025-12-31", "2027-01-01"],
        ),
        ("text", {"min": 2, "max": 3}, ["ab", "abc"], ["a", "abcd"]),
        ("text", {"pattern": "[A-Z]{3}"}, ["ABC"], ["ABCD", "abc", "xABC", "ABC\nABC"]),
    ],
)
def test_validation_holds_values(kind: str, validation: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    definition = FieldDefinition("x", "X", kind, validation=validation)
    for value in good:
        assert stored_value(definition, value) == value
    for value in bad:
        with pytest.raises(WrongValue):
            stored_value(definition, value)


@given(st.text(max_size=60), st.text(max_size=200))
def test_no_pattern_fails_or_lingers(pattern: str, text: str) -> None:
    if pattern_problem(pattern) is None:
        matching(pattern, [text.encode(errors="ignore").decode()])


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*)*x", "a?" * 50 + "a" * 50])
def test_a_pattern_made_to_hang_does_not(pattern: str) -> None:
    assert pattern_problem(pattern) is None
    assert matching(pattern, ["a" * 100_000 + "!"]) == [False]


@pytest.mark.parametrize(
    ("kind", "default", "value"),
    [("number", "5", 5), ("number", "2.5", 2.5), ("boolean", "true", True), ("date", "2026-01-01", "2026-01-01"),
     ("dropdown", "Azul", "Azul"), ("text", None, None), ("text", " ", None)],
)  # fmt: skip
def test_defaults_are_read_from_their_text(kind: str, default: str | None, value: Any) -> None:
    definition = FieldDefinition("x", "X", kind, options=DEFINITIONS[kind].options, default=default)
    assert default_value(definition) == value


def test_a_record_keeps_what_was_not_sent_and_loses_what_was_emptied() -> None:
    definitions = [FieldDefinition("a", "A"), FieldDefinition("b", "B", "number"), FieldDefinition("c", "C")]
    stored = {"a": "uno", "b": 2, "archivado": "queda"}
    assert merged_values(definitions, stored, {"a": None, "c": "tres"}) == {"b": 2, "c": "tres", "archivado": "queda"}
    assert merged_values(definitions, stored, {"b": ""}) == {"a": "uno", "archivado": "queda"}
    with pytest.raises(Invalid) as refused:
        merged_values(definitions, stored, {"b": "x", "nada": 1})
    assert [error.field for error in refused.value.errors] == ["custom_fields.b", "custom_fields.nada"]


def test_what_was_there_may_stay_though_the_rules_have_changed() -> None:
    definition = FieldDefinition("a", "A", "number", validation={"max": 5})
    assert merged_values([definition], {"a": 9}, {"a": 9}) == {"a": 9}
    with pytest.raises(Invalid):
        merged_values([definition], {"a": 9}, {"a": 10})
    with pytest.raises(Invalid):
        merged_values([definition], {"a": 1}, {"a": True})


def test_required_fields_and_defaults_of_new_records() -> None:
    definitions = [
        FieldDefinition("a", "A", is_required=True),
        FieldDefinition("b", "B", "number", is_required=True, default="7"),
        FieldDefinition("c", "C", "number", default="no es un número"),
    ]
    assert merged_values(definitions, {}, {"a": "x"}, new=True) == {"a": "x", "b": 7}
    with pytest.raises(Invalid) as refused:
        merged_values(definitions, {}, {"c": 1}, new=True)
    assert [(error.field, error.message) for error in refused.value.errors] == [("custom_fields.a", "Falta este dato.")]


def test_a_change_must_leave_what_is_required_and_bring_what_is_asked() -> None:
    definitions = [FieldDefinition("a", "A", is_required=True), FieldDefinition("b", "B", "number", is_required=True)]
    # What was required after the record was made is not the business of every change.
    assert merged_values(definitions, {}, {"a": "x"}) == {"a": "x"}
    assert merged_values(definitions, {"a": "x"}, {"a": "y", "b": None}) == {"a": "y"}
    for sent, asked, field in (
        ({"a": None}, (), "a"),
        ({"a": " "}, (), "a"),
        ({}, ("b",), "b"),
        ({"b": None}, ("b",), "b"),
    ):
        with pytest.raises(Invalid) as refused:
            merged_values(definitions, {"a": "x"}, sent, asked=asked)
        assert [(error.field, error.message) for error in refused.value.errors] == [
            (f"custom_fields.{field}", "Falta este dato.")
        ]


def test_what_is_read_can_be_sent_back_though_a_field_is_none_any_more() -> None:
    definitions = [FieldDefinition("a", "A")]
    stored = {"a": "uno", "archivado": "queda"}
    assert merged_values(definitions, stored, {"a": "dos", "archivado": "queda"}) == {"a": "dos", "archivado": "queda"}
    for value in ("otro", None):
        with pytest.raises(Invalid) as refused:
            merged_values(definitions, stored, {"archivado": value})
        assert [error.field for error in refused.value.errors] == ["custom_fields.archivado"]


def test_fields_of_a_kind_of_contact_are_fields_like_others() -> None:
    (field,) = contact_fields(
        [{"name": "estado", "label": "Estado", "type": "dropdown", "options": ["Bueno", "Malo"], "required": True}]
    )
    assert field == FieldDefinition("estado", "Estado", "dropdown", True, ("Bueno", "Malo"))
    assert merged_values([field], {}, {"estado": "Bueno"}) == {"estado": "Bueno"}


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "Sí"), (False, "No"), (5, "5"), (2.5, "2.5"), (1e6, "1000000"), (Decimal("1.10"), "1.1"), ("a", "a")],
)
def test_values_as_a_person_would_write_them(value: Any, text: str) -> None:
    assert text_of(value) == text
