"""Opportunities as they come in and go out."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from crm_api.sales.schemas import Rate, SaleLineFields
from crm_api.schemas import (
    Answer,
    CalendarDay,
    Currency,
    Flag,
    JsonObject,
    Line,
    Moment,
    Money,
    Number,
    Paragraph,
    Schema,
)

Status = Literal["open", "won", "lost"]
Percent = Annotated[Number, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
BoardPosition = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]


class SaleOfWin(Schema):
    """What is known of the sale when an opportunity is won; what is not sent is the opportunity's."""

    sold_at: Moment | None = None
    amount: Annotated[Money, Field(ge=0)] | None = None
    tax: Annotated[Money, Field(ge=0)] | None = None
    currency: Currency | None = None
    exchange_rate: Rate | None = None
    document_type: Literal["invoice", "ticket", "debit_note", "other"] = "other"
    external_key: Line | None = None
    payment_method: Line | None = None
    channel: Line | None = None
    custom_fields: JsonObject | None = None
    lines: Annotated[list[SaleLineFields], Field(max_length=1000)] | None = None


class OpportunityFields(Schema):
    """What may be said of an opportunity. Null empties a field; in a change, what is not sent stays.

    Without `exchange_rate` it is that of its day; null says that nobody knows it, and sums leave the opportunity out.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Techo de bodega",
                    "value": 1500000,
                    "product": "Láminas de zinc",
                    "expected_close_date": "2026-12-15",
                    "next_step_at": "2026-11-18T09:00:00-06:00",
                }
            ]
        }
    )

    title: Line | None = None
    pipeline_id: UUID | None = None
    stage_id: UUID | None = None
    customer_id: UUID | None = None
    user_id: UUID | None = None
    value: Annotated[Money, Field(ge=0)] | None = None
    currency: Currency | None = None
    exchange_rate: Rate | None = None
    product: Line | None = None
    expected_close_date: CalendarDay | None = None
    probability_override: Percent | None = None
    next_step_at: Moment | None = None
    description: Paragraph | None = None
    source: Line | None = None
    external_id: Line | None = None
    lost_reason: Line | None = None
    custom_fields: JsonObject | None = None


class StageMove(Schema):
    """Where an opportunity goes: its stage, and its place there.

    The place is `board_position`, or beside another card (`after_id`: below it; `before_id`: above it); without any of them
    it goes on top of another stage, and stays where it is in its own. `lost_reason` is required where it is lost. Where it
    is won, `sale` completes the sale that is written, or `false` leaves it out, and `value` is what it was won for.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "stage_id": "01998a3e-6a00-7cc3-98c4-dc0c0c07398f",
                    "after_id": "01998a3e-7b11-7d5e-8f10-3c1a2b3c4d5e",
                    "notes": "Aceptaron la cotización por WhatsApp.",
                }
            ]
        }
    )

    stage_id: UUID
    lost_reason: Line | None = None
    notes: Paragraph | None = None
    board_position: BoardPosition | None = None
    after_id: UUID | None = None
    before_id: UUID | None = None
    value: Annotated[Money, Field(ge=0)] | None = None
    sale: SaleOfWin | Flag | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.board_position is not None and (self.after_id is not None or self.before_id is not None):
            raise ValueError("Indique board_position, o bien after_id o before_id; no ambos.")
        return self


class OpportunityAnswer(Answer):
    """An opportunity. `status` follows its stage; percentages are from 0 to 100.

    `effective_probability` is 100 where it is won and 0 where it is lost; else `probability_override`, `probability` (the
    model's) or the stage's. `weighted_value` is in `currency`. `is_stalled`: open, in its stage for half as long again as
    the stage should take (a month where nobody said), and no next step to come. `sale_id` is its first sale.
    """

    opportunity_id: UUID
    pipeline_id: UUID
    stage_id: UUID
    stage_name: str
    customer_id: UUID | None
    customer_name: str | None
    user_id: UUID | None
    seller: str | None
    title: str
    value: Number
    currency: str
    exchange_rate: Number | None
    product: str | None
    status: Status
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
    effective_probability: Number
    weighted_value: Number
    days_in_stage: int
    is_stalled: bool
    is_overdue: bool
    sale_id: UUID | None
    next_step_at: datetime | None
    description: str | None
    source: str | None
    external_id: str | None
    custom_fields: dict[str, Any]


class HistoryAnswer(Answer):
    """A move into a stage.

    `time_in_stage` is in seconds, once the stage is left; `seconds_so_far` as well where it is an open one and the
    opportunity is still in it. `is_administrative`: made by the archiving of a stage or a pipeline.
    """

    history_id: UUID
    stage_id: UUID
    stage_name: str
    stage_kind: Status
    from_stage_id: UUID | None
    from_stage_name: str | None
    user_id: UUID | None
    changed_at: datetime
    notes: str | None
    time_in_stage: int | None
    seconds_so_far: int | None
    is_administrative: bool


class HistoryList(Answer):
    """All moves of an opportunity, the first first."""

    items: list[HistoryAnswer]
    total: int
