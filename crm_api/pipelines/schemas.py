"""Pipelines and their stages."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import AliasPath, Field

from crm_api.schemas import Answer, Number


class StageAnswer(Answer):
    """A step of a pipeline; `probability` is a percentage."""

    stage_id: UUID
    pipeline_id: UUID
    name: str
    order: int = Field(validation_alias=AliasPath("position"))
    color: str | None
    probability: Number
    expected_duration_days: int | None
    kind: Literal["open", "won", "lost"]
    suggested_activities: list[Any]


class PipelineAnswer(Answer):
    """A way in which opportunities are won, with its stages in order."""

    pipeline_id: UUID
    name: str
    description: str | None
    is_active: bool
    created_at: datetime
    stages: list[StageAnswer]


class PipelineList(Answer):
    """All pipelines."""

    items: list[PipelineAnswer]
    total: int


class StageList(Answer):
    """All stages of one pipeline, in order."""

    items: list[StageAnswer]
    total: int
