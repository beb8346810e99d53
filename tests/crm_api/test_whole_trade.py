"""Every trade from end to end: registered with its template, a customer and an opportunity with all of its fields, every
contact of the trade, stage after stage until it is won; and then the sale, the history, the timeline and the lifetime value.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from pymeai.templates.catalogue import load_template, template_names
from tests.crm_api.conftest import Company

VALUE = 125000.0
SAMPLES: dict[str, Any] = {
    "date": "2026-12-15",
    "boolean": True,
    "phone": "+50688887777",
    "email": "ana@ejemplo.cr",
    "url": "https://ejemplo.cr/ana",
}


@dataclass
class Trade:
    """What was made in one company, as the answers said it."""

    company: Company
    customer: dict[str, Any]
    customer_values: dict[str, Any]
    opportunity: dict[str, Any]
    opportunity_values: dict[str, Any]
    interactions: list[dict[str, Any]]
    stages: list[dict[str, Any]]
    moves: list[dict[str, Any]] = field(default_factory=list)


def _sample(definition: dict[str, Any]) -> Any:
    """A value that the field takes."""
    kind, rules = definition.get("field_type") or definition.get("type"), definition.get("validation") or {}
    if kind == "dropdown":
        return definition["options"][-1]
    if kind in ("number", "money"):
        low, high = rules.get("min", 1), rules.get("max", 10**6)
        return min(max(low, 12), high)
    if kind == "text":
        return "Texto de prueba"[: int(rules.get("max", 100))].ljust(int(rules.get("min", 0)), "x")
    return SAMPLES[str(kind)]


def _values(company: Company, entity: str) -> dict[str, Any]:
    found = company.get("/api/custom-fields", params={"entity_type": entity}).json()["items"]
    return {definition["field_name"]: _sample(definition) for definition in found}


def _made(company: Company, path: str, body: dict[str, Any]) -> dict[str, Any]:
    response = company.post(path, body)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def _trade(company: Company) -> Trade:
    customer_values, opportunity_values = _values(company, "customer"), _values(company, "opportunity")
    customer = _made(
        company, "/api/customers", {"first_name": "Ana", "last_name": "Mora", "custom_fields": customer_values}
    )
    stages = company.get("/api/pipelines").json()["items"][0]["stages"]
    opportunity = _made(
        company,
        "/api/opportunities",
        {
            "title": "De principio a fin", "customer_id": customer["customer_id"], "value": VALUE, "currency": "CRC",
            "product": "Lo de siempre", "custom_fields": opportunity_values,
        },
    )  # fmt: skip
    common = _values(company, "interaction")
    interactions = [
        _made(
            company,
            f"/api/customers/{customer['customer_id']}/interactions",
            {
                "type": kind["name"],
                "notes": kind["note_template"] or "Sin plantilla",
                "opportunity_id": opportunity["opportunity_id"],
                "custom_fields": common | {own["name"]: _sample(own) for own in kind["fields"]},
            },
        )
        for kind in company.get("/api/interaction-types").json()["items"]
    ]
    trade = Trade(company, customer, customer_values, opportunity, opportunity_values, interactions, stages)
    path = f"/api/opportunities/{opportunity['opportunity_id']}/stage"
    for stage in [stage for stage in stages if stage["kind"] == "open"][1:] + [
        stage for stage in stages if stage["kind"] == "won"
    ]:
        moved = company.put(path, {"stage_id": stage["stage_id"], "notes": f"Pasa a {stage['name']}"})
        assert moved.status_code == 200, moved.text
        trade.moves.append(moved.json())
    return trade


@pytest.fixture(scope="module")
def trades(register: Callable[..., Company], refresh_marts: Callable[..., None]) -> dict[str, Trade]:
    """All trades, and the marts brought up to date once for all of them."""
    made = {name: _trade(register(f"Negocio de {name}", name)) for name in template_names()}
    refresh_marts(*(trade.company for trade in made.values()))
    return made


@pytest.fixture(params=template_names())
def trade(request: pytest.FixtureRequest, trades: dict[str, Trade]) -> Trade:
    return trades[request.param]


@pytest.fixture
def name(trade: Trade, trades: dict[str, Trade]) -> str:
    return next(name for name, other in trades.items() if other is trade)


def test_there_are_thirteen() -> None:
    assert len(template_names()) == 13


def test_all_fields_of_the_trade_are_filled_and_kept(trade: Trade, name: str) -> None:
    template = load_template(name)
    for entity, stored, values in (
        ("customer", "customers", trade.customer_values),
        ("opportunity", "opportunities", trade.opportunity_values),
    ):
        names = {one.name for section in template.sections if section.entity == entity for one in section.fields}
        assert set(values) == names
        made = trade.customer if entity == "customer" else trade.opportunity
        read = trade.company.get(f"/api/{stored}/{made[f'{entity}_id']}").json()
        assert made["custom_fields"] == values == read["custom_fields"]


def test_every_kind_of_contact_was_had(trade: Trade, name: str) -> None:
    assert {made["type"] for made in trade.interactions} == {
        kind.name for kind in load_template(name).interaction_types
    }
    followed = {kind.name: kind.followup_days for kind in load_template(name).interaction_types}
    assert all((made["followup_date"] is None) == (followed[made["type"]] is None) for made in trade.interactions)
    path = f"/api/opportunities/{trade.opportunity['opportunity_id']}/activities"
    listed = trade.company.get(path, params={"sort": "created_at"}).json()
    assert listed["items"] == trade.interactions


def test_it_went_through_every_stage(trade: Trade, name: str) -> None:
    expected = [stage.name for stage in load_template(name).pipeline.stages if stage.kind != "lost"]
    history = trade.company.get(f"/api/opportunities/{trade.opportunity['opportunity_id']}/history").json()["items"]
    assert [move["stage_name"] for move in history] == expected
    assert [move["from_stage_name"] for move in history] == [None, *expected[:-1]]
    assert [move["notes"] for move in history] == [None, *(f"Pasa a {stage}" for stage in expected[1:])]
    assert [move["time_in_stage"] is None for move in history] == [False] * (len(expected) - 1) + [True]
    probabilities = [trade.opportunity, *trade.moves]
    stages = [stage for stage in trade.stages if stage["kind"] != "lost"]
    assert [move["effective_probability"] for move in probabilities] == [stage["probability"] for stage in stages]


def test_it_was_won_and_sold(trade: Trade) -> None:
    opportunity = trade.company.get(f"/api/opportunities/{trade.opportunity['opportunity_id']}").json()
    assert (opportunity["status"], opportunity["won_at"] is None) == ("won", False)
    sales = trade.company.get("/api/sales").json()
    assert sales["total"] == 1
    sale = sales["items"][0]
    assert (sale["sale_id"], sale["amount"], sale["currency"]) == (opportunity["sale_id"], VALUE, "CRC")
    assert (sale["customer_id"], sale["customer_name"]) == (trade.customer["customer_id"], "Ana Mora")
    assert [(line["description"], line["total"]) for line in sale["lines"]] == [("Lo de siempre", VALUE)]
    pipeline = trade.company.get("/api/pipelines").json()["items"][0]["pipeline_id"]
    board = trade.company.get(f"/api/pipelines/{pipeline}/board").json()
    assert [(stage["kind"], stage["count"]) for stage in board["stages"] if stage["count"]] == [("won", 1)]


def test_the_timeline_tells_it(trade: Trade, name: str) -> None:
    path = f"/api/customers/{trade.customer['customer_id']}/timeline"
    items = trade.company.get(path, params={"limit": 200}).json()["items"]
    assert [item["at"] for item in items] == sorted((item["at"] for item in items), reverse=True)
    stages = [item["stage"] for item in items if item["kind"] == "stage"]
    expected = [stage.name for stage in load_template(name).pipeline.stages if stage.kind != "lost"]
    assert stages == expected[::-1]
    assert [item["amount"] for item in items if item["kind"] == "sale"] == [VALUE]
    contacts = [item["type"] for item in items if item["kind"] == "interaction"]
    assert sorted(contacts) == sorted(made["type"] for made in trade.interactions)
    assert all(item["summary"] for item in items)


def test_the_lifetime_value_is_what_was_sold(trade: Trade) -> None:
    customer = trade.company.get(f"/api/customers/{trade.customer['customer_id']}").json()
    assert customer["lifetime_value"] == VALUE
    assert customer["last_interaction"] is not None
    assert customer["segment"] is not None


def test_no_trade_sees_another(trades: dict[str, Trade]) -> None:
    keys = {name: trade.opportunity["opportunity_id"] for name, trade in trades.items()}
    for name, trade in trades.items():
        listed = trade.company.get("/api/opportunities").json()["items"]
        assert [item["opportunity_id"] for item in listed] == [keys[name]]
        other = next(key for other, key in keys.items() if other != name)
        assert trade.company.get(f"/api/opportunities/{other}").status_code == 404
