"""Custom fields of a company, added through the API."""

from typing import Any

from tests.crm_api.conftest import Company

PATH = "/api/custom-fields"


def add(company: Company, label: str, field_type: str = "text", **more: Any) -> dict[str, Any]:
    """A new field of customers, unless `more` says otherwise."""
    body = {"entity_type": "customer", "label": label, "field_type": field_type} | more
    created = company.post(PATH, body)
    assert created.status_code == 201, created.text
    field: dict[str, Any] = created.json()
    return field
