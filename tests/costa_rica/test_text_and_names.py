import pytest

from pymeai.costa_rica.names import Name, full_name, is_company, split_name
from pymeai.costa_rica.territory import PROVINCES, match_province, province_name
from pymeai.costa_rica.text import fold, snake_name, tidy


@pytest.mark.parametrize(
    "text, expected",
    [
        ("  José\u00a0 ÑANDÚ ", "jose nandu"),
        ("\ufeffCliente\u200b", "cliente"),
        ("Cédula  Jurídica", "cedula juridica"),
        ("", ""),
    ],
)
def test_fold(text, expected):
    assert fold(text) == expected


def test_tidy_keeps_capitals_and_accents():
    assert tidy(" María\t José\u202f Ñ ") == "María José Ñ"


@pytest.mark.parametrize(
    "label, name",
    [
        ("Fecha de Cumpleaños", "fecha_de_cumpleanos"),
        ("¿Contratista?", "contratista"),
        ("2do apellido", "campo_2do_apellido"),
        ("%%", "campo"),
    ],
)
def test_snake_name(label, name):
    assert snake_name(label) == name


@pytest.mark.parametrize(
    "text, first, last",
    [
        ("MAIONE, EDUARDO  LUIS", "EDUARDO LUIS", "MAIONE"),
        ("Claire Gute", "Claire", "Gute"),
        ("Juan Carlos Mora", "Juan Carlos", "Mora"),
        ("Ana Mora Rojas", "Ana", "Mora Rojas"),
        ("Ana María Rodríguez Salas", "Ana María", "Rodríguez Salas"),
        ("María de los Ángeles Soto Vargas", "María de los Ángeles", "Soto Vargas"),
        ("José de la O", "José", "de la O"),
        ("Cher", "Cher", None),
    ],
)
def test_people_are_split(text, first, last):
    assert split_name(text) == Name("person", first, last)


@pytest.mark.parametrize(
    "text",
    [
        "Ferretería El Pueblo S.A.",
        "Distribuidora X Ltda",
        "Soda La Uno",
        "Acme Corporation",
        "Hnos. Mora",
        "Inversiones 3-101",
        "Coca-Cola FEMSA, S.A.",
        "Rojas & Mora",
    ],
)
def test_companies_stay_whole(text):
    assert split_name(text) == Name("company", company_name=text)
    assert is_company(text)


def test_full_name_prefers_the_person():
    assert full_name("Ana", "Mora", "Soda") == "Ana Mora"
    assert full_name(None, None, "Soda") == "Soda"
    assert full_name(None, None) == ""


def test_provinces():
    for code, name in PROVINCES.items():
        assert match_province(name) == code
        assert match_province(fold(name).upper()) == code
        assert match_province(code) == code
        assert province_name(code + "01") == name
    assert match_province("Provincia de San Jose") == "1"
    assert match_province("70101") == "7"
    assert match_province("Kentucky") is None
    assert match_province("90210") is None
    assert province_name(None) is None
