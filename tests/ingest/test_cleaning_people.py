import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cleaning.people import read_emails, read_identifications, read_phones, split_names
from pymeai.costa_rica.identification import IdentificationError, parse_identification
from pymeai.costa_rica.names import split_name
from pymeai.costa_rica.phones import PhoneError, parse_phones

WORDS = [
    "Ana",
    "María",
    "José",
    "J.",
    "Carlos",
    "de",
    "la",
    "De",
    "los",
    "Mora",
    "Ñáñez",
    "O'Neill",
    "S.A.",
    "S. A.",
    "Soda",
    "y",
]


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from([*WORDS, ",", "&"]), min_size=1, max_size=6).map(" ".join), max_size=20))
def test_a_column_of_names_is_split_as_each_of_them(names):
    found = split_names(pa.array(names, pa.string()))
    for place, text in enumerate(names):
        name = split_name(text)
        assert {part: values[place].as_py() for part, values in found.items()} == {
            "first_name": name.first_name,
            "last_name": name.last_name,
            "company_name": name.company_name,
            "kind": name.kind,
        }


DIGITS = st.text("0123456789-/+() .", min_size=1, max_size=20).filter(lambda text: text.strip() == text)
NUMBERS = st.one_of(
    DIGITS,
    st.from_regex(r"\A(\+?506 ?)?[2-8]\d{3}[- ]?\d{4}( / [2-8]\d{7})?\Z"),
    st.from_regex(r"\A0?[1-9]-?\d{4}-?\d{4}\Z"),
    st.from_regex(r"\A3-?10[12]-?\d{6}\Z"),
)


@settings(deadline=None)
@given(st.lists(NUMBERS, max_size=20))
def test_a_column_of_phones_is_read_as_each_of_them(texts):
    parsed = read_phones(pa.array(texts, pa.string()))
    for place, text in enumerate(texts):
        if parsed.values[place].is_valid:
            phones = parse_phones(text)
            assert parsed.values[place].as_py() == phones.phone
            assert parsed.extra["phone_alt"][place].as_py() == phones.phone_alt
            continue
        with pytest.raises(PhoneError, match=re.escape(parsed.problems[place].message)):
            parse_phones(text)


@settings(deadline=None)
@given(st.lists(NUMBERS, max_size=20))
def test_a_column_of_identifications_is_read_as_each_of_them(texts):
    parsed = read_identifications(pa.array(texts, pa.string()))
    for place, text in enumerate(texts):
        if parsed.values[place].is_valid:
            found = parse_identification(text)
            assert parsed.values[place].as_py() == found.number
            assert parsed.extra["type"][place].as_py() == found.type
            continue
        with pytest.raises(IdentificationError, match=re.escape(parsed.problems[place].message)):
            parse_identification(text)


def test_emails():
    texts = [
        "ANA@X.com",
        "Ana <ana@x.co.cr>",
        "a@b.com; c@d.com",
        "mailto:q@w.com.",
        "josé@x.com",
        "a@b",
        "juan perez@c.com",
        "a@@b.com",
        "a@b..com",
    ]
    parsed = read_emails(pa.array(texts))
    assert parsed.values.to_pylist() == ["ana@x.com", "ana@x.co.cr", "a@b.com", "q@w.com", None, None, None, None, None]
    assert parsed.problems[2].kept
    assert {place for place, problem in parsed.problems.items() if not problem.kept} == {4, 5, 6, 7, 8}


@settings(deadline=None)
@given(st.from_regex(r"\A[a-z0-9]{1,6}([._+-][a-z0-9]{1,6})?@[a-z0-9]{1,6}(-[a-z0-9]{1,6})?(\.[a-z]{2,4}){1,2}\Z"))
def test_ordinary_addresses_read_back(address):
    parsed = read_emails(pa.array([f" {address.upper()} "]))
    assert parsed.values.to_pylist() == [address]
