"""Pipelines and their stages, as they come in and go out."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AliasChoices, ConfigDict, Field, StringConstraints

from crm_api.schemas import Answer, Line, Number, Paragraph, Schema

StageKind = Literal["open", "won", "lost"]
MAX_STAGES = 50
MAX_PIPELINES = 100

Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$"), AfterValidator(str.lower)]
"""A colour as #rrggbb."""
Percent = Annotated[Number, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
Days = Annotated[int, Field(ge=0, le=3650)]
Activities = Annotated[list[Line], Field(max_length=30)]


class StageFields(Schema):
    """What may be said of a stage; in a change, what is not sent stays.

    The probability of a won stage is 100 and that of a lost one 0, whatever is sent.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Cotización enviada",
                    "color": "#60a5fa",
                    "probability": 40,
                    "expected_duration_days": 7,
                    "suggested_activities": ["Llamar a los dos días"],
                }
            ]
        }
    )

    name: Line | None = None
    color: Color | None = None
    probability: Percent | None = None
    expected_duration_days: Days | None = None
    kind: StageKind | None = None
    suggested_activities: Activities | None = None


class PipelineFields(Schema):
    """What may be said of a pipeline; in a change, what is not sent stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Ventas a instituciones", "description": "Compras con licitación."}]}
    )

    name: Line | None = None
    description: Paragraph | None = None


class PipelineCreation(PipelineFields):
    """A new pipeline. Without stages it gets those of the general template."""

    stages: Annotated[list[StageFields], Field(max_length=MAX_STAGES)] | None = None


class PipelineOrder(Schema):
    """All pipelines in use, in their new order."""

    pipeline_ids: Annotated[list[UUID], Field(max_length=10 * MAX_PIPELINES)]


class StageOrder(Schema):
    """All stages in use of one pipeline, in their new order."""

    stage_ids: Annotated[list[UUID], Field(max_length=10 * MAX_STAGES)]


class StageAnswer(Answer):
    """A step of a pipeline; `probability` is a percentage."""

    stage_id: UUID
    pipeline_id: UUID
    name: str
    order: int = Field(validation_alias=AliasChoices("position", "order"))
    color: str | None
    probability: Number
    expected_duration_days: int | None
    kind: StageKind
    suggested_activities: list[Any]
    archived_at: datetime | None


class PipelineAnswer(Answer):
    """A way in which opportunities are won, with its stages in order."""

    pipeline_id: UUID
    name: str
    description: str | None
    order: int
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
