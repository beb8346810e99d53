"""A won opportunity writes the sale of what is not sold yet, and reopening takes back only what nobody has touched."""

from typing import Any

import pytest

from tests.crm_api.conftest import Company
from tests.crm_api.opportunities import create_opportunity, move_opportunity, sales_of, stages_of


@pytest.fixture
def stages(company_a: Company) -> dict[str, str]:
    return stages_of(company_a)


def _record(company: Company, opportunity: dict[str, Any], amount: float, **values: Any) -> dict[str, Any]:
    body = {"sold_at": "2026-11-01", "amount": amount, "opportunity_id": opportunity["opportunity_id"]}
    response = company.post("/api/sales", body | values)
    assert response.status_code == 201, response.text
    recorded: dict[str, Any] = response.json()
    return recorded


DOLLARS = {"currency": "USD", "exchange_rate": 500}
NOTE = {"document_type": "credit_note"}


@pytest.mark.parametrize(
    ("opportunity", "recorded", "left"),
    [
        ({"value": 5}, [(1, {})], 4.0),
        ({"value": 5}, [(1, {}), (3, {}), (2, NOTE)], 3.0),
        ({"value": 5}, [(5, NOTE)], 10.0),
        ({"value": 5}, [(5, {})], None),
        ({"value": 5}, [(9, {})], None),
        ({"value": 5000}, [(4, DOLLARS)], 3000.0),
        ({"value": 10} | DOLLARS, [(1500, {"currency": "CRC"}), (1, DOLLARS)], 6.0),
        # What nobody can compare is not guessed.
        ({"value": 5000}, [(4, DOLLARS | {"exchange_rate": None})], None),
    ],
)
def test_winning_writes_what_is_not_sold_yet(
    company_a: Company,
    stages: dict[str, str],
    opportunity: dict[str, Any],
    recorded: list[tuple[float, dict[str, Any]]],
    left: float | None,
) -> None:
    created = create_opportunity(company_a, **opportunity)
    before = [_record(company_a, created, amount, **values) for amount, values in recorded]
    move_opportunity(company_a, created, stages["Ganada"])
    written = [sale for sale in sales_of(company_a, created) if sale["source"] == "opportunity"]
    assert [(sale["amount"], sale["currency"]) for sale in written] == (
        [(left, created["currency"])] if left is not None else []
    )
    assert all(sale["lines"][0]["total"] == sale["amount"] for sale in written)
    move_opportunity(company_a, created, stages["Orden"])
    # What was recorded stays; with a credit note among it, so does what was written.
    kept = written if any(sale["document_type"] == "credit_note" for sale in before) else []
    assert sales_of(company_a, created) == before + kept


def test_a_deposit_leaves_the_rest_with_what_is_sent_along(company_a: Company, stages: dict[str, str]) -> None:
    created = create_opportunity(company_a, value=5)
    _record(company_a, created, 1)
    move_opportunity(company_a, created, stages["Ganada"], sale={"external_key": "F-resto", "tax": 1})
    assert [(sale["amount"], sale["external_key"]) for sale in sales_of(company_a, created)] == [
        (1, None),
        (4, "F-resto"),
    ]


@pytest.mark.parametrize("change", [{"external_key": "F-77"}, {"payment_method": "SINPE"}])
def test_reopening_keeps_a_sale_that_somebody_changed(
    company_a: Company, stages: dict[str, str], change: dict[str, Any]
) -> None:
    created = create_opportunity(company_a, value=10)
    sale_id = move_opportunity(company_a, created, stages["Ganada"])["sale_id"]
    change = {name: f"{value} {created['opportunity_id']}" for name, value in change.items()}
    changed = company_a.put(f"/api/sales/{sale_id}", change).json()
    assert move_opportunity(company_a, created, stages["Orden"])["sale_id"] == sale_id
    assert sales_of(company_a, created) == [changed]
    # Nothing is missing; of a greater value, the difference.
    move_opportunity(company_a, created, stages["Ganada"])
    assert sales_of(company_a, created) == [changed]
    move_opportunity(company_a, created, stages["Orden"])
    move_opportunity(company_a, created, stages["Ganada"], value=12)
    assert [sale["amount"] for sale in sales_of(company_a, created)] == [10, 2]
    # Of an open one, its sale is deleted like any other.
    move_opportunity(company_a, created, stages["Orden"])
    assert [sale["amount"] for sale in sales_of(company_a, created)] == [10]
    assert company_a.delete(f"/api/sales/{sale_id}").status_code == 204


def test_reopening_keeps_a_sale_with_a_credit_note(company_a: Company, stages: dict[str, str]) -> None:
    created = create_opportunity(company_a, value=10)
    sale_id = move_opportunity(company_a, created, stages["Ganada"])["sale_id"]
    note = _record(company_a, created, 4, **NOTE)
    move_opportunity(company_a, created, stages["Orden"])
    assert {sale["sale_id"] for sale in sales_of(company_a, created)} == {sale_id, note["sale_id"]}
    move_opportunity(company_a, created, stages["Ganada"])
    assert sorted(sale["amount"] for sale in sales_of(company_a, created)) == [4, 4, 10]
