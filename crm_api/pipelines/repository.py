"""Queries on pipelines and stages. The session's search_path says whose."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Select, any_, case, func, literal, select, text, update
from sqlalchemy.orm import Session

from pymeai.database.tables.tenant import Opportunity, Pipeline, Stage, StageHistory

STEP = 1024.0
"""Between two cards that stand side by side after they were put in order."""


def all_pipelines(session: Session, *, archived: bool = False) -> Sequence[Pipeline]:
    """The pipelines in use in their order, and after them the archived ones where they are wanted."""
    order = (Pipeline.is_active.desc(), Pipeline.position, Pipeline.created_at, Pipeline.pipeline_id)
    statement = select(Pipeline).order_by(*order)
    return session.execute(statement if archived else statement.where(Pipeline.is_active)).scalars().all()


def find_pipeline(session: Session, pipeline_id: UUID, *, lock: bool = False) -> Pipeline | None:
    """One pipeline, archived or not; held, and so all that goes into it, when its structure is to be changed."""
    statement = select(Pipeline).where(Pipeline.pipeline_id == pipeline_id)
    if lock:
        # What this session read before it had to wait is not what is there now.
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.execute(statement).scalar_one_or_none()


def stages(session: Session, pipeline_id: UUID | None = None, *, archived: bool = False) -> Sequence[Stage]:
    """The stages of one pipeline, or of all, in order; the archived ones last where they are wanted."""
    order = (Stage.pipeline_id, Stage.archived_at.is_not(None), Stage.position, Stage.stage_id)
    statement = select(Stage).order_by(*order)
    if pipeline_id is not None:
        statement = statement.where(Stage.pipeline_id == pipeline_id)
    if not archived:
        statement = statement.where(Stage.archived_at.is_(None))
    return session.execute(statement).scalars().all()


def find_stage(session: Session, stage_id: UUID) -> Stage | None:
    """One stage, archived or not."""
    return session.execute(select(Stage).where(Stage.stage_id == stage_id)).scalar_one_or_none()


def enterable(session: Session, *, stage_id: UUID | None = None, pipeline_id: UUID | None = None) -> Stage | None:
    """The stage, or the first open one of the pipeline (or of the first pipeline), that an opportunity can enter now.

    It and its pipeline cannot be archived before this transaction ends: whoever does holds the pipeline first.
    """
    statement = _in_use()
    if stage_id is not None:
        statement = statement.where(Stage.stage_id == stage_id)
    else:
        statement = statement.where(Stage.kind == "open")
    if pipeline_id is not None:
        statement = statement.where(Stage.pipeline_id == pipeline_id)
    order = (Pipeline.position, Pipeline.created_at, Pipeline.pipeline_id, Stage.position, Stage.stage_id)
    statement = statement.order_by(*order).limit(1).with_for_update(read=True, key_share=True, of=Pipeline)
    while (stage := session.execute(statement).scalar_one_or_none()) is not None:
        # Who had to wait for the pipeline has the stage as it was before.
        session.refresh(stage)
        if stage.archived_at is None:
            return stage
    return None


def _in_use() -> Select[Stage]:
    joined = select(Stage).join(Pipeline, Pipeline.pipeline_id == Stage.pipeline_id)
    return joined.where(Stage.archived_at.is_(None), Pipeline.is_active)


def next_pipeline_position(session: Session) -> int:
    """Where a new pipeline goes: after all others."""
    return session.execute(select(func.coalesce(func.max(Pipeline.position) + 1, 0))).scalar_one()


def add(session: Session, made: Pipeline | Stage) -> None:
    """Store a new pipeline or stage and read back what the database filled in."""
    session.add(made)
    session.flush()
    session.refresh(made)


def order_pipelines(session: Session, pipeline_ids: Sequence[UUID]) -> None:
    """Number the pipelines as they stand in the list."""
    places = {pipeline_id: place for place, pipeline_id in enumerate(pipeline_ids)}
    statement = update(Pipeline).where(Pipeline.pipeline_id.in_(pipeline_ids))
    session.execute(statement.values(position=case(places, value=Pipeline.pipeline_id)))


def order_stages(session: Session, stage_ids: Sequence[UUID]) -> None:
    """Number the stages as they stand in the list."""
    places = {stage_id: place for place, stage_id in enumerate(stage_ids)}
    statement = update(Stage).where(Stage.stage_id.in_(stage_ids))
    session.execute(statement.values(position=case(places, value=Stage.stage_id)))


def counts(session: Session, pipeline_id: UUID) -> dict[UUID, int]:
    """How many opportunities each stage of a pipeline has; a stage without any is not named."""
    statement = (
        select(Opportunity.stage_id, func.count())
        .where(Opportunity.pipeline_id == pipeline_id, Opportunity.deleted_at.is_(None))
        .group_by(Opportunity.stage_id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def move_opportunities(session: Session, moves: Mapping[UUID, Stage], notes: str) -> int:
    """Put what is in each stage into another one, below what is there, in its order; says how many moved.

    One statement for all stages: triggers write the history of each, with `notes` and as no move of a seller's.
    """
    if not moves:
        return 0
    targets = {stage.stage_id for stage in moves.values()}
    target = case({source: stage.stage_id for source, stage in moves.items()}, value=Opportunity.stage_id)
    pipeline = case({source: stage.pipeline_id for source, stage in moves.items()}, value=Opportunity.stage_id)
    lowest = (
        select(Opportunity.stage_id, func.max(Opportunity.board_position).label("position"))
        .where(Opportunity.stage_id.in_(targets), Opportunity.deleted_at.is_(None))
        .group_by(Opportunity.stage_id)
        .cte("lowest")
        # Computed once: the planner expects one row of a stage that it has not counted yet, and computed it 7,500 times.
        .prefix_with("materialized")
    )
    place = func.row_number().over(
        partition_by=target, order_by=(Opportunity.stage_id, Opportunity.board_position, Opportunity.opportunity_id)
    )
    inside = (
        select(
            Opportunity.opportunity_id, target.label("stage_id"), pipeline.label("pipeline_id"), place.label("place")
        )
        .where(Opportunity.stage_id.in_(list(moves)), Opportunity.deleted_at.is_(None))
        .subquery("inside")
    )
    placed = (
        select(
            inside.c.opportunity_id,
            inside.c.stage_id,
            inside.c.pipeline_id,
            (func.coalesce(lowest.c.position, 0) + inside.c.place * STEP).label("position"),
        )
        .select_from(inside.outerjoin(lowest, lowest.c.stage_id == inside.c.stage_id))
        .subquery("placed")
    )
    session.execute(text("select set_config('pymeai.administrative_move', 'on', true)"))
    moved = session.execute(
        update(Opportunity)
        .where(Opportunity.opportunity_id == placed.c.opportunity_id)
        .values(stage_id=placed.c.stage_id, pipeline_id=placed.c.pipeline_id, board_position=placed.c.position)
        .returning(Opportunity.opportunity_id)
        .execution_options(synchronize_session=False)
    ).scalars()
    opportunity_ids = list(moved)
    session.execute(text("select set_config('pymeai.administrative_move', '', true)"))
    # An array: a list of parameters ends at 65,535 of them.
    keys = literal(opportunity_ids, ARRAY(Opportunity.opportunity_id.type))
    session.execute(
        update(StageHistory)
        .where(StageHistory.opportunity_id == any_(keys), StageHistory.time_in_stage.is_(None))
        .values(notes=notes)
        .execution_options(synchronize_session=False)
    )
    return len(opportunity_ids)
