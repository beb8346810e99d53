"""/api/interaction-types: the kinds of contact, with their fields, note templates and follow-up days."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from crm_api.dependencies import IfMatch, OrganizationManager, Reader, TenantSession
from crm_api.idempotency import Once
from crm_api.interaction_types import repository, service
from crm_api.interaction_types.schemas import (
    InteractionTypeAnswer,
    InteractionTypeChange,
    InteractionTypeList,
    InteractionTypeOrder,
    NewInteractionType,
)
from crm_api.routing import new_router, takes_long
from crm_api.schemas import Nothing
from pymeai.database.tables.tenant import InteractionType

router = new_router("/api/interaction-types", tag="Tipos de interacción")


@router.get("", summary="Listar los tipos de interacción")
def list_interaction_types(
    _caller: Reader,
    session: TenantSession,
    response: Response,
    archived: Annotated[bool, Query(description="Incluir los archivados.")] = False,
) -> InteractionTypeList:
    """WhatsApp, llamada, visita…: en el orden de las pantallas. El ETag sirve como If-Match al cambiar el orden."""
    kinds = repository.listed(session, archived=archived)
    response.headers["ETag"] = service.order_etag([kind for kind in kinds if kind.archived_at is None])
    return InteractionTypeList(items=[InteractionTypeAnswer.model_validate(kind) for kind in kinds], total=len(kinds))


@router.post("", status_code=201, summary="Crear un tipo de interacción")
def create_interaction_type(
    _caller: OrganizationManager, session: TenantSession, once: Once, body: NewInteractionType
) -> InteractionTypeAnswer:
    """Con los campos que se piden al registrarla, el texto con que empieza la nota y los días para dar seguimiento."""
    return once.create(
        body,
        InteractionTypeAnswer,
        lambda: InteractionTypeAnswer.model_validate(service.create_type(session, body)),
        at="/api/interaction-types/{interaction_type_id}",
        etag=service.etag,
    )


@router.put("/order", summary="Ordenar los tipos de interacción")
def order_interaction_types(
    _caller: OrganizationManager,
    session: TenantSession,
    body: InteractionTypeOrder,
    response: Response,
    if_match: IfMatch = None,
) -> InteractionTypeList:
    """Envíe todos los tipos en uso, en el orden deseado."""
    kinds = service.order_types(session, body, if_match)
    response.headers["ETag"] = service.order_etag(kinds)
    return InteractionTypeList(items=[InteractionTypeAnswer.model_validate(kind) for kind in kinds], total=len(kinds))


@router.get("/{interaction_type_id}", summary="Ver un tipo de interacción")
def get_interaction_type(
    _caller: Reader, session: TenantSession, interaction_type_id: UUID, response: Response
) -> InteractionTypeAnswer:
    """El ETag de la respuesta sirve como If-Match al cambiarlo."""
    return _tagged(service.get_type(session, interaction_type_id), response)


@router.put("/{interaction_type_id}", summary="Cambiar un tipo de interacción")
@takes_long
def change_interaction_type(
    _caller: OrganizationManager,
    session: TenantSession,
    interaction_type_id: UUID,
    body: InteractionTypeChange,
    response: Response,
    if_match: IfMatch = None,
) -> InteractionTypeAnswer:
    """Cambia lo que se envía. El nombre nuevo pasa también a los contactos que ya se registraron."""
    return _tagged(service.change_type(session, interaction_type_id, body, if_match), response)


@router.delete("/{interaction_type_id}", status_code=204, summary="Archivar un tipo de interacción")
def archive_interaction_type(
    _caller: OrganizationManager, session: TenantSession, interaction_type_id: UUID, if_match: IfMatch = None
) -> None:
    """Deja de ofrecerse; los contactos que ya se registraron quedan como están."""
    service.archive_type(session, interaction_type_id, if_match)


@router.post("/{interaction_type_id}/restore", summary="Restaurar un tipo archivado")
def restore_interaction_type(
    _caller: OrganizationManager, session: TenantSession, interaction_type_id: UUID, once: Once, response: Response
) -> InteractionTypeAnswer:
    """Vuelve a ofrecerse."""
    restored = once.run(
        Nothing(),
        InteractionTypeAnswer,
        lambda: InteractionTypeAnswer.model_validate(service.restore_type(session, interaction_type_id)),
    )
    return _tagged(restored, response)


def _tagged(kind: InteractionType | InteractionTypeAnswer, response: Response) -> InteractionTypeAnswer:
    response.headers["ETag"] = service.etag(kind)
    return InteractionTypeAnswer.model_validate(kind)
