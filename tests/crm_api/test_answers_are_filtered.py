"""What an answer of a list shows can be asked for: each field has a filter, and an empty one can be looked for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel

from crm_api.customers.filters import CustomerFilters
from crm_api.customers.schemas import CustomerAnswer
from crm_api.filtering import ColumnFilters
from crm_api.interactions.filters import InteractionFilters
from crm_api.interactions.schemas import InteractionAnswer
from crm_api.opportunities.filters import OpportunityFilters
from crm_api.opportunities.schemas import OpportunityAnswer
from crm_api.sales.filters import SaleFilters
from crm_api.sales.schemas import SaleAnswer
from pymeai.costa_rica.text import fold
from tests.crm_api.conftest import Company

LISTS: dict[str, tuple[type[BaseModel], type[ColumnFilters], dict[str, str]]] = {
    "customers": (CustomerAnswer, CustomerFilters, {"custom_fields": "custom"}),
    "opportunities": (
        OpportunityAnswer,
        OpportunityFilters,
        {
            "custom_fields": "custom",
            # Two pipelines may have stages of one name.
            "stage_name": "stage_id",
        },
    ),
    "interactions": (InteractionAnswer, InteractionFilters, {"custom_fields": "custom"}),
    "sales": (SaleAnswer, SaleFilters, {"custom_fields": "custom", "lines": "product"}),
}
"""Answer, filters, and the fields whose filter has another name."""
NONE_NEEDED = {
    # A place among the cards of a stage.
    ("opportunities", "board_position"),
    # GET /api/sales has opportunity_id.
    ("opportunities", "sale_id"),
}
EMPTY_ELSEWHERE = {"customer_name": "customer_id_empty", "opportunity_title": "opportunity_id_empty"}


@pytest.mark.parametrize("name", list(LISTS))
def test_each_field_has_a_filter(name: str) -> None:
    answer, filters, renamed = LISTS[name]
    there = set(filters.model_fields)
    fields = [field for field in answer.model_fields if (name, field) not in NONE_NEEDED]
    asked = {field: renamed.get(field, field) for field in fields}
    missing = [field for field, by in asked.items() if not {by, f"{by}_from"} & there]
    assert missing == []
    ranged = [field for field, by in asked.items() if f"{by}_from" in there and f"{by}_to" not in there]
    assert ranged == []


@pytest.mark.parametrize("name", list(LISTS))
def test_each_field_that_may_be_empty_can_be_asked_for_so(name: str) -> None:
    answer, filters, _ = LISTS[name]
    may = [
        field
        for field, info in answer.model_fields.items()
        if type(None) in getattr(info.annotation, "__args__", ()) and (name, field) not in NONE_NEEDED
    ]
    assert may
    there = set(filters.model_fields)
    # Every contact has a customer.
    required = {"customer_name"} if name == "interactions" else set()
    assert [one for one in may if EMPTY_ELSEWHERE.get(one, f"{one}_empty") not in there and one not in required] == []


@dataclass
class Trade:
    """An owner and a seller who sees only their own, with a contact and a sale of two customers."""

    owner: Company
    seller: Company
    other: str


@pytest.fixture(scope="module")
def trade(register: Callable[..., Company], colleague: Callable[[Company, str], Company]) -> Trade:
    owner, neighbour = register("Preguntas"), register("Preguntas ajenas")
    seller = colleague(owner, "seller")
    other = ""
    for company in (owner, neighbour):
        for name, title in (("María Núñez", "Techo de zinc"), ("Luis Soto", "Portón")):
            customer = _made(company, "/api/customers", company_name=name, email="maria@preguntas.cr")["customer_id"]
            deal = {"title": title, "customer_id": customer, "user_id": str(company.user_id)}
            opportunity = _made(company, "/api/opportunities", **deal)["opportunity_id"]
            contact = {
                "type": "Llamada",
                "notes": f"Le urge: {title}",
                "outcome": "Zinc",
                "opportunity_id": opportunity,
            }
            _made(company, f"/api/customers/{customer}/interactions", **contact)
            _made(company, "/api/sales", customer_id=customer, sold_at="2026-11-01", amount=1, external_key=title)
            other = opportunity if company is owner else other
    nobodys = {"type": "Visita", "date_time": "2026-11-01T10:00:00-06:00"}
    customers = owner.get("/api/customers", params={"company_name": "Luis Soto"}).json()["items"]
    _made(owner, f"/api/customers/{customers[0]['customer_id']}/interactions", **nobodys)
    assert owner.put("/api/organization", {"settings": {"sellers_see": "own"}}).status_code == 200
    return Trade(owner, seller, other)


def _made(company: Company, path: str, **values: Any) -> dict[str, Any]:
    response = company.post(path, values)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def _shown(person: Company, path: str, query: str, what: str) -> list[str | None]:
    answer = person.get(f"{path}?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == len(answer.json()["items"])
    return sorted(item[what] for item in answer.json()["items"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("customer_name=nunez", ["María Núñez"]),
        ("customer_name=NÚÑEZ maria", ["María Núñez"]),
        # An e-mail is no name.
        ("customer_name=maria", ["María Núñez"]),
        ("customer_name=preguntas", []),
        ("notes=urge techo", ["María Núñez"]),
        # Its outcome says zinc too, and is not asked.
        ("notes=zinc", ["María Núñez"]),
        ("notes=%25", []),
        ("opportunity_title=zinc", ["María Núñez"]),
        ("opportunity_title=porton", ["Luis Soto"]),
        ("opportunity_title=llamada", []),
        ("opportunity_id_empty=true", ["Luis Soto"]),
        ("opportunity_id_empty=false", ["Luis Soto", "María Núñez"]),
    ],
)
def test_contacts_are_found(trade: Trade, query: str, found: list[str]) -> None:
    assert _shown(trade.owner, "/api/interactions", query, "customer_name") == found


@pytest.mark.parametrize(("words", "found"), [("nunez", ["Techo de zinc"]), ("so lu", ["Portón"]), ("portón", [])])
def test_sales_are_found_by_their_customers_name(trade: Trade, words: str, found: list[str]) -> None:
    assert _shown(trade.owner, "/api/sales", f"customer_name={words}", "external_key") == found


@pytest.fixture(scope="module")
def hardware(register: Callable[..., Company]) -> Company:
    """A company whose sales have lines; another one has the same."""
    company, neighbour = register("Productos"), register("Productos ajenos")
    lines: dict[str, list[dict[str, Any]]] = {
        "F-1": [
            {"description": "Cemento gris 50 kg", "unit_price": 7},
            {"code": "C-7", "description": "Lámina de zinc", "category": "Construcción", "unit_price": 9},
        ],
        "F-2": [{"description": "Cemento blanco", "unit_price": 7}],
        "F-3": [{"unit_price": 7}],
    }
    for one in (company, neighbour):
        for key, each in lines.items():
            _made(one, "/api/sales", sold_at="2026-11-01", external_key=key, lines=each)
        _made(one, "/api/sales", sold_at="2026-11-01", external_key="F-4", amount=5)
    return company


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("cemento", ["F-1", "F-2"]), ("CEMENTO gris", ["F-1"]), ("lámina c-7", ["F-1"]), ("construccion", ["F-1"]),
        # Words of two lines are no product; what a line holds beside its names is not looked at.
        ("lamina gris", []), ("description", []), ("quantity", []), ("%25", []), ("null", []),
    ],
)  # fmt: skip
def test_sales_are_found_by_the_products_of_their_lines(hardware: Company, words: str, found: list[str]) -> None:
    assert _shown(hardware, "/api/sales", f"product={words}", "external_key") == found
    searched = _shown(hardware, "/api/sales", f"product={words}&q=F-2", "external_key")
    assert searched == [key for key in found if key == "F-2"]
    exported = hardware.get(f"/api/exports/sales?product={words}")
    assert exported.status_code == 200
    assert [key for key in ("F-1", "F-2", "F-3", "F-4") if key in exported.text] == found


def test_an_opportunity_that_one_may_not_see_is_as_good_as_none(trade: Trade) -> None:
    # The customers are nobody's, so their contacts are seen; the opportunities are the owner's.
    everyone = ["Luis Soto", "Luis Soto", "María Núñez"]
    for query, found in (
        ("", everyone), ("opportunity_title=zinc", []), (f"opportunity_id={trade.other}", []),
        ("opportunity_id_empty=true", everyone), ("opportunity_id_empty=false", []),
    ):  # fmt: skip
        assert _shown(trade.seller, "/api/interactions", query, "customer_name") == found, query
    assert _shown(trade.owner, "/api/interactions", f"opportunity_id={trade.other}", "customer_name") == ["Luis Soto"]


@pytest.mark.parametrize(("path", "number"), [("/api/interactions", 3), ("/api/sales", 2)])
@pytest.mark.parametrize("query", [{}, {"q": "soto porton"}, {"q": "preguntas"}])
def test_contacts_and_sales_come_by_their_customers_name(
    trade: Trade, path: str, number: int, query: dict[str, str]
) -> None:
    expected = sorted((item["customer_name"] for item in trade.owner.get(path, params=query).json()["items"]), key=fold)
    assert len(expected) == (1 if "soto porton" in query.values() else number)
    for sign in ("", "-"):
        parameters: dict[str, Any] = {"sort": f"{sign}customer_name", "limit": 1, **query}
        shown = []
        while True:
            page = trade.owner.get(path, params=parameters).json()
            shown += [item["customer_name"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            parameters["cursor"] = page["next_cursor"]
        assert shown == (expected[::-1] if sign else expected)
