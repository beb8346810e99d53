"""What was just made: a 201 says where it is and which version it is, so that it can be changed without being read first."""

from typing import Any

import pytest

from tests.crm_api.conftest import Company, problem
from tests.crm_api.document import OPERATIONS
from tests.crm_api.isolation import ALERT, BOARD, HOOK

KEY = "01970c6e-la-misma-clave"
MADE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "/api/customers": ({"first_name": "Recién hecha"}, {"first_name": "Cambiada"}),
    "/api/sales": ({"sold_at": "2026-01-01", "amount": 1, "currency": "CRC"}, {"seller": "X"}),
    "/api/opportunities": ({"title": "Techo", "currency": "CRC"}, {"title": "Otro techo"}),
    "/api/customers/{customer_id}/interactions": ({"type": "WhatsApp"}, {"notes": "X"}),
    "/api/custom-fields": ({"entity_type": "sale", "label": "Camión"}, {"label": "Placa"}),
    "/api/interaction-types": (
        {"name": "Entrega nueva", "fields": [{"label": "Placa", "type": "text"}]},
        {"icon": "x"},
    ),
    "/api/pipelines": ({"name": "Recién hecho"}, {"description": "X"}),
    "/api/pipelines/{pipeline_id}/stages": ({"name": "Recién hecha"}, {"color": "#000000"}),
    "/api/dashboards": (BOARD, BOARD | {"name": "Otro"}),
    "/api/dashboards/{dashboard_id}/copy": ({}, BOARD | {"name": "Otro"}),
    "/api/alerts": (ALERT, ALERT | {"name": "Otra"}),
    "/api/webhooks": (HOOK, HOOK | {"description": "X"}),
}
# What cannot be changed afterwards, or is no thing with an address of its own.
NOTHING_TO_CHANGE = {
    "/api/auth/register", "/api/auth/accept-invitation", "/api/users/invite", "/api/api-keys", "/api/imports",
    "/api/webhooks/{webhook_id}/test",
}  # fmt: skip


def test_every_post_that_makes_something_is_here() -> None:
    makes = {path for (method, path), item in OPERATIONS.items() if method == "POST" and "201" in item["responses"]}
    assert makes == set(MADE) | NOTHING_TO_CHANGE


@pytest.fixture(scope="module")
def parents(company_a: Company) -> dict[str, str]:
    return {
        "customer_id": company_a.post("/api/customers", {"first_name": "X"}).json()["customer_id"],
        "pipeline_id": company_a.get("/api/pipelines").json()["items"][0]["pipeline_id"],
        "dashboard_id": company_a.post("/api/dashboards", BOARD).json()["dashboard_id"],
    }


@pytest.mark.parametrize("path", MADE)
def test_what_was_made_can_be_changed_by_what_the_answer_says(
    company_a: Company, parents: dict[str, str], path: str
) -> None:
    body, change = MADE[path]
    # As long as the key may be, and another for each path.
    headers = {"Idempotency-Key": f"{KEY}{path}"}
    made = company_a.post(path.format(**parents), body, headers=headers)
    assert made.status_code == 201, made.text
    where, tag = made.headers["location"], made.headers["etag"]
    again = company_a.post(path.format(**parents), body, headers=headers)
    assert (again.headers["location"], again.headers["etag"]) == (where, tag)
    assert company_a.get(where).headers["etag"] == tag
    assert company_a.put(where, change, headers={"If-Match": tag}).status_code == 200
    problem(company_a.put(where, change, headers={"If-Match": tag}), 412, "precondition_failed")
