"""The list of opportunities: a filter for every column, and each one filters."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from crm_api.opportunities.filters import OpportunityFilters
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from tests.crm_api.conftest import Company, fields, problem

EXACT = (
    "opportunity_id", "pipeline_id", "stage_id", "customer_id", "user_id", "seller", "title", "currency", "product",
    "status", "lost_reason", "source", "external_id",
)  # fmt: skip
RANGES = (
    "value", "exchange_rate", "created_at", "updated_at", "last_stage_change", "expected_close_date", "probability",
    "probability_override", "next_step_at", "effective_probability", "weighted_value",
)  # fmt: skip
WORDS = {"customer_name": "uno LA", "description": "gránde"}
EMPTY = (
    "customer_id", "user_id", "seller", "product", "lost_reason", "source", "external_id", "description",
    "expected_close_date", "probability", "probability_override", "next_step_at", "exchange_rate", "won_at", "lost_at",
    "last_stage_change",
)  # fmt: skip


@pytest.fixture(scope="module")
def pair(register: Callable[..., Company], settings: Settings) -> tuple[Company, dict[str, Any], dict[str, Any]]:
    """A company with two opportunities that differ in every column."""
    company = register("Filtros de oportunidades", "ferreteria")
    customer = company.post("/api/customers", {"company_name": "La Uno"}).json()["customer_id"]
    first = company.get("/api/pipelines").json()["items"][0]
    second = company.post("/api/pipelines", {"name": "Otro"}).json()
    lost = next(stage["stage_id"] for stage in second["stages"] if stage["kind"] == "lost")
    bodies: list[dict[str, Any]] = [
        {
            "title": "Techo", "stage_id": lost, "lost_reason": "Precio", "customer_id": customer, "value": 50,
            "user_id": str(company.user_id), "currency": "USD", "exchange_rate": 500, "product": "Zinc",
            "expected_close_date": "2026-12-01", "probability_override": 30, "source": "feria", "external_id": "O-1",
            "next_step_at": "2026-12-01T10:00:00", "description": "Grande",
            "custom_fields": {"lugar_entrega": "Puriscal"},
        },
        {"title": "Piso", "stage_id": first["stages"][0]["stage_id"], "value": 10},
    ]  # fmt: skip
    keys = []
    for body in bodies:
        response = company.post("/api/opportunities", body)
        assert response.status_code == 201, response.text
        keys.append(response.json()["opportunity_id"])
    with tenant_connection(settings, company.tenant) as connection:
        connection.execute(
            text("update opportunities set seller = 'Eva', probability = 20 where opportunity_id = :id"),
            {"id": keys[0]},
        )
    wanted, other = (company.get(f"/api/opportunities/{key}").json() for key in keys)
    return company, wanted, other


def _found(company: Company, **parameters: Any) -> list[str]:
    response = company.get("/api/opportunities", params=parameters)
    assert response.status_code == 200, response.text
    return [item["opportunity_id"] for item in response.json()["items"]]


def test_every_filter_of_the_list_is_tried_below() -> None:
    tried = {
        *EXACT,
        *(f"{name}_empty" for name in EMPTY),
        *(f"{name}_{end}" for name in RANGES for end in ("from", "to")),
    }
    closed = {"won_at_from", "won_at_to", "lost_at_from", "lost_at_to"}
    of_a_day = {"is_stalled", "is_overdue", "days_in_stage_from", "days_in_stage_to"}
    assert tried | closed | of_a_day | set(WORDS) | {"custom"} == set(OpportunityFilters.model_fields)


@pytest.mark.parametrize("name", EXACT)
def test_exactly(pair: tuple[Company, dict[str, Any], dict[str, Any]], name: str) -> None:
    company, wanted, other = pair
    assert _found(company, **{name: wanted[name]}) == [wanted["opportunity_id"]]
    if other[name] is not None:
        assert len(_found(company, **{name: [wanted[name], other[name]]})) == 2


@pytest.mark.parametrize("name", list(WORDS))
def test_by_the_words_of_a_text(pair: tuple[Company, dict[str, Any], dict[str, Any]], name: str) -> None:
    company, wanted, _ = pair
    assert _found(company, **{name: WORDS[name]}) == [wanted["opportunity_id"]]
    assert _found(company, **{name: WORDS[name] + " otra"}) == []
    assert _found(company, **{name: "%"}) == _found(company, **{name: "Precio"}) == []


@pytest.mark.parametrize("name", RANGES)
def test_from_and_to(pair: tuple[Company, dict[str, Any], dict[str, Any]], name: str) -> None:
    company, wanted, other = pair
    value, without = wanted[name], other[name]
    if without is None:
        assert _found(company, **{f"{name}_from": value}) == _found(company, **{f"{name}_to": value})
        assert _found(company, **{f"{name}_to": value}) == [wanted["opportunity_id"]]
        return
    low, high = sorted((value, without))
    for parameter, limit in ((f"{name}_from", high), (f"{name}_to", low)):
        expected = wanted if limit == value else other
        assert _found(company, **{parameter: limit}) == [expected["opportunity_id"]], parameter


@pytest.mark.parametrize("name", EMPTY)
def test_empty_or_not(pair: tuple[Company, dict[str, Any], dict[str, Any]], name: str) -> None:
    company, wanted, other = pair
    empty, full = _found(company, **{f"{name}_empty": "true"}), _found(company, **{f"{name}_empty": "false"})
    assert sorted(empty + full) == sorted([wanted["opportunity_id"], other["opportunity_id"]])
    assert empty == [one["opportunity_id"] for one in (other, wanted) if one[name] is None]


def test_closed_when(pair: tuple[Company, dict[str, Any], dict[str, Any]]) -> None:
    company, wanted, _ = pair
    for parameters in ({"lost_at_from": wanted["lost_at"]}, {"lost_at_to": wanted["lost_at"]}):
        assert _found(company, **parameters) == [wanted["opportunity_id"]]
    assert _found(company, won_at_from="2000-01-01") == _found(company, won_at_to="2100-01-01") == []


def test_custom_fields(pair: tuple[Company, dict[str, Any], dict[str, Any]]) -> None:
    company, wanted, other = pair
    assert _found(company, custom="lugar_entrega:eq:Puriscal") == [wanted["opportunity_id"]]
    assert _found(company, custom="lugar_entrega:empty:true") == [other["opportunity_id"]]
    found = problem(company.get("/api/opportunities", params={"custom": "nada:eq:1"}), 422)
    assert list(fields(found)) == ["custom"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("nada", "1"), ("status", "otra"), ("value_from", "NaN"), ("value_to", "1e99"), ("created_at_from", "0000-01-01"),
     ("stage_id", "x"), ("title", "a\x00"), ("expected_close_date_to", "ayer"), ("is_stalled", "quizás")],
)  # fmt: skip
def test_nonsense_is_refused(company_a: Company, name: str, value: str) -> None:
    assert list(fields(problem(company_a.get("/api/opportunities", params={name: value}), 422, "invalid"))) == [name]


@pytest.mark.parametrize(
    "sort",
    ["created_at", "updated_at", "title", "value", "product", "seller", "status", "expected_close_date", "next_step_at",
     "last_stage_change", "won_at", "lost_at", "board_position", "user_id", "probability", "customer_name",
     "weighted_value", "effective_probability"],
)  # fmt: skip
def test_sorted_both_ways_page_by_page(pair: tuple[Company, dict[str, Any], dict[str, Any]], sort: str) -> None:
    company, wanted, other = pair
    for order in (sort, f"-{sort}"):
        first = company.get("/api/opportunities", params={"sort": order, "limit": 1}).json()
        cursor = first["next_cursor"]
        second = company.get("/api/opportunities", params={"sort": order, "limit": 1, "cursor": cursor}).json()
        shown = [item[sort] for page in (first, second) for item in page["items"]]
        values = [value for value in (wanted[sort], other[sort]) if value is not None]
        expected = sorted(values, reverse=order.startswith("-"))
        assert shown == expected + [None] * (2 - len(expected))
