"""/api/pipelines/{pipeline_id}/board."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm_api.board import service
from crm_api.board.schemas import BoardAnswer, CardPage
from crm_api.board.service import BoardRequest
from crm_api.dependencies import Reader, SettingsOf, TenantSession
from crm_api.routing import new_router

router = new_router("/api/pipelines/{pipeline_id}/board", tag="Embudos")

MAX_CARDS = 200


# Async, as the dependencies of all: it waits for nothing.
async def _request(
    limit: Annotated[int, Query(ge=1, le=MAX_CARDS, description="Cuántas tarjetas por etapa.")] = 25,
    user_id: Annotated[
        list[UUID] | None, Query(max_length=100, description="De quién; se puede repetir: de cualquiera de ellos.")
    ] = None,
    q: Annotated[
        str | None,
        Query(max_length=200, pattern=r"^[^\x00]*$", description="Texto que se busca, sin importar tildes."),
    ] = None,
) -> BoardRequest:
    return BoardRequest(limit, tuple(user_id or ()), (q or "").strip() or None)


Shown = Annotated[BoardRequest, Depends(_request)]


@router.get("", response_model=BoardAnswer, summary="Ver el tablero de un embudo")
def get_board(
    caller: Reader, settings: SettingsOf, session: TenantSession, pipeline_id: UUID, shown: Shown
) -> Response:
    """Cada etapa con cuántas oportunidades tiene, cuánto suman en la moneda de la organización y sus primeras tarjetas."""
    return Response(service.board(session, settings, caller, pipeline_id, shown), media_type="application/json")


@router.get("/{stage_id}", response_model=CardPage, summary="Ver más tarjetas de una etapa del tablero")
def get_board_stage(
    caller: Reader,
    settings: SettingsOf,
    session: TenantSession,
    pipeline_id: UUID,
    stage_id: UUID,
    shown: Shown,
    cursor: Annotated[str | None, Query(max_length=500, description="El next_cursor de la etapa.")] = None,
) -> Response:
    """Las tarjetas que siguen, en su orden."""
    page = service.stage_page(session, settings, caller, pipeline_id, stage_id, shown, cursor)
    return Response(page, media_type="application/json")
