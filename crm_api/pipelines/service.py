"""Pipelines: what there is, and which stage an opportunity enters. crm_api.pipelines.administration changes them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.etags import etag_of
from crm_api.pipelines import repository
from crm_api.pipelines.schemas import PipelineAnswer, StageAnswer
from pymeai.database.tables.tenant import Pipeline, Stage
from pymeai.errors import NotFound, invalid_field


def etag(pipeline: PipelineAnswer) -> str:
    """The tag of the pipeline with its stages as they are now."""
    return etag_of(pipeline.pipeline_id, pipeline.model_dump(mode="json"))


def list_pipelines(session: Session, *, archived: bool = False) -> list[PipelineAnswer]:
    """The pipelines in use with their stages in use; all of both where the archived ones are wanted."""
    found = repository.all_pipelines(session, archived=archived)
    there = repository.stages(session, archived=archived)
    return [_answer(pipeline, there) for pipeline in found]


def get_pipeline(session: Session, pipeline_id: UUID, *, archived: bool = False) -> PipelineAnswer:
    """One pipeline, archived or not, with its stages in use. Raises NotFound, for another tenant's as well."""
    pipeline = require_pipeline(session, pipeline_id)
    return _answer(pipeline, repository.stages(session, pipeline_id, archived=archived))


def require_pipeline(session: Session, pipeline_id: UUID, *, lock: bool = False) -> Pipeline:
    """One pipeline, archived or not. Raises NotFound."""
    pipeline = repository.find_pipeline(session, pipeline_id, lock=lock)
    if pipeline is None:
        raise NotFound("No se encontró ese embudo.")
    return pipeline


def order_etag(pipelines: Sequence[PipelineAnswer]) -> str:
    """The tag of the order in which the pipelines stand."""
    keys = [str(pipeline.pipeline_id) for pipeline in pipelines]
    return etag_of(pipelines[0].pipeline_id if pipelines else UUID(int=0), keys)


def choose_stage(session: Session, pipeline_id: UUID | None, stage_id: UUID | None) -> Stage:
    """The stage that an opportunity enters: the one named, or the first open one of the pipeline, or of the first pipeline.

    It stays in use until this transaction ends. Call it before holding an opportunity: whoever archives a stage holds its
    pipeline first and its opportunities then. Raises Invalid where they do not exist, are archived, or do not belong
    together.
    """
    stage = repository.enterable(session, stage_id=stage_id, pipeline_id=pipeline_id if stage_id is None else None)
    if stage is not None:
        if pipeline_id is not None and stage.pipeline_id != pipeline_id:
            raise invalid_field("stage_id", "Esa etapa no es de ese embudo.")
        return stage
    if stage_id is not None:
        known = repository.find_stage(session, stage_id)
        message = "Esa etapa no existe." if known is None else "Esa etapa está archivada: elija otra o restáurela."
        raise invalid_field("stage_id", message)
    if pipeline_id is None:
        raise invalid_field("pipeline_id", "Su organización no tiene embudos. Cree uno primero.")
    pipeline = repository.find_pipeline(session, pipeline_id)
    if pipeline is None:
        raise invalid_field("pipeline_id", "Ese embudo no existe.")
    message = "Ese embudo no tiene etapas abiertas." if pipeline.is_active else "Ese embudo está archivado: elija otro."
    raise invalid_field("pipeline_id", message)


def _answer(pipeline: Pipeline, found: Sequence[Stage]) -> PipelineAnswer:
    return PipelineAnswer(
        pipeline_id=pipeline.pipeline_id,
        name=pipeline.name,
        description=pipeline.description,
        order=pipeline.position,
        is_active=pipeline.is_active,
        created_at=pipeline.created_at,
        stages=[StageAnswer.model_validate(stage) for stage in found if stage.pipeline_id == pipeline.pipeline_id],
    )
