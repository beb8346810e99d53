"""/api/pipelines/{pipeline_id}/stages."""

from uuid import UUID

from fastapi import Response

from crm_api.dependencies import IfMatch, Manager, Reader, TenantSession
from crm_api.idempotency import Once
from crm_api.pipelines import service, stages
from crm_api.pipelines.endpoints import Archived, MoveTo
from crm_api.pipelines.schemas import PipelineAnswer, StageAnswer, StageFields, StageList, StageOrder
from crm_api.routing import new_router, takes_long
from crm_api.schemas import Nothing

router = new_router("/api/pipelines/{pipeline_id}/stages", tag="Embudos")


@router.get("", summary="Ver las etapas de un embudo")
def list_stages(_caller: Reader, session: TenantSession, pipeline_id: UUID, archived: Archived = False) -> StageList:
    """Las etapas en orden."""
    items = service.get_pipeline(session, pipeline_id, archived=archived).stages
    return StageList(items=items, total=len(items))


@router.post("", status_code=201, summary="Crear una etapa")
def create_stage(
    _caller: Manager, session: TenantSession, pipeline_id: UUID, once: Once, body: StageFields
) -> StageAnswer:
    """Una etapa abierta entra después de las abiertas; una ganada o perdida, al final."""
    return once.create(
        body,
        StageAnswer,
        lambda: stages.create_stage(session, pipeline_id, body),
        at="/api/pipelines/{pipeline_id}/stages/{stage_id}",
        etag=stages.etag,
    )


@router.put("/order", summary="Ordenar las etapas de un embudo")
def order_stages(
    _caller: Manager,
    session: TenantSession,
    pipeline_id: UUID,
    body: StageOrder,
    response: Response,
    if_match: IfMatch = None,
) -> PipelineAnswer:
    """Todas las etapas en uso del embudo, en su nuevo orden."""
    pipeline = stages.order_stages(session, pipeline_id, body, if_match)
    response.headers["ETag"] = service.etag(pipeline)
    return pipeline


@router.get("/{stage_id}", summary="Ver una etapa")
def get_stage(
    _caller: Reader, session: TenantSession, pipeline_id: UUID, stage_id: UUID, response: Response
) -> StageAnswer:
    """El ETag de la respuesta sirve como If-Match al cambiarla."""
    return _tagged(stages.get_stage(session, pipeline_id, stage_id), response)


@router.put("/{stage_id}", summary="Cambiar una etapa")
def change_stage(
    _caller: Manager,
    session: TenantSession,
    pipeline_id: UUID,
    stage_id: UUID,
    body: StageFields,
    response: Response,
    if_match: IfMatch = None,
) -> StageAnswer:
    """Cambia lo que se envía. Que sea abierta, ganada o perdida solo cambia mientras esté vacía."""
    return _tagged(stages.change_stage(session, pipeline_id, stage_id, body, if_match), response)


@router.delete("/{stage_id}", status_code=204, summary="Archivar una etapa")
@takes_long
def archive_stage(
    _caller: Manager,
    session: TenantSession,
    pipeline_id: UUID,
    stage_id: UUID,
    move_to: MoveTo = None,
    if_match: IfMatch = None,
) -> None:
    """Lo que hay adentro pasa a la etapa `move_to`, de la misma clase, y queda en el historial."""
    stages.archive_stage(session, pipeline_id, stage_id, move_to, if_match)


@router.post("/{stage_id}/restore", summary="Restaurar una etapa archivada")
def restore_stage(
    _caller: Manager, session: TenantSession, pipeline_id: UUID, stage_id: UUID, once: Once, response: Response
) -> StageAnswer:
    """Vuelve a su lugar, vacía."""
    restored = once.run(Nothing(), StageAnswer, lambda: stages.restore_stage(session, pipeline_id, stage_id))
    return _tagged(restored, response)


def _tagged(stage: StageAnswer, response: Response) -> StageAnswer:
    response.headers["ETag"] = stages.etag(stage)
    return stage
