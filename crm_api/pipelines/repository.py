"""Queries on pipelines and stages. The session's search_path says whose."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from pymeai.database.tables.tenant import Pipeline, Stage


def all_pipelines(session: Session) -> Sequence[Pipeline]:
    """All pipelines: those in use first, the oldest first."""
    statement = select(Pipeline).order_by(Pipeline.is_active.desc(), Pipeline.created_at, Pipeline.pipeline_id)
    return session.execute(statement).scalars().all()


def find_pipeline(session: Session, pipeline_id: UUID) -> Pipeline | None:
    """One pipeline."""
    return session.execute(select(Pipeline).where(Pipeline.pipeline_id == pipeline_id)).scalar_one_or_none()


def stages(session: Session, pipeline_id: UUID | None = None) -> Sequence[Stage]:
    """The stages of one pipeline, or of all, in order."""
    statement = select(Stage).order_by(Stage.pipeline_id, Stage.position, Stage.stage_id)
    if pipeline_id is not None:
        statement = statement.where(Stage.pipeline_id == pipeline_id)
    return session.execute(statement).scalars().all()


def find_stage(session: Session, stage_id: UUID) -> Stage | None:
    """One stage."""
    return session.execute(select(Stage).where(Stage.stage_id == stage_id)).scalar_one_or_none()
