"""What tests do with interactions, each step checked, and the customers that they are with."""

from typing import Any

from tests.conftest import TODAY
from tests.crm_api.conftest import Company
from tests.crm_api.customers import create_customer

NOON = f"{TODAY.isoformat()}T12:00:00-06:00"


def id_of_new_customer(company: Company, **values: Any) -> str:
    return str(create_customer(company, **values)["customer_id"])


def create_interaction(company: Company, customer_id: str, **values: Any) -> dict[str, Any]:
    response = company.post(f"/api/customers/{customer_id}/interactions", {"type": "WhatsApp"} | values)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created
