"""/api/opportunities."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy.orm import Session

from crm_api.dependencies import Editor, IfMatch, Listing, Reader, SettingsOf, TenantSession
from crm_api.idempotency import Once
from crm_api.interactions import service as interactions
from crm_api.interactions.filters import InteractionFilters
from crm_api.interactions.schemas import InteractionAnswer
from crm_api.opportunities import moves, service
from crm_api.opportunities.filters import OpportunityFilters
from crm_api.opportunities.schemas import HistoryList, OpportunityAnswer, OpportunityFields, StageMove
from crm_api.routing import new_router
from crm_api.schemas import Page
from pymeai.database.tables.tenant import Opportunity
from pymeai.settings import Settings

router = new_router("/api/opportunities", tag="Oportunidades")


@router.get("", summary="Listar las oportunidades")
def list_opportunities(
    caller: Reader,
    settings: SettingsOf,
    session: TenantSession,
    listing: Listing,
    filters: Annotated[OpportunityFilters, Query()],
) -> Page[OpportunityAnswer]:
    """Busca por título, producto, vendedor o cliente, y filtra por cualquier columna."""
    found = service.list_opportunities(session, settings, caller, listing, filters)
    items = service.answers(session, settings, found.rows)
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)


@router.post("", status_code=201, summary="Crear una oportunidad")
def create_opportunity(
    caller: Editor, settings: SettingsOf, session: TenantSession, once: Once, body: OpportunityFields
) -> OpportunityAnswer:
    """Sin etapa, entra en la primera abierta de su embudo; sin embudo, en el primero de la organización."""
    return once.create(
        body,
        OpportunityAnswer,
        lambda: service.answers(session, settings, [service.create_opportunity(session, settings, caller, body)])[0],
        at="/api/opportunities/{opportunity_id}",
        etag=service.etag,
    )


@router.get("/{opportunity_id}", summary="Ver una oportunidad")
def get_opportunity(
    caller: Reader, settings: SettingsOf, session: TenantSession, opportunity_id: UUID, response: Response
) -> OpportunityAnswer:
    """El ETag de la respuesta sirve como If-Match al cambiarla o moverla."""
    return _tagged(session, settings, service.get_opportunity(session, caller, opportunity_id), response)


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
    """Cambia lo que se envía; lo demás queda igual. La venta de una ganada no cambia con ella."""
    changed = service.change_opportunity(session, settings, caller, opportunity_id, body, if_match)
    return _tagged(session, settings, changed, response)


@router.delete("/{opportunity_id}", status_code=204, summary="Borrar una oportunidad")
def delete_opportunity(caller: Editor, session: TenantSession, opportunity_id: UUID, if_match: IfMatch = None) -> None:
    """La saca de las listas; si está ganada, su venta queda."""
    service.delete_opportunity(session, caller, opportunity_id, if_match)


@router.put("/{opportunity_id}/stage", summary="Mover una oportunidad de etapa")
def move_opportunity(
    caller: Editor,
    settings: SettingsOf,
    session: TenantSession,
    opportunity_id: UUID,
    body: StageMove,
    response: Response,
    if_match: IfMatch = None,
) -> OpportunityAnswer:
    """El estado (abierta, ganada, perdida) sigue a la etapa, y el movimiento queda en el historial.

    Al ganarla se registra su venta; al reabrirla o perderla después, esa venta se quita. La etapa puede ser de otro embudo.
    """
    moved = moves.move_opportunity(session, settings, caller, opportunity_id, body, if_match)
    return _tagged(session, settings, moved, response)


@router.get("/{opportunity_id}/history", summary="Ver el historial de una oportunidad")
def opportunity_history(caller: Reader, session: TenantSession, opportunity_id: UUID) -> HistoryList:
    """Por cuáles etapas ha pasado y cuánto estuvo en cada una; en la actual, hasta ahora."""
    items = service.history_of(session, caller, opportunity_id)
    return HistoryList(items=items, total=len(items))


@router.get("/{opportunity_id}/activities", summary="Ver las interacciones de una oportunidad")
def opportunity_activities(
    caller: Reader, session: TenantSession, opportunity_id: UUID, listing: Listing
) -> Page[InteractionAnswer]:
    """Los contactos que se registraron con esta oportunidad, del más reciente al más antiguo."""
    service.get_opportunity(session, caller, opportunity_id)
    filters = InteractionFilters(opportunity_id=(opportunity_id,))
    return interactions.page(session, caller, listing, filters)


def _tagged(session: Session, settings: Settings, opportunity: Opportunity, response: Response) -> OpportunityAnswer:
    response.headers["ETag"] = service.etag(opportunity)
    return service.answers(session, settings, [opportunity])[0]
