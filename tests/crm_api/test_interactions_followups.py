"""Follow-ups: when one is due, whose it is, and that it is done once."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.conftest import TODAY
from tests.crm_api.conftest import Company, problem
from tests.crm_api.interactions import NOON, create_interaction, id_of_new_customer


@pytest.fixture(scope="module")
def customer(company_a: Company) -> str:
    return id_of_new_customer(company_a, first_name="Ana", last_name="Mora", phone="8888-7777")


def test_the_followup_is_the_types_unless_it_is_said(company_a: Company, customer: str) -> None:
    def followup(**values: Any) -> str | None:
        day: str | None = create_interaction(company_a, customer, **values)["followup_date"]
        return day

    # The template's WhatsApp asks again after two days, a payment never.
    assert followup(date_time=NOON) == (TODAY + timedelta(days=2)).isoformat()
    assert followup(date_time=f"{TODAY - timedelta(days=1)}T23:59:00") == (TODAY + timedelta(days=1)).isoformat()
    assert followup(type="Pago SINPE") is None
    assert followup(followup_date=None) is None
    assert followup(followup_date="2027-01-15") == "2027-01-15"
    # What is written down long after is not overdue at once.
    assert followup(date_time="2026-01-05T10:00:00") is None


def test_followups_by_when_they_are_due(
    register: Callable[..., Company], colleague: Callable[[Company, str], Company]
) -> None:
    company = register("Seguimientos")
    seller = colleague(company, "seller")
    customer = id_of_new_customer(
        company, company_name="Soda Uno", phone="8765-4321", owner_user_id=str(seller.user_id)
    )

    def due(day: date, person: Company = company) -> dict[str, Any]:
        return create_interaction(person, customer, followup_date=day.isoformat())

    late, now, soon, later = (due(TODAY + timedelta(days=days)) for days in (-3, 0, 6, 7))
    sellers = due(TODAY, seller)
    create_interaction(company, customer, followup_date=None)

    def listed(person: Company, **parameters: Any) -> list[str]:
        found = person.get("/api/interactions/followups", params=parameters).json()
        assert found["total"] == len(found["items"])
        return [item["interaction_id"] for item in found["items"]]

    def ids(*interactions: dict[str, Any]) -> list[str]:
        return [interaction["interaction_id"] for interaction in interactions]

    assert listed(company) == ids(late, now, soon, later)
    assert listed(company, due="overdue") == ids(late)
    assert listed(company, due="today") == ids(now)
    assert listed(company, due="week") == ids(now, soon)
    assert listed(company, due="today", whose="all") == ids(now, sellers)
    assert listed(seller) == ids(sellers)
    assert listed(company, q="soda uno", due="overdue") == ids(late)
    first = company.get("/api/interactions/followups").json()["items"][0]
    assert (first["days_overdue"], first["customer_phone"], first["customer_name"]) == (3, "+50687654321", "Soda Uno")
    # Nobody had the contact (a file brought it): it is for whose customer it is.
    company.put(f"/api/interactions/{soon['interaction_id']}", {"user_id": None})
    assert listed(seller) == ids(sellers, soon)


def test_a_followup_is_done_once_and_again_on_another_day(company_a: Company, customer: str) -> None:
    created = create_interaction(company_a, customer, followup_date=TODAY.isoformat())
    path = f"/api/interactions/{created['interaction_id']}"
    done = company_a.post(f"{path}/followup-done", {"outcome": "Compró"})
    assert done.status_code == 200, done.text
    assert (done.json()["outcome"], done.json()["followup_done_at"] is None) == ("Compró", False)
    again = company_a.post(f"{path}/followup-done")
    assert again.json() == done.json()
    pending = company_a.get("/api/interactions", params={"followup_pending": "true", "limit": 500}).json()["items"]
    assert created["interaction_id"] not in [item["interaction_id"] for item in pending]
    same_day = company_a.put(path, {"followup_date": TODAY.isoformat()}).json()
    assert same_day["followup_done_at"] == done.json()["followup_done_at"]
    moved = company_a.put(path, {"followup_date": "2027-02-01"}).json()
    assert (moved["followup_date"], moved["followup_done_at"]) == ("2027-02-01", None)
    none = create_interaction(company_a, customer, followup_date=None)
    problem(company_a.post(f"/api/interactions/{none['interaction_id']}/followup-done"), 409, "no_followup")
