"""Customers found by what people type: without accents, in any order, by numbers and codes, with typing errors."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import ColumnElement, select, text
from sqlalchemy.dialects import postgresql

from crm_api.search import CUSTOMER_SEARCHED as SEARCHED
from crm_api.search import matches, resembles, sounds_like
from pymeai.database.tables.tenant import Customer
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session
from tests.crm_api.conftest import Company


def _create(company: Company, **values: Any) -> dict[str, Any]:
    response = company.post("/api/customers", values)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("nuñez maria", True),
        ("NÚÑEZ", True),
        ("nunez", True),
        ("busqueda.cr", True),
        ("6123-45", True),
        ("nunez pedro", False),
        ("%", False),
        ("_____", False),
        ("\\", False),
    ],
)
def test_search_ignores_accents_and_order(register: Callable[..., Company], query: str, found: bool) -> None:
    company = register("Búsqueda")
    created = _create(company, first_name="María", last_name="Núñez", email="maria@busqueda.cr", phone="61234567")
    _create(company, first_name="Luis", last_name="Soto")
    answer = company.get("/api/customers", params={"q": query}).json()
    assert [item["customer_id"] for item in answer["items"]] == ([created["customer_id"]] if found else [])
    assert answer["total"] == int(found)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ZC_10%7", {"Uno"}),
        ("zc_1", {"Uno"}),
        ("C_10%7", {"Uno"}),
        ("acme", {"Dos"}),
        ("CM", set()),
        ("AC", {"Dos"}),
        ("ac do", {"Dos"}),
        ("ZCx10", set()),
        ("3-101-55", {"Tres"}),
        ("3101 555", {"Tres"}),
        ("310155", {"Tres"}),
        ("1015", {"Tres"}),
        ("3102", set()),
        ("8765 4321", {"Cuatro"}),
        ("(506) 8765-4321", {"Cuatro"}),
        ("+506 8765 4321", {"Cuatro"}),
        ("2222-3333", {"Cuatro"}),
        ("20-30", {"Cinco"}),
        ("%", {"Uno"}),
        ("*", set()),
        ("\\m", set()),
    ],
)
def test_search_finds_codes_and_numbers_however_they_are_typed(numbered: Company, query: str, found: set[str]) -> None:
    items = numbered.get("/api/customers", params={"q": query}).json()["items"]
    assert {item["first_name"] or item["company_name"] for item in items} == found


@pytest.fixture(scope="module")
def numbered(register: Callable[..., Company]) -> Company:
    """Customers that are found by their codes and numbers."""
    company = register("Códigos")
    for values in (
        {"first_name": "Uno", "external_id": "ZC_10%7"},
        {"first_name": "Dos", "external_id": "ACME"},
        {"company_name": "Tres", "identification_number": "3-101-555555"},
        {"first_name": "Cuatro", "phone": "8765-4321", "phone_alt": "2222-3333"},
        {"first_name": "Cinco", "external_id": "20-30"},
    ):
        _create(company, **values)
    return company


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("gonsales", "González"),
        ("Gonzalez", "González"),
        ("Jimenes", "Jiménez"),
        ("maria jimenes", "Jiménez"),
        ("vargs", "Vargas"),
        ("Vrgas Luis", "Vargas"),
        ("constructra", None),
        ("xilófono", ""),
        ("99999999", ""),
    ],
)
def test_search_forgives_typing_errors(misspelt: Company, query: str, first: str | None) -> None:
    answer = misspelt.get("/api/customers", params={"q": query}).json()
    assert answer["total"] == len(answer["items"])
    assert [item["last_name"] for item in answer["items"]][:1] == ([] if first == "" else [first])


@pytest.fixture(scope="module")
def misspelt(register: Callable[..., Company]) -> Company:
    """Customers whose names people get wrong."""
    company = register("Errores")
    for first, last in (("Ana", "González"), ("María", "Jiménez"), ("Luis", "Vargas"), ("Marta", "Solano")):
        _create(company, first_name=first, last_name=last)
    _create(company, company_name="Constructora Peña S.A.")
    return company


def test_typing_errors_are_forgiven_only_where_nothing_matches(misspelt: Company) -> None:
    found = misspelt.get("/api/customers", params={"q": "mar"}).json()
    assert {item["first_name"] for item in found["items"]} == {"María", "Marta"}
    assert misspelt.get("/api/customers", params={"q": "gonsales", "kind": "company"}).json()["total"] == 0
    assert len(misspelt.get("/api/customers", params={"q": "jimenes", "limit": 1}).json()["items"]) == 1


@pytest.mark.parametrize("query", ["nuñez maria", "nu", "nuñez de", "6123-45", "ZC_10"])
def test_the_index_serves_every_search(misspelt: Company, settings: Settings, query: str) -> None:
    with tenant_session(settings, misspelt.tenant) as session:
        # Of a table as small as the test's the planner would read all of it.
        session.execute(text("set local enable_seqscan = off"))
        searches: list[list[ColumnElement[bool]]] = [
            matches(SEARCHED, query),
            sounds_like(SEARCHED, query),
            resembles(session, SEARCHED, query),
        ]
        for conditions in searches:
            statement = select(Customer.customer_id).where(*conditions)
            compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
            plan = session.connection().exec_driver_sql(
                f"explain {str(compiled).replace('%%', '%')}".replace("%", "%%")
            )
            assert "customers_search_idx" in "\n".join(row[0] for row in plan)
