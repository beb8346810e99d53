import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymeai.costa_rica.identification import (
    Identification,
    IdentificationError,
    parse_identification,
    parse_type,
    show_identification,
)
from pymeai.costa_rica.phones import PhoneError, Phones, parse_phone, parse_phones, show_phone, whatsapp_link


@pytest.mark.parametrize(
    "text, code, number",
    [
        ("1-0613-0584", "01", "106130584"),
        ("1-613-584", "01", "106130584"),
        ("01 0613 0584", "01", "106130584"),
        ("0106130584", "01", "106130584"),
        ("106130584", "01", "106130584"),
        ("3-101-123456", "02", "3101123456"),
        ("3101123456", "02", "3101123456"),
        ("Cédula jurídica: 3-101-123456", "02", "3101123456"),
        ("155812345678", "03", "155812345678"),
        ("15581234567", "03", "15581234567"),
        ("9123456789", "04", "9123456789"),
        ("AB123456", "05", "AB123456"),
    ],
)
def test_the_form_tells_the_type(text, code, number):
    assert parse_identification(text) == Identification(code, number)


@pytest.mark.parametrize(
    "text", ["", "123", "012345678", "000000000", "3-101-1234", "2558123456789", "1-1111-111X", "ana@correo.com"]
)
def test_what_is_no_identification(text):
    with pytest.raises(IdentificationError) as error:
        parse_identification(text)
    assert str(error.value).endswith(".")


def test_a_type_that_the_file_tells_is_kept():
    assert parse_identification("3101123456", "04") == Identification("04", "3101123456")
    assert parse_identification("x-99", "06") == Identification("06", "X99")
    with pytest.raises(IdentificationError, match="9 dígitos"):
        parse_identification("3101123456", "01")


def test_an_unknown_legal_class_is_a_warning():
    found = parse_identification("3-999-123456")
    assert (found.type, found.number) == ("02", "3999123456")
    assert "3999" in found.warning


def test_types_and_display():
    assert [parse_type(text) for text in ("Jurídica", "2", "02", "FISICA", "dimex", "otra", "7")] == [
        *("02", "02", "02", "01", "03"),
        *(None, None),
    ]
    assert show_identification("01", "106130584") == "1-0613-0584"
    assert show_identification("02", "3101123456") == "3-101-123456"
    assert show_identification("03", "155812345678") == "155812345678"


@settings(deadline=None)
@given(
    st.integers(1, 9), st.integers(0, 9999), st.integers(1, 9999), st.sampled_from(["-", " ", "", "."]), st.booleans()
)
def test_physical_numbers_read_back(province, volume, entry, mark, zero):
    text = f"{'0' if zero else ''}{province}{mark}{volume:04d}{mark}{entry:04d}"
    assert parse_identification(text) == Identification("01", f"{province}{volume:04d}{entry:04d}")


@settings(deadline=None)
@given(st.sampled_from([2100, 3101, 3102, 4000]), st.integers(100_000, 999_999), st.sampled_from(["-", "", " "]))
def test_legal_numbers_read_back(legal_class, entry, mark):
    text = f"{str(legal_class)[0]}{mark}{str(legal_class)[1:]}{mark}{entry:06d}"
    assert parse_identification(text) == Identification("02", f"{legal_class}{entry:06d}")


@pytest.mark.parametrize(
    "text, phones",
    [
        ("8888-7777", Phones("+50688887777")),
        ("50688887777", Phones("+50688887777")),
        ("(506) 8888 7777", Phones("+50688887777")),
        ("00506 8888-7777", Phones("+50688887777")),
        ("8888-7777 / 2222-3333", Phones("+50688887777", "+50622223333")),
        ("8888 7777 2222 3333", Phones("+50688887777", "+50622223333")),
        ("cel 8888 7777, casa 2222 3333", Phones("+50688887777", "+50622223333")),
        ("8888-7777 / 8888 7777", Phones("+50688887777")),
        ("800-1234567", Phones("+5068001234567")),
        ("+1 (305) 234-5678", Phones("+13052345678")),
        ("505 8888 7777", Phones("+50588887777")),
        ("2222-3333 ext 12", Phones("+50622223333", None, "La extensión no se guarda.")),
        ("8888-7777 (Ana)", Phones("+50688887777", None, "Lo escrito junto al teléfono no se guarda.")),
    ],
)
def test_phones(text, phones):
    assert parse_phones(text) == phones


@pytest.mark.parametrize(
    "text", ["", "abc", "1234567", "99998888", "00000000", "+506 1234", "13052345678", "ana@x.com"]
)
def test_what_is_no_phone(text):
    with pytest.raises(PhoneError) as error:
        parse_phones(text)
    assert str(error.value).endswith(".")


@settings(deadline=None)
@given(
    st.integers(20_000_000, 89_999_999).filter(lambda number: str(number)[0] in "245678"),
    st.sampled_from(["{0}{1}", "{0}-{1}", "{0} {1}", "+506 {0} {1}", "506{0}{1}", "(506) {0}-{1}", "00506{0}{1}"]),
)
def test_costa_rican_numbers_read_back(number, form):
    digits = str(number)
    assert parse_phone(form.format(digits[:4], digits[4:])) == f"+506{digits}"
    assert show_phone(f"+506{digits}") == f"{digits[:4]}-{digits[4:]}"


@settings(deadline=None)
@given(st.text(max_size=24))
def test_any_text_is_a_number_or_an_error(text):
    with contextlib.suppress(PhoneError):
        assert parse_phone(text).startswith("+")


def test_foreign_display_and_whatsapp():
    assert show_phone("+13052345678") == "+1 305-234-5678"
    assert whatsapp_link("+50688887777", "Hola, ¿cómo está?") == (
        "https://wa.me/50688887777?text=Hola%2C%20%C2%BFc%C3%B3mo%20est%C3%A1%3F"
    )
