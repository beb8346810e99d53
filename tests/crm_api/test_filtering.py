"""Filters of lists: on every column, together, and nothing that is none."""

from collections.abc import Callable
from typing import Any

import pytest

from crm_api.custom_fields.filters import MAX_EXPRESSIONS
from crm_api.customers.filters import COLUMNS, CustomerFilters
from crm_api.filtering import ColumnFilters, conditions
from crm_api.interactions.filters import COLUMNS as INTERACTION_COLUMNS
from crm_api.interactions.filters import InteractionFilters
from crm_api.opportunities.filters import OpportunityFilters, columns_on
from crm_api.sales.filters import COLUMNS as SALE_COLUMNS
from crm_api.sales.filters import SaleFilters
from tests.conftest import TODAY
from tests.crm_api.conftest import Company, fields, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def people(register: Callable[..., Company]) -> Company:
    """Three customers who differ in everything."""
    company = register("Filtros", "ferreteria")
    for values in (
        {
            "first_name": "Ana", "last_name": "Mora", "email": "ana@filtros.cr", "phone": "8888-0001",
            "identification_number": "1-0613-0584", "district": "10101", "tags": ["VIP", "Norte"], "external_id": "F-1",
            "address": "200 m sur de la escuela, centro de Puriscal", "source": "Feria", "custom_fields": {"tipo_cliente": "Contratista", "plazo_dias": 30, "obra": "Casa Añil"},
            "consent": {"whatsapp": {"granted": True}, "email": {"granted": False}},
            "owner_user_id": str(company.user_id),
        },
        {
            "company_name": "Beta S.A.", "email": "beta@filtros.cr", "province": "Cartago", "tags": ["Norte"],
            "status": "inactive", "custom_fields": {"tipo_cliente": "Hogar", "plazo_dias": 8},
            "identification_number": "3-101-555555", "phone_alt": "2222-3333",
        },
        {"first_name": "Carla"},
    ):  # fmt: skip
        assert company.post("/api/customers", values).status_code == 201
    return company


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=inactive", "B"),
        ("status=active&status=inactive", "ABC"),
        ("kind=person", "AC"),
        ("kind=person&status=inactive", ""),
        ("first_name=Ana&first_name=Carla", "AC"),
        ("company_name=Beta S.A.", "B"),
        ("email=ANA@filtros.cr", "A"),
        ("email_empty=true", "C"),
        ("email_empty=false", "AB"),
        ("phone=%2B50688880001", "A"),
        ("phone=8888-0001", "A"),
        ("phone=8888 0001&phone=nada", "A"),
        ("phone_alt=(506) 2222-3333", "B"),
        ("phone_alt_empty=false", "B"),
        ("identification_number=1-0613-0584", "A"),
        ("identification_number=3101555555", "B"),
        ("identification_number=x", ""),
        ("first_name=ANÁ", "A"),
        ("company_name=beta s.a.", "B"),
        ("identification_type=01", "A"),
        ("identification_type_empty=true", "C"),
        ("address=puriscal centro", "A"),
        ("address=Escuela", "A"),
        ("address=san", ""),
        ("address_empty=false", "A"),
        ("identification_number_empty=true", "C"),
        ("external_id=F-1", "A"),
        ("source=Feria", "A"),
        ("source_empty=true", "BC"),
        ("province=1", "A"),
        ("province=Cartago&province=San José", "AB"),
        ("canton=101", "A"),
        ("district=10101", "A"),
        ("tags=VIP&tags=Nada", "A"),
        ("tag=Norte", "AB"),
        ("tags_all=VIP&tags_all=Norte", "A"),
        ("tags_all=Norte", "AB"),
        ("tags_empty=true", "C"),
        ("tags_empty=false", "AB"),
        ("consent=whatsapp", "A"),
        ("consent=email", ""),
        ("consent_empty=true", "BC"),
        ("consent_empty=false", "A"),
        ("owner_user_id_empty=true", "BC"),
        (f"owner_user_id={NOBODY}", ""),
        (f"customer_id={NOBODY}", ""),
        ("segment_empty=true", "ABC"),
        ("segment=frecuente", ""),
        ("lifetime_value_empty=true", "ABC"),
        ("lifetime_value_from=0", ""),
        ("last_interaction_empty=false", ""),
        ("created_at_from=2020-01-01", "ABC"),
        ("created_at_to=2020-01-01", ""),
        ("created_at_from=0001-01-01&created_at_to=9999-12-31", "ABC"),
        ("updated_at_from=2020-01-01T00:00:00Z", "ABC"),
        ("custom=tipo_cliente:eq:Hogar", "B"),
        ("custom=tipo_cliente:eq:Hogar&custom=tipo_cliente:eq:Contratista", "AB"),
        ("custom=plazo_dias:gte:8&custom=plazo_dias:lte:29", "B"),
        ("custom=obra:contains:anil", "A"),
        ("custom=obra:empty:true", "BC"),
        ("custom=tipo_cliente:ne:Hogar&status=active", "AC"),
        ("q=norte&tags=Norte", ""),
        ("q=ana&tags=VIP", "A"),
    ],
)
def test_each_filter_finds_who_it_should(people: Company, query: str, found: str) -> None:
    answer = people.get(f"/api/customers?{query}&sort=created_at")
    assert answer.status_code == 200, answer.text
    names = [(item["first_name"] or item["company_name"])[0] for item in answer.json()["items"]]
    assert "".join(names) == found
    assert answer.json()["total"] == len(found)


def test_a_day_lasts_from_midnight_to_midnight_in_costa_rica(people: Company) -> None:
    for sold_at in ("2026-03-09T23:59:59-06:00", "2026-03-10T00:00:00-06:00", "2026-03-10T23:59:59-06:00",
                    "2026-03-11T00:00:00-06:00"):  # fmt: skip
        assert people.post("/api/sales", {"sold_at": sold_at, "amount": 1}).status_code == 201
    for query, number in (
        ({"sold_at_from": "2026-03-10", "sold_at_to": "2026-03-10"}, 2),
        ({"sold_at_to": "2026-03-10"}, 3),
        ({"sold_at_from": "2026-03-11T06:00:00Z"}, 1),
        ({"sold_at_to": "2026-03-10T00:00:00"}, 2),
    ):
        assert people.get("/api/sales", params=query).json()["total"] == number, query


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("nada=1", "nada"),
        ("status=x", "status"),
        ("status=active&status=x", "status"),
        ("kind=", "kind"),
        ("owner_user_id=x", "owner_user_id"),
        ("tags=%00", "tags"),
        ("first_name=" + "a" * 301, "first_name"),
        ("address=", "address"),
        ("province=Texas", "province"),
        ("created_at_from=ayer", "created_at_from"),
        ("created_at_from=0000-01-01", "created_at_from"),
        ("created_at_to=9999-12-31T23:59:59-12:00", "created_at_to"),
        ("lifetime_value_from=NaN", "lifetime_value_from"),
        ("lifetime_value_from=Infinity", "lifetime_value_from"),
        ("lifetime_value_to=1e400", "lifetime_value_to"),
        ("email_empty=quiza", "email_empty"),
        ("custom=a%00", "custom"),
        ("custom=nada:eq:1", "custom"),
        ("consent=paloma", "consent"),
        ("&".join(["custom=plazo_dias:eq:1"] * (MAX_EXPRESSIONS + 1)), "custom"),
        ("&".join(["first_name=a"] * 101), "first_name"),
    ],
)
def test_what_is_no_filter_is_refused(people: Company, query: str, field: str) -> None:
    found = problem(people.get(f"/api/customers?{query}"), 422, "invalid")
    assert set(fields(found)) == {field}
    assert all(error["message"].endswith((".", "'")) for error in found["errors"])


@pytest.mark.parametrize(
    ("filters", "columns"),
    [(CustomerFilters, COLUMNS), (SaleFilters, SALE_COLUMNS), (OpportunityFilters, columns_on(TODAY)),
     (InteractionFilters, INTERACTION_COLUMNS)],
)  # fmt: skip
def test_every_field_of_a_filter_has_a_column(filters: type[ColumnFilters], columns: dict[str, Any]) -> None:
    assert conditions(filters(), columns) == []


def test_the_openapi_shows_each_filter(people: Company) -> None:
    operation = people.get("/openapi.json").json()["paths"]["/api/customers"]["get"]
    shown = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"}
    assert shown == set(CustomerFilters.model_fields) | {"limit", "cursor", "sort", "q"}
