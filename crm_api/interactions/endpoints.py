"""/api/interactions and /api/customers/{customer_id}/interactions."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy.orm import Session

from crm_api.dependencies import Caller, Editor, IfMatch, Listing, Reader, SettingsOf, TenantSession
from crm_api.idempotency import Once
from crm_api.interactions import service
from crm_api.interactions.filters import InteractionFilters
from crm_api.interactions.schemas import (
    Due,
    FollowupAnswer,
    FollowupDone,
    InteractionAnswer,
    InteractionFields,
    Whose,
)
from crm_api.routing import new_router
from crm_api.schemas import Page
from pymeai.database.tables.tenant import Interaction

router = new_router(tag="Interacciones")


@router.get("/api/customers/{customer_id}/interactions", summary="Listar las interacciones con un cliente")
def list_customer_interactions(
    caller: Reader, session: TenantSession, customer_id: UUID, listing: Listing
) -> Page[InteractionAnswer]:
    """De la más reciente a la más antigua. Para filtrarlas, use GET /api/interactions con customer_id."""
    service.require_customer(session, caller, customer_id)
    return service.page(session, caller, listing, InteractionFilters(customer_id=(customer_id,)))


@router.post(
    "/api/customers/{customer_id}/interactions", status_code=201, summary="Registrar una interacción con un cliente"
)
def create_interaction(
    caller: Editor,
    settings: SettingsOf,
    session: TenantSession,
    customer_id: UUID,
    once: Once,
    body: InteractionFields,
) -> InteractionAnswer:
    """Hace falta el tipo, que es uno de GET /api/interaction-types; sin fecha de seguimiento, se pone la del tipo."""
    return once.create(
        body,
        InteractionAnswer,
        lambda: service.answers(
            session, caller, [service.create_interaction(session, settings, caller, customer_id, body)]
        )[0],
        at="/api/interactions/{interaction_id}",
        etag=service.etag,
    )


@router.get("/api/interactions", summary="Listar las interacciones")
def list_interactions(
    caller: Reader,
    session: TenantSession,
    listing: Listing,
    filters: Annotated[InteractionFilters, Query()],
) -> Page[InteractionAnswer]:
    """Busca por tipo, notas, resultado o cliente, y filtra por cualquier columna."""
    return service.page(session, caller, listing, filters)


@router.get("/api/interactions/followups", summary="Ver los seguimientos pendientes")
def list_followups(
    caller: Reader,
    settings: SettingsOf,
    session: TenantSession,
    listing: Listing,
    due: Annotated[
        Due, Query(description="Vencidos, para hoy, para los próximos 7 días (hoy incluido), o todos.")
    ] = "all",
    whose: Annotated[Whose, Query(description="Los suyos o los de todos.")] = "mine",
) -> Page[FollowupAnswer]:
    """A quién hay que volver a escribir, lo más vencido primero."""
    return service.followups(session, settings, caller, listing, due, whose)


@router.get("/api/interactions/{interaction_id}", summary="Ver una interacción")
def get_interaction(
    caller: Reader, session: TenantSession, interaction_id: UUID, response: Response
) -> InteractionAnswer:
    """El ETag de la respuesta sirve como If-Match al cambiarla."""
    return _tagged(session, caller, service.get_interaction(session, caller, interaction_id), response)


@router.put("/api/interactions/{interaction_id}", summary="Cambiar una interacción")
def change_interaction(
    caller: Editor,
    settings: SettingsOf,
    session: TenantSession,
    interaction_id: UUID,
    body: InteractionFields,
    response: Response,
    if_match: IfMatch = None,
) -> InteractionAnswer:
    """Cambia lo que se envía; lo demás queda igual. Con otra fecha de seguimiento, este vuelve a estar pendiente."""
    changed = service.change_interaction(session, settings, caller, interaction_id, body, if_match)
    return _tagged(session, caller, changed, response)


@router.delete("/api/interactions/{interaction_id}", status_code=204, summary="Borrar una interacción")
def delete_interaction(caller: Editor, session: TenantSession, interaction_id: UUID, if_match: IfMatch = None) -> None:
    """La bitácora guarda lo que era."""
    service.delete_interaction(session, caller, interaction_id, if_match)


@router.post("/api/interactions/{interaction_id}/followup-done", summary="Dar por hecho un seguimiento")
def finish_followup(
    caller: Editor,
    session: TenantSession,
    interaction_id: UUID,
    response: Response,
    once: Once,
    body: FollowupDone | None = None,
    if_match: IfMatch = None,
) -> InteractionAnswer:
    """Sale de los pendientes. Repetirlo no cambia nada."""
    done = body or FollowupDone()

    def work() -> InteractionAnswer:
        finished = service.finish_followup(session, caller, interaction_id, done, if_match)
        return service.answers(session, caller, [finished])[0]

    answer = once.run(done, InteractionAnswer, work)
    response.headers["ETag"] = service.etag(answer)
    return answer


def _tagged(session: Session, caller: Caller, interaction: Interaction, response: Response) -> InteractionAnswer:
    response.headers["ETag"] = service.etag(interaction)
    return service.answers(session, caller, [interaction])[0]
