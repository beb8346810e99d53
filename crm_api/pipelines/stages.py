"""The stages of a pipeline: always at least one open, one won and one lost in use."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.etags import etag_of, require_match
from crm_api.pipelines import repository, service
from crm_api.pipelines.schemas import MAX_STAGES, PipelineAnswer, StageAnswer, StageFields, StageOrder
from pymeai.clock import utc_now
from pymeai.costa_rica.text import fold
from pymeai.database.tables.tenant import Stage
from pymeai.errors import Conflict, FieldError, NotFound, invalid_field

KINDS = {"open": "abierta", "won": "ganada", "lost": "perdida"}
_CLOSED_PROBABILITY = {"won": Decimal(100), "lost": Decimal(0)}


def etag(stage: StageAnswer) -> str:
    """The tag of the stage as it is now."""
    return etag_of(stage.stage_id, stage.model_dump(mode="json"))


def get_stage(session: Session, pipeline_id: UUID, stage_id: UUID) -> StageAnswer:
    """One stage, archived or not. Raises NotFound, for another pipeline's as well."""
    return StageAnswer.model_validate(_found(session, pipeline_id, stage_id))


def create_stage(session: Session, pipeline_id: UUID, request: StageFields) -> StageAnswer:
    """Store a new stage: an open one after the open ones, any other at the end. Raises NotFound, Invalid, Conflict."""
    service.require_pipeline(session, pipeline_id, lock=True)
    there = list(repository.stages(session, pipeline_id))
    if len(there) >= MAX_STAGES:
        raise Conflict(f"El embudo ya tiene {MAX_STAGES} etapas, que es el máximo.", code="too_many_stages")
    stage = _made(request)
    _require_free_name(repository.stages(session, pipeline_id, archived=True), stage)
    stage.pipeline_id = pipeline_id
    place = next(
        (place + 1 for place in reversed(range(len(there))) if stage.kind != "open" or there[place].kind == "open"), 0
    )
    repository.add(session, stage)
    there.insert(place, stage)
    repository.order_stages(session, [one.stage_id for one in there])
    session.refresh(stage)
    return StageAnswer.model_validate(stage)


def change_stage(
    session: Session, pipeline_id: UUID, stage_id: UUID, request: StageFields, if_match: str | None
) -> StageAnswer:
    """Apply what was sent. Raises NotFound, PreconditionFailed, Invalid, and Conflict where the kind cannot change."""
    service.require_pipeline(session, pipeline_id, lock=True)
    stage = _found(session, pipeline_id, stage_id)
    require_match(if_match, etag(StageAnswer.model_validate(stage)))
    values = request.model_dump(exclude_unset=True)
    for name in ("name", "kind", "probability", "suggested_activities"):
        if name in values and values[name] is None:
            raise invalid_field(name, "No puede quedar vacío.")
    if values.get("kind", stage.kind) != stage.kind:
        _require_another(session, stage)
        inside = repository.counts(session, pipeline_id).get(stage_id, 0)
        if inside:
            raise Conflict(
                f"La etapa tiene {inside} oportunidades: muévalas antes de cambiar si es abierta, ganada o perdida.",
                code="stage_not_empty",
                errors=[FieldError("kind", "No se puede cambiar mientras haya oportunidades en la etapa.")],
            )
    for name, value in _sane(values, stage.kind).items():
        setattr(stage, name, value)
    if "name" in values:
        _require_free_name(repository.stages(session, pipeline_id, archived=True), stage)
    session.flush()
    return StageAnswer.model_validate(stage)


def archive_stage(
    session: Session, pipeline_id: UUID, stage_id: UUID, move_to: UUID | None, if_match: str | None
) -> None:
    """Take a stage out of use; what is inside moves to the stage `move_to` of the same pipeline and kind.

    Raises NotFound, PreconditionFailed, Invalid, and Conflict where it is the last of its kind or something is inside and
    nowhere to go.
    """
    pipeline = service.require_pipeline(session, pipeline_id, lock=True)
    stage = _found(session, pipeline_id, stage_id)
    require_match(if_match, etag(StageAnswer.model_validate(stage)))
    if stage.archived_at is not None:
        return
    _require_another(session, stage)
    there = {other.stage_id: other for other in repository.stages(session, pipeline.pipeline_id)}
    target = there.get(move_to) if move_to is not None else None
    if move_to is not None and (target is None or target.stage_id == stage_id or target.kind != stage.kind):
        raise invalid_field("move_to", f"Indique otra etapa {KINDS[stage.kind]} de este embudo.")
    inside = repository.counts(session, pipeline_id).get(stage_id, 0)
    if inside and target is None:
        raise Conflict(
            f"La etapa tiene {inside} oportunidades. Indique en move_to a cuál etapa pasan.",
            code="stage_not_empty",
            errors=[FieldError("move_to", "Falta este dato.")],
        )
    if inside and target is not None:
        repository.move_opportunities(session, {stage_id: target}, f"Se archivó la etapa {stage.name}.")
    stage.archived_at = utc_now()
    session.flush()


def restore_stage(session: Session, pipeline_id: UUID, stage_id: UUID) -> StageAnswer:
    """Bring an archived stage back, empty and in its place. Raises NotFound, Conflict."""
    service.require_pipeline(session, pipeline_id, lock=True)
    stage = _found(session, pipeline_id, stage_id)
    if stage.archived_at is not None:
        if len(repository.stages(session, pipeline_id)) >= MAX_STAGES:
            raise Conflict(f"El embudo ya tiene {MAX_STAGES} etapas, que es el máximo.", code="too_many_stages")
        stage.archived_at = None
        session.flush()
    return StageAnswer.model_validate(stage)


def order_stages(session: Session, pipeline_id: UUID, request: StageOrder, if_match: str | None) -> PipelineAnswer:
    """Put the stages in use in the order of the request, which must name each once. Raises NotFound, Invalid."""
    service.require_pipeline(session, pipeline_id, lock=True)
    pipeline = service.get_pipeline(session, pipeline_id)
    require_match(if_match, service.etag(pipeline))
    if sorted(request.stage_ids) != sorted(stage.stage_id for stage in pipeline.stages):
        raise invalid_field("stage_ids", "Debe nombrar una vez cada etapa en uso de este embudo, y ninguna más.")
    repository.order_stages(session, request.stage_ids)
    session.expire_all()
    return service.get_pipeline(session, pipeline_id)


def of_new_pipeline(fields: Sequence[StageFields]) -> list[Stage]:
    """The stages of a pipeline to be made, in order, not stored yet. Raises Invalid."""
    made = [_made(stage, f"stages.{place}.") for place, stage in enumerate(fields)]
    for kind, name in KINDS.items():
        if not any(stage.kind == kind for stage in made):
            raise invalid_field(
                "stages", f"Falta una etapa {name}: todo embudo tiene al menos una abierta, una ganada y una perdida."
            )
    if len({fold(stage.name) for stage in made}) < len(made):
        raise invalid_field("stages", "Dos etapas tienen el mismo nombre.")
    for place, stage in enumerate(made):
        stage.position = place
    return made


def counterparts(sources: Sequence[Stage], targets: Sequence[Stage]) -> Mapping[UUID, Stage]:
    """For each stage, that of another pipeline where its opportunities go: of its kind, and of its name if there is one."""
    found = {}
    for source in sources:
        same_kind = [target for target in targets if target.kind == source.kind]
        named = [target for target in same_kind if fold(target.name) == fold(source.name)]
        found[source.stage_id] = (named or same_kind)[0]
    return found


def _found(session: Session, pipeline_id: UUID, stage_id: UUID) -> Stage:
    stage = repository.find_stage(session, stage_id)
    if stage is None or stage.pipeline_id != pipeline_id:
        raise NotFound("No se encontró esa etapa.")
    return stage


def _made(request: StageFields, prefix: str = "") -> Stage:
    if request.name is None:
        raise invalid_field(f"{prefix}name", "Falta este dato.")
    values = {name: value for name, value in request.model_dump(exclude_unset=True).items() if value is not None}
    values.setdefault("kind", "open")
    values.setdefault("suggested_activities", [])
    return Stage(**_sane(values, values["kind"]))


def _sane(values: dict[str, Any], kind: str) -> dict[str, Any]:
    """`values` with the probability that a closed stage has."""
    kind = values.get("kind", kind)
    return values | {"probability": _CLOSED_PROBABILITY[kind]} if kind in _CLOSED_PROBABILITY else values


def _require_another(session: Session, stage: Stage) -> None:
    same = [other for other in repository.stages(session, stage.pipeline_id) if other.kind == stage.kind]
    if not [other for other in same if other.stage_id != stage.stage_id]:
        raise Conflict(
            f"Es la única etapa {KINDS[stage.kind]} del embudo, y hace falta al menos una. Cree otra primero.",
            code="last_stage_of_its_kind",
        )


def _require_free_name(others: Sequence[Stage], stage: Stage) -> None:
    for other in others:
        if other.stage_id != stage.stage_id and fold(other.name) == fold(stage.name):
            message = (
                "Ya hay una etapa con ese nombre en este embudo."
                if other.archived_at is None
                else "Hay una etapa archivada con ese nombre: restáurela o use otro."
            )
            raise Conflict(message, code="duplicate", errors=[FieldError("name", message)])
