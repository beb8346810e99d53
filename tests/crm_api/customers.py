"""What tests do with customers, each step checked."""

from typing import Any

from tests.crm_api.conftest import Company


def create_customer(company: Company, **values: Any) -> dict[str, Any]:
    response = company.post("/api/customers", values)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created
