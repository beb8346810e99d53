"""What is said of a value that cannot be: in Spanish, and enough to write a right one."""

from typing import Any

import pytest

from tests.crm_api.conftest import Company, fields, problem

EXPECTED = "Debe ser uno de estos valores:"
ONE_LINE = "Escríbalo en una sola línea, sin tabuladores ni otros caracteres de control."
INVISIBLE = "Escriba algo que se vea: solo tiene espacios o caracteres invisibles."


@pytest.mark.parametrize(
    ("method", "path", "body", "field", "message"),
    [
        ("POST", "/api/customers", {"first_name": ""}, "first_name", "Debe tener al menos un carácter."),
        ("POST", "/api/customers", {"first_name": "x" * 301}, "first_name", "Debe tener como máximo 300 caracteres."),
        ("POST", "/api/api-keys", {"name": "x" * 101, "scopes": ["read"]}, "name",
         "Debe tener como máximo 100 caracteres."),
        ("POST", "/api/api-keys", {"name": "X", "scopes": []}, "scopes", "Falta al menos un elemento."),
        ("PUT", "/api/users/{user_id}", {"first_name": ""}, "first_name", "Debe tener al menos un carácter."),
        ("PUT", "/api/users/{user_id}/role", {"role": "jefe"}, "role",
         f"{EXPECTED} «owner», «admin», «manager», «seller» o «viewer»."),
        ("PUT", "/api/organization", {"settings": {"sellers_see": "nada"}}, "settings.sellers_see",
         f"{EXPECTED} «all» u «own»."),
        ("PUT", "/api/organization", {"settings": {"currency": "EUR"}}, "settings.currency",
         "Debe ser CRC (colones) o USD (dólares)."),
        ("POST", "/api/customers", {"first_name": "A\tB"}, "first_name", ONE_LINE),
        ("PUT", "/api/organization", {"name": "\aCampana"}, "name", ONE_LINE),
        ("PUT", "/api/organization", {"name": "A\nB"}, "name", ONE_LINE),
        ("PUT", "/api/organization", {"name": "A\u2029B"}, "name", ONE_LINE),
        ("PUT", "/api/organization", {"name": "A\x85B"}, "name", ONE_LINE),
        ("PUT", "/api/organization", {"name": "\u200b\u2060\ufeff"}, "name", INVISIBLE),
        ("PUT", "/api/organization", {"name": "\u3164\ufe0f"}, "name", INVISIBLE),
        ("PUT", "/api/users/{user_id}", {"first_name": "\u200d"}, "first_name", INVISIBLE),
        ("PUT", "/api/users/{user_id}", {"last_name": "A\rB"}, "last_name", ONE_LINE),
    ],
)  # fmt: skip
def test_what_is_said_of_a_wrong_value(
    company_a: Company, method: str, path: str, body: dict[str, Any], field: str, message: str
) -> None:
    answer = company_a.request(method, path.format(user_id=company_a.user_id), json=body)
    assert fields(problem(answer, 422, "invalid")) == {field: message}


@pytest.mark.parametrize("name", ["Ñandú & Cía.", "Taller 👩\u200d🔧", "  Con espacios\n", "שלום \u200fעולם", "."])
def test_names_that_are_odd_and_seen(company_b: Company, name: str) -> None:
    assert company_b.put("/api/organization", {"name": name}).json()["name"] == name.strip()


def test_what_was_imported_with_a_tabulator_is_found_by_it(company_a: Company) -> None:
    """A filter asks for what is stored, which an older version or a file may have written."""
    answer = company_a.get("/api/customers", params={"source": "A\tB"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == 0
