"""Pipelines and their stages."""

from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.pipelines import repository
from crm_api.pipelines.schemas import PipelineAnswer, StageAnswer
from pymeai.database.tables.tenant import Stage
from pymeai.errors import FieldError, Invalid, NotFound


def list_pipelines(session: Session) -> list[PipelineAnswer]:
    """All pipelines with their stages."""
    stages = [StageAnswer.model_validate(stage) for stage in repository.stages(session)]
    return [
        PipelineAnswer(
            pipeline_id=found.pipeline_id,
            name=found.name,
            description=found.description,
            is_active=found.is_active,
            created_at=found.created_at,
            stages=[stage for stage in stages if stage.pipeline_id == found.pipeline_id],
        )
        for found in repository.all_pipelines(session)
    ]


def get_pipeline(session: Session, pipeline_id: UUID) -> PipelineAnswer:
    """One pipeline with its stages. Raises NotFound, for another tenant's as well."""
    for pipeline in list_pipelines(session):
        if pipeline.pipeline_id == pipeline_id:
            return pipeline
    raise NotFound("No se encontró ese embudo.")


def choose_stage(session: Session, pipeline_id: UUID | None, stage_id: UUID | None) -> Stage:
    """The stage that an opportunity enters: the one named, or the first of the pipeline, or of the first pipeline.

    Raises Invalid where they do not exist or do not belong together.
    """
    if stage_id is not None:
        stage = repository.find_stage(session, stage_id)
        if stage is None:
            raise _wrong("stage_id", "Esa etapa no existe.")
        if pipeline_id is not None and stage.pipeline_id != pipeline_id:
            raise _wrong("stage_id", "Esa etapa no es de ese embudo.")
        return stage
    if pipeline_id is None:
        active = [pipeline for pipeline in repository.all_pipelines(session) if pipeline.is_active]
        if not active:
            raise _wrong("pipeline_id", "Su organización no tiene embudos. Cree uno primero.")
        pipeline_id = active[0].pipeline_id
    elif repository.find_pipeline(session, pipeline_id) is None:
        raise _wrong("pipeline_id", "Ese embudo no existe.")
    stages = repository.stages(session, pipeline_id)
    if not stages:
        raise _wrong("pipeline_id", "Ese embudo no tiene etapas.")
    return stages[0]


def _wrong(field: str, message: str) -> Invalid:
    return Invalid("Revise los datos marcados.", errors=[FieldError(field, message)])
