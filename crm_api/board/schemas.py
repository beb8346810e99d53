"""The board of a pipeline: its stages side by side, each with its cards."""

from datetime import date, datetime
from uuid import UUID

from crm_api.opportunities.schemas import Status
from crm_api.pipelines.schemas import StageAnswer
from crm_api.schemas import Answer, Number


class CardAnswer(Answer):
    """An opportunity as a card shows it; `etag` is what If-Match takes when it is moved or changed."""

    opportunity_id: UUID
    stage_id: UUID
    title: str
    customer_id: UUID | None
    customer_name: str | None
    user_id: UUID | None
    seller: str | None
    product: str | None
    value: Number
    currency: str
    status: Status
    effective_probability: Number
    weighted_value: Number
    board_position: float
    expected_close_date: date | None
    next_step_at: datetime | None
    last_stage_change: datetime | None
    days_in_stage: int
    is_stalled: bool
    is_overdue: bool
    lost_reason: str | None
    etag: str


class BoardStage(StageAnswer):
    """A stage with its totals, in the organization's currency, and its first cards.

    `count` counts all cards that match; `without_rate` those whose amount is in neither total, since nobody knows their
    exchange rate.
    """

    count: int
    total_value: Number
    weighted_value: Number
    without_rate: int
    cards: list[CardAnswer]
    next_cursor: str | None


class BoardAnswer(Answer):
    """A pipeline's stages in order."""

    pipeline_id: UUID
    name: str
    currency: str
    stages: list[BoardStage]


class CardPage(Answer):
    """The next cards of one stage. `next_cursor` is null on the last page."""

    items: list[CardAnswer]
    next_cursor: str | None
