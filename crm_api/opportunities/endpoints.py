"""/api/opportunities."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from crm_api.dependencies import Editor, IfMatch, Listing, Reader, SettingsOf, TenantSession
from crm_api.idempotency import Once
from crm_api.opportunities import service
from crm_api.opportunities.schemas import (
    HistoryAnswer,
    HistoryList,
    OpportunityAnswer,
    OpportunityFields,
    StageMove,
)
from crm_api.schemas import Page
from pymeai.database.tables.tenant import Opportunity

router = APIRouter(prefix="/api/opportunities", tags=["Oportunidades"])


def _filters(
    pipeline_id: UUID | None = None,
    stage_id: UUID | None = None,
    customer_id: UUID | None = None,
    user_id: UUID | None = None,
    status: Literal["open", "won", "lost"] | None = None,
    product: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")] = None,
) -> service.OpportunityFilters:
    return service.OpportunityFilters(pipeline_id, stage_id, customer_id, user_id, status, product)


Filters = Annotated[service.OpportunityFilters, Depends(_filters)]


@router.get("", summary="Listar las oportunidades")
def list_opportunities(
    _caller: Reader, session: TenantSession, listing: Listing, filters: Filters
) -> Page[OpportunityAnswer]:
    """Busca por título, producto, vendedor o cliente."""
    found = service.list_opportunities(session, listing, filters)
    items = [OpportunityAnswer.model_validate(opportunity) for opportunity in found.rows]
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)


@router.post("", status_code=201, summary="Crear una oportunidad")
def create_opportunity(
    caller: Editor, settings: SettingsOf, session: TenantSession, once: Once, body: OpportunityFields
) -> OpportunityAnswer:
    """Sin etapa, entra en la primera de su embudo; sin embudo, en el primero de la organización."""
    return once.run(
        body,
        OpportunityAnswer,
        lambda: OpportunityAnswer.model_validate(service.create_opportunity(session, settings, caller, body)),
    )


@router.get("/{opportunity_id}", summary="Ver una oportunidad")
def get_opportunity(
    _caller: Reader, session: TenantSession, opportunity_id: UUID, response: Response
) -> OpportunityAnswer:
    """El ETag de la respuesta sirve como If-Match al cambiarla."""
    return _tagged(service.get_opportunity(session, opportunity_id), response)


@router.put("/{opportunity_id}", summary="Cambiar una oportunidad")
def change_opportunity(
    caller: Editor,
    settings: SettingsOf,
    session: TenantSession,
    opportunity_id: UUID,
    body: OpportunityFields,
    response: Response,
    if_match: IfMatch = None,
) -> OpportunityAnswer:
    """Cambia lo que se envía; lo demás queda igual."""
    return _tagged(service.change_opportunity(session, settings, caller, opportunity_id, body, if_match), response)


@router.delete("/{opportunity_id}", status_code=204, summary="Borrar una oportunidad")
def delete_opportunity(caller: Editor, session: TenantSession, opportunity_id: UUID, if_match: IfMatch = None) -> None:
    """La saca de las listas."""
    service.delete_opportunity(session, caller, opportunity_id, if_match)


@router.put("/{opportunity_id}/stage", summary="Mover una oportunidad de etapa")
def move_opportunity(
    caller: Editor,
    session: TenantSession,
    opportunity_id: UUID,
    body: StageMove,
    response: Response,
    if_match: IfMatch = None,
) -> OpportunityAnswer:
    """El estado (abierta, ganada, perdida) sigue a la etapa, y el movimiento queda en el historial."""
    return _tagged(service.move_opportunity(session, caller, opportunity_id, body, if_match), response)


@router.get("/{opportunity_id}/history", summary="Ver el historial de una oportunidad")
def history(_caller: Reader, session: TenantSession, opportunity_id: UUID) -> HistoryList:
    """Por cuáles etapas ha pasado y cuánto estuvo en cada una."""
    items = [HistoryAnswer.model_validate(move) for move in service.history_of(session, opportunity_id)]
    return HistoryList(items=items, total=len(items))


def _tagged(opportunity: Opportunity, response: Response) -> OpportunityAnswer:
    response.headers["ETag"] = service.etag(opportunity)
    return OpportunityAnswer.model_validate(opportunity)
