"""Who sees only what is theirs links to nothing else, and reads nothing else beside what is theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.crm_api.conftest import Company, fields, problem

NO_CUSTOMER = {"customer_id": "Ese cliente no existe."}
NO_OPPORTUNITY = {"opportunity_id": "Esa oportunidad no existe."}
OTHERS_OPPORTUNITY = {"opportunity_id": "Esa oportunidad es de otro cliente."}
SALE = {"sold_at": "2026-11-10T12:00:00-06:00", "amount": 10}


@dataclass
class Office:
    """An owner with a customer and an opportunity of their own, and a seller with theirs."""

    owner: Company
    seller: Company
    hidden: dict[str, str]
    own: dict[str, str]


def _made(company: Company, path: str, **values: Any) -> dict[str, Any]:
    response = company.post(path, values)
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


@pytest.fixture(scope="module")
def office(register: Callable[..., Company], colleague: Callable[[Company, str], Company]) -> Office:
    owner = register("Cada uno lo suyo")
    seller = colleague(owner, "seller")
    assert owner.put("/api/organization", {"settings": {"sellers_see": "own"}}).status_code == 200
    links = []
    for person in (owner, seller):
        user = str(person.user_id)
        customer = _made(owner, "/api/customers", first_name="Secreta", owner_user_id=user)["customer_id"]
        opportunity = _made(owner, "/api/opportunities", title="Trato", user_id=user, customer_id=customer)
        links.append({"customer_id": customer, "opportunity_id": opportunity["opportunity_id"]})
    return Office(owner, seller, *links)


def test_a_hidden_customer_is_none(office: Office) -> None:
    seller, hidden = office.seller, {"customer_id": office.hidden["customer_id"]}
    assert fields(problem(seller.post("/api/sales", SALE | hidden), 422)) == NO_CUSTOMER
    assert fields(problem(seller.post("/api/opportunities", {"title": "Copia"} | hidden), 422)) == NO_CUSTOMER
    sale = _made(seller, "/api/sales", **SALE)
    opportunity = _made(seller, "/api/opportunities", title="Mía")
    for path in (f"/api/sales/{sale['sale_id']}", f"/api/opportunities/{opportunity['opportunity_id']}"):
        assert fields(problem(seller.put(path, hidden), 422)) == NO_CUSTOMER
        assert seller.get(path).json()["customer_name"] is None
        assert office.owner.put(path, hidden).status_code == 200


def test_a_hidden_opportunity_is_none(office: Office) -> None:
    seller, hidden = office.seller, {"opportunity_id": office.hidden["opportunity_id"]}
    problem(seller.get(f"/api/opportunities/{hidden['opportunity_id']}"), 404)
    assert fields(problem(seller.post("/api/sales", SALE | hidden), 422)) == NO_OPPORTUNITY
    sale = _made(seller, "/api/sales", **SALE)
    assert fields(problem(seller.put(f"/api/sales/{sale['sale_id']}", hidden), 422)) == NO_OPPORTUNITY
    contact = f"/api/customers/{office.own['customer_id']}/interactions"
    assert fields(problem(seller.post(contact, {"type": "Llamada"} | hidden), 422)) == NO_OPPORTUNITY
    made = _made(seller, contact, type="Llamada", opportunity_id=office.own["opportunity_id"])
    path = f"/api/interactions/{made['interaction_id']}"
    assert fields(problem(seller.put(path, hidden), 422)) == NO_OPPORTUNITY


def test_what_is_theirs_and_nobodys_can_be_linked(office: Office) -> None:
    sale = _made(office.seller, "/api/sales", **SALE, **office.own)
    assert (sale["customer_id"], sale["customer_name"]) == (office.own["customer_id"], "Secreta")
    nobodys = _made(office.owner, "/api/customers", first_name="De nadie")["customer_id"]
    assert _made(office.seller, "/api/sales", **SALE, customer_id=nobodys)["customer_name"] == "De nadie"


def test_a_sale_has_its_opportunitys_customer(office: Office) -> None:
    owner, own, other = office.owner, office.own, office.hidden["customer_id"]
    refused = owner.post("/api/sales", SALE | own | {"customer_id": other})
    assert fields(problem(refused, 422)) == OTHERS_OPPORTUNITY
    # Nobody said whose: it is the opportunity's customer.
    sale = _made(owner, "/api/sales", **SALE, opportunity_id=own["opportunity_id"])
    assert sale["customer_id"] == own["customer_id"]
    path = f"/api/sales/{sale['sale_id']}"
    for change in ({"customer_id": other}, {"customer_id": None}, {"opportunity_id": office.hidden["opportunity_id"]}):
        assert fields(problem(owner.put(path, change), 422)) == OTHERS_OPPORTUNITY
    assert owner.put(path, office.hidden).json()["customer_id"] == other
    assert owner.put(path, {"opportunity_id": None, "customer_id": None}).json()["customer_id"] is None
    assert owner.put(path, {"opportunity_id": own["opportunity_id"]}).json()["customer_id"] == own["customer_id"]


def test_a_contact_shows_no_opportunity_of_somebody_elses(office: Office) -> None:
    seller, customer = office.seller, office.own["customer_id"]
    hidden = _made(
        office.owner, "/api/opportunities", title="Secreto", user_id=str(office.owner.user_id), customer_id=customer
    )
    contact = {"type": "Llamada", "followup_date": "2026-11-20", "user_id": str(seller.user_id)}
    path = f"/api/customers/{customer}/interactions"
    key = _made(office.owner, path, **contact, opportunity_id=hidden["opportunity_id"])["interaction_id"]
    seen = _made(seller, path, **contact, opportunity_id=office.own["opportunity_id"])["interaction_id"]

    def shown(person: Company, where: str) -> dict[str, tuple[str | None, str | None]]:
        answer = person.get(where).json()
        return {
            one["interaction_id"]: (one["opportunity_id"], one["opportunity_title"])
            for one in answer.get("items", [answer])
        }

    for where in (path, "/api/interactions", "/api/interactions/followups"):
        assert shown(seller, where)[key] == (None, None)
        assert shown(seller, where)[seen] == (office.own["opportunity_id"], "Trato")
    assert shown(seller, f"/api/interactions/{key}")[key] == (None, None)
    assert shown(office.owner, f"/api/interactions/{key}")[key] == (hidden["opportunity_id"], "Secreto")
    timeline = seller.get(f"/api/customers/{customer}/timeline", params={"kind": "interaction"})
    links = {item["id"]: item["opportunity_id"] for item in timeline.json()["items"] if item["kind"] == "interaction"}
    assert (links[key], links[seen]) == (None, office.own["opportunity_id"])
    assert "Secreto" not in timeline.text
    # What was read can be sent back: it takes nothing away that was not shown.
    done = seller.post(f"/api/interactions/{key}/followup-done", {"outcome": "Listo"})
    assert (done.status_code, done.json()["opportunity_id"], done.json()["opportunity_title"]) == (200, None, None)
    assert seller.put(f"/api/interactions/{key}", {"opportunity_id": None, "notes": "Hola"}).status_code == 200
    assert shown(office.owner, f"/api/interactions/{key}")[key] == (hidden["opportunity_id"], "Secreto")
    assert seller.put(f"/api/interactions/{seen}", {"opportunity_id": None}).json()["opportunity_title"] is None
    assert shown(office.owner, f"/api/interactions/{seen}")[seen] == (None, None)


def test_a_sale_shows_no_opportunity_of_somebody_elses(office: Office) -> None:
    seller, owner, customer = office.seller, office.owner, office.own["customer_id"]
    link = {"title": "Oculto", "user_id": str(owner.user_id), "customer_id": customer}
    hidden = _made(owner, "/api/opportunities", **link)["opportunity_id"]
    theirs = {"customer_id": customer, "user_id": str(seller.user_id)}
    key = _made(owner, "/api/sales", **SALE, **theirs, opportunity_id=hidden)["sale_id"]
    own = _made(seller, "/api/sales", **SALE, **office.own)["sale_id"]
    path = f"/api/sales/{key}"
    shown = {sale["sale_id"]: sale["opportunity_id"] for sale in seller.get("/api/sales?limit=500").json()["items"]}
    assert (shown[key], shown[own]) == (None, office.own["opportunity_id"])
    assert seller.get(path).json()["opportunity_id"] is None
    timeline = seller.get(f"/api/customers/{customer}/timeline", params={"kind": "sale"}).json()["items"]
    links = {item["id"]: item["opportunity_id"] for item in timeline}
    assert (links[key], links[own]) == (None, office.own["opportunity_id"])
    # What was read can be sent back: it takes nothing away that was not shown.
    changed = seller.put(path, {"opportunity_id": None, "channel": "Feria"})
    assert (changed.status_code, changed.json()["opportunity_id"]) == (200, None)
    assert owner.get(path).json()["opportunity_id"] == hidden
    assert seller.put(f"/api/sales/{own}", {"opportunity_id": None}).json()["opportunity_id"] is None
    assert owner.get(f"/api/sales/{own}").json()["opportunity_id"] is None
