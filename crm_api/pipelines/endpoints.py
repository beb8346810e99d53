"""/api/pipelines."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from crm_api.dependencies import IfMatch, Manager, Reader, TenantSession
from crm_api.idempotency import Once
from crm_api.pipelines import administration, service
from crm_api.pipelines.schemas import PipelineAnswer, PipelineCreation, PipelineFields, PipelineList, PipelineOrder
from crm_api.routing import new_router, takes_long
from crm_api.schemas import Nothing

router = new_router("/api/pipelines", tag="Embudos")

Archived = Annotated[bool, Query(description="También lo archivado.")]
MoveTo = Annotated[UUID | None, Query(description="Adónde pasa lo que hay adentro; hace falta si hay algo.")]


@router.get("", summary="Listar los embudos")
def list_pipelines(
    _caller: Reader, session: TenantSession, response: Response, archived: Archived = False
) -> PipelineList:
    """Sus embudos, cada uno con sus etapas en orden. El ETag es el del orden de los embudos en uso."""
    items = service.list_pipelines(session, archived=archived)
    response.headers["ETag"] = service.order_etag([item for item in items if item.is_active])
    return PipelineList(items=items, total=len(items))


@router.post("", status_code=201, summary="Crear un embudo")
def create_pipeline(_caller: Manager, session: TenantSession, once: Once, body: PipelineCreation) -> PipelineAnswer:
    """Con las etapas que se envíen (al menos una abierta, una ganada y una perdida) o, si no, con las usuales."""
    return once.create(
        body,
        PipelineAnswer,
        lambda: administration.create_pipeline(session, body),
        at="/api/pipelines/{pipeline_id}",
        etag=service.etag,
    )


@router.put("/order", summary="Ordenar los embudos")
def order_pipelines(
    _caller: Manager, session: TenantSession, body: PipelineOrder, response: Response, if_match: IfMatch = None
) -> PipelineList:
    """Todos los embudos en uso, en su nuevo orden. El primero es el que recibe lo que no nombra embudo."""
    items = administration.order_pipelines(session, body, if_match)
    response.headers["ETag"] = service.order_etag(items)
    return PipelineList(items=items, total=len(items))


@router.get("/{pipeline_id}", summary="Ver un embudo")
def get_pipeline(
    _caller: Reader, session: TenantSession, pipeline_id: UUID, response: Response, archived: Archived = False
) -> PipelineAnswer:
    """Un embudo con sus etapas en orden. El ETag, sin lo archivado, sirve como If-Match al cambiarlo u ordenarlo."""
    found = service.get_pipeline(session, pipeline_id, archived=archived)
    response.headers["ETag"] = service.etag(found)
    return found


@router.put("/{pipeline_id}", summary="Cambiar un embudo")
def change_pipeline(
    _caller: Manager,
    session: TenantSession,
    pipeline_id: UUID,
    body: PipelineFields,
    response: Response,
    if_match: IfMatch = None,
) -> PipelineAnswer:
    """Cambia lo que se envía; lo demás queda igual."""
    changed = administration.change_pipeline(session, pipeline_id, body, if_match)
    response.headers["ETag"] = service.etag(changed)
    return changed


@router.delete("/{pipeline_id}", status_code=204, summary="Archivar un embudo")
@takes_long
def archive_pipeline(
    _caller: Manager, session: TenantSession, pipeline_id: UUID, move_to: MoveTo = None, if_match: IfMatch = None
) -> None:
    """Lo que hay adentro pasa al embudo `move_to`: a la etapa del mismo nombre o, si no hay, a la primera de su clase."""
    administration.archive_pipeline(session, pipeline_id, move_to, if_match)


@router.post("/{pipeline_id}/restore", summary="Restaurar un embudo archivado")
def restore_pipeline(
    _caller: Manager, session: TenantSession, pipeline_id: UUID, once: Once, response: Response
) -> PipelineAnswer:
    """Vuelve a estar en uso; lo que se movió al archivarlo queda donde está."""
    restored = once.run(Nothing(), PipelineAnswer, lambda: administration.restore_pipeline(session, pipeline_id))
    response.headers["ETag"] = service.etag(restored)
    return restored
