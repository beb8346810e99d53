"""What tests do with opportunities: the stages to move them to, and each step checked."""

from typing import Any

from tests.crm_api.conftest import Company


def stages_of(company: Company) -> dict[str, str]:
    """The stages of a company's first pipeline by name: Solicitud, Cotizada, Negociación, Orden, Ganada, Perdida."""
    pipeline = company.get("/api/pipelines").json()["items"][0]
    return {stage["name"]: stage["stage_id"] for stage in pipeline["stages"]}


def create_opportunity(company: Company, **values: Any) -> dict[str, Any]:
    response = company.post("/api/opportunities", {"title": "Techo de bodega"} | values)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


def move_opportunity(company: Company, opportunity: dict[str, Any], stage_id: str, **values: Any) -> dict[str, Any]:
    response = company.put(f"/api/opportunities/{opportunity['opportunity_id']}/stage", {"stage_id": stage_id} | values)
    assert response.status_code == 200, response.text
    moved: dict[str, Any] = response.json()
    return moved


def sales_of(company: Company, opportunity: dict[str, Any]) -> list[dict[str, Any]]:
    """The sales that are linked to an opportunity, the first one first."""
    parameters = {"opportunity_id": opportunity["opportunity_id"], "sort": "created_at"}
    found: list[dict[str, Any]] = company.get("/api/sales", params=parameters).json()["items"]
    return found
