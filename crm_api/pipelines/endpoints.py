"""/api/pipelines."""

from uuid import UUID

from fastapi import APIRouter

from crm_api.dependencies import Reader, TenantSession
from crm_api.pipelines import service
from crm_api.pipelines.schemas import PipelineAnswer, PipelineList, StageList

router = APIRouter(prefix="/api/pipelines", tags=["Embudos"])


@router.get("", summary="Listar los embudos")
def list_pipelines(_caller: Reader, session: TenantSession) -> PipelineList:
    """Sus embudos, cada uno con sus etapas en orden."""
    items = service.list_pipelines(session)
    return PipelineList(items=items, total=len(items))


@router.get("/{pipeline_id}", summary="Ver un embudo")
def get_pipeline(_caller: Reader, session: TenantSession, pipeline_id: UUID) -> PipelineAnswer:
    """Un embudo con sus etapas."""
    return service.get_pipeline(session, pipeline_id)


@router.get("/{pipeline_id}/stages", summary="Ver las etapas de un embudo")
def list_stages(_caller: Reader, session: TenantSession, pipeline_id: UUID) -> StageList:
    """Las etapas en orden."""
    items = service.get_pipeline(session, pipeline_id).stages
    return StageList(items=items, total=len(items))
