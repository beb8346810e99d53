"""Opportunities as they come in and go out."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from crm_api.sales.schemas import Rate
from crm_api.schemas import Answer, Currency, JsonObject, Line, Moment, Money, Number, Paragraph, Schema

Percent = Annotated[Number, Field(ge=0, le=100, max_digits=5, decimal_places=2)]


class OpportunityFields(Schema):
    """What may be said of an opportunity. Null empties a field; in a change, what is not sent stays."""

    title: Line | None = None
    pipeline_id: UUID | None = None
    stage_id: UUID | None = None
    customer_id: UUID | None = None
    user_id: UUID | None = None
    value: Annotated[Money, Field(ge=0)] | None = None
    currency: Currency | None = None
    exchange_rate: Rate | None = None
    product: Line | None = None
    expected_close_date: date | None = None
    probability_override: Percent | None = None
    next_step_at: Moment | None = None
    description: Paragraph | None = None
    source: Line | None = None
    external_id: Line | None = None
    lost_reason: Line | None = None
    custom_fields: JsonObject | None = None


class StageMove(Schema):
    """Where an opportunity goes; a reason where it is lost."""

    stage_id: UUID
    lost_reason: Line | None = None
    notes: Paragraph | None = None
    board_position: Annotated[float, Field(allow_inf_nan=False)] | None = None


class OpportunityAnswer(Answer):
    """An opportunity. `status` follows its stage; `probability` (percent) is computed."""

    opportunity_id: UUID
    pipeline_id: UUID
    stage_id: UUID
    customer_id: UUID | None
    user_id: UUID | None
    seller: str | None
    title: str
    value: Number
    currency: str
    exchange_rate: Number | None
    product: str | None
    status: Literal["open", "won", "lost"]
    board_position: float
    lost_reason: str | None
    created_at: datetime
    updated_at: datetime
    last_stage_change: datetime | None
    expected_close_date: date | None
    won_at: datetime | None
    lost_at: datetime | None
    probability: Number | None
    probability_override: Number | None
    next_step_at: datetime | None
    description: str | None
    source: str | None
    external_id: str | None
    custom_fields: dict[str, Any]


class HistoryAnswer(Answer):
    """A move into a stage. `time_in_stage` is in seconds, once the stage is left."""

    history_id: UUID
    stage_id: UUID
    from_stage_id: UUID | None
    user_id: UUID | None
    changed_at: datetime
    notes: str | None
    time_in_stage: int | None


class HistoryList(Answer):
    """All moves of an opportunity, the first first."""

    items: list[HistoryAnswer]
    total: int
