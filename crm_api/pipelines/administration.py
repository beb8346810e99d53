"""Pipelines made, changed, archived, restored and put in order."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.etags import require_match
from crm_api.pipelines import repository, stages
from crm_api.pipelines.schemas import (
    MAX_PIPELINES,
    PipelineAnswer,
    PipelineCreation,
    PipelineFields,
    PipelineOrder,
    StageFields,
)
from crm_api.pipelines.service import etag, get_pipeline, list_pipelines, order_etag, require_pipeline
from pymeai.costa_rica.text import fold
from pymeai.database.tables.tenant import Pipeline
from pymeai.errors import Conflict, FieldError, invalid_field
from pymeai.templates.catalogue import load_template


def create_pipeline(session: Session, request: PipelineCreation) -> PipelineAnswer:
    """Store a new pipeline, the last in order. Raises Invalid, or Conflict where the name is taken."""
    if request.name is None:
        raise invalid_field("name", "Falta este dato.")
    others = repository.all_pipelines(session, archived=True)
    if sum(other.is_active for other in others) >= MAX_PIPELINES:
        raise _too_many()
    _require_free_name(others, request.name)
    pipeline = Pipeline(
        name=request.name, description=request.description, position=repository.next_pipeline_position(session)
    )
    fields = request.stages if request.stages is not None else _usual_stages()
    made = stages.of_new_pipeline(fields)
    repository.add(session, pipeline)
    for stage in made:
        stage.pipeline_id = pipeline.pipeline_id
        repository.add(session, stage)
    return get_pipeline(session, pipeline.pipeline_id)


def change_pipeline(
    session: Session, pipeline_id: UUID, request: PipelineFields, if_match: str | None
) -> PipelineAnswer:
    """Apply what was sent. Raises NotFound, PreconditionFailed, Invalid, Conflict."""
    pipeline = require_pipeline(session, pipeline_id, lock=True)
    require_match(if_match, etag(get_pipeline(session, pipeline_id)))
    values = request.model_dump(exclude_unset=True)
    if "name" in values:
        if values["name"] is None:
            raise invalid_field("name", "No puede quedar vacío.")
        others = [
            other for other in repository.all_pipelines(session, archived=True) if other.pipeline_id != pipeline_id
        ]
        _require_free_name(others, values["name"])
    for name, value in values.items():
        setattr(pipeline, name, value)
    session.flush()
    return get_pipeline(session, pipeline_id)


def archive_pipeline(session: Session, pipeline_id: UUID, move_to: UUID | None, if_match: str | None) -> None:
    """Take a pipeline out of use; what is inside moves to the pipeline `move_to`, with its history.

    Each opportunity goes to the stage of its own stage's name, or else to the first one of the same kind. Raises NotFound,
    PreconditionFailed, Invalid, and Conflict where it is the last one or something is inside and nowhere to go.
    """
    # In the order of their keys, so that two who archive each other's target wait instead of dying.
    for key in sorted({pipeline_id, move_to or pipeline_id}):
        repository.find_pipeline(session, key, lock=True)
    pipeline = require_pipeline(session, pipeline_id)
    require_match(if_match, etag(get_pipeline(session, pipeline_id)))
    if not pipeline.is_active:
        return
    in_use = repository.all_pipelines(session)
    if len(in_use) == 1:
        raise Conflict("Es su único embudo en uso: cree otro antes de archivarlo.", code="last_pipeline")
    target = next((other for other in in_use if other.pipeline_id == move_to), None)
    if move_to is not None and (target is None or target.pipeline_id == pipeline_id):
        raise invalid_field("move_to", "Indique otro embudo que esté en uso.")
    inside = repository.counts(session, pipeline_id)
    if inside and target is None:
        raise Conflict(
            f"El embudo tiene {sum(inside.values())} oportunidades. Indique en move_to a cuál embudo pasan.",
            code="pipeline_not_empty",
            errors=[FieldError("move_to", "Falta este dato.")],
        )
    if inside and target is not None:
        sources = [
            stage for stage in repository.stages(session, pipeline_id, archived=True) if stage.stage_id in inside
        ]
        moves = stages.counterparts(sources, repository.stages(session, target.pipeline_id))
        repository.move_opportunities(session, moves, f"Se archivó el embudo {pipeline.name}.")
    pipeline.is_active = False
    session.flush()


def restore_pipeline(session: Session, pipeline_id: UUID) -> PipelineAnswer:
    """Bring an archived pipeline back, empty. Raises NotFound, Conflict."""
    pipeline = require_pipeline(session, pipeline_id, lock=True)
    if not pipeline.is_active:
        if len(repository.all_pipelines(session)) >= MAX_PIPELINES:
            raise _too_many()
        pipeline.is_active = True
        session.flush()
    return get_pipeline(session, pipeline_id)


def order_pipelines(session: Session, request: PipelineOrder, if_match: str | None) -> list[PipelineAnswer]:
    """Put the pipelines in use in the order of the request, which must name each once. Raises Invalid."""
    current = [pipeline.pipeline_id for pipeline in repository.all_pipelines(session)]
    require_match(if_match, order_etag(list_pipelines(session)))
    if sorted(request.pipeline_ids) != sorted(current):
        raise invalid_field("pipeline_ids", "Debe nombrar una vez cada embudo en uso, y ninguno más.")
    repository.order_pipelines(session, request.pipeline_ids)
    session.expire_all()
    return list_pipelines(session)


def _usual_stages() -> list[StageFields]:
    return [
        StageFields(
            name=stage.name,
            color=stage.color,
            probability=stage.probability,
            expected_duration_days=stage.expected_days,
            kind=stage.kind,
            suggested_activities=list(stage.activities),
        )
        for stage in load_template("general").pipeline.stages
    ]


def _require_free_name(others: Sequence[Pipeline], name: str) -> None:
    for other in others:
        if fold(other.name) == fold(name):
            message = (
                "Ya hay un embudo con ese nombre."
                if other.is_active
                else "Hay un embudo archivado con ese nombre: restáurelo o use otro."
            )
            raise Conflict(message, code="duplicate", errors=[FieldError("name", message)])


def _too_many() -> Conflict:
    return Conflict(f"Ya hay {MAX_PIPELINES} embudos, que es el máximo. Archive alguno.", code="too_many_pipelines")
