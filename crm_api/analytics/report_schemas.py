"""The ready-made analyses and the recommendations as they go out. Amounts are in the organization's `currency`."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from crm_api.schemas import Answer
from pymeai.metrics.query import TimeRange


class SegmentFigures(Answer):
    """A segment: its customers as they are now, and what they bought in the period. Shares are ratios (0.25)."""

    segment: str | None
    label: str
    customers: int
    customers_share: float | None
    at_risk: int
    being_lost: int
    valuable: int
    net_sales: float
    net_sales_share: float | None
    sales_count: int
    average_ticket: float | None


class SegmentMonth(Answer):
    """How many customers each segment had when the month was last computed."""

    month: date
    customers: dict[str, int]


class SegmentAnalysis(Answer):
    """All segments, the largest first, and how they were month by month."""

    items: list[SegmentFigures]
    customers: int
    history: list[SegmentMonth]
    time_range: TimeRange | None
    currency: str
    data_as_of: datetime | None


class StageFigures(Answer):
    """A stage: what is in it now, and what passed through it in the period.

    `advanced` went on to a later stage or were won from here, `returned` went back, `lost` were lost from here.
    `advance_rate` is advanced / (advanced + lost). `median_days` is of those that left in the period.
    """

    stage_id: UUID
    stage: str
    kind: Literal["open", "won", "lost"]
    color: str | None
    open_opportunities: int
    open_value: float
    weighted_value: float
    stalled_opportunities: int
    entered: int
    advanced: int
    returned: int
    lost: int
    advance_rate: float | None
    median_days: float | None
    expected_days: int | None


class PipelineFigures(Answer):
    """A pipeline with its stages in their order; the sums are of what is open now."""

    pipeline_id: UUID
    pipeline: str
    open_opportunities: int
    open_value: float
    weighted_value: float
    stalled_opportunities: int
    stages: list[StageFigures]


class PipelinePerformance(Answer):
    """How the pipelines do."""

    items: list[PipelineFigures]
    time_range: TimeRange | None
    currency: str
    data_as_of: datetime | None


class ConversionFigures(Answer):
    """Opportunities by the day they were opened (`opened`) and closed (the rest). `win_rate` is won / (won + lost)."""

    opened: int
    won: int
    lost: int
    win_rate: float | None
    won_value: float
    lost_value: float
    average_days_to_close: float | None


class ConversionGroup(ConversionFigures):
    """The figures of one pipeline, seller, source or product; the name is empty where nobody said."""

    name: str | None


class ConversionMonth(ConversionFigures):
    """The figures of one month, by its first day."""

    month: date


class LostReason(Answer):
    """Why opportunities were lost in the period; empty where nobody said."""

    reason: str | None
    opportunities: int
    value: float


class FunnelStage(Answer):
    """How many of the opportunities opened in the period got as far as this stage; `share` is of all of them."""

    stage_id: UUID
    stage: str
    kind: Literal["open", "won"]
    reached: int
    share: float | None


class Funnel(Answer):
    """One pipeline's funnel."""

    pipeline_id: UUID
    pipeline: str
    opened: int
    stages: list[FunnelStage]


class ConversionAnalysis(Answer):
    """From opened to won. `previous` has the figures of the days compared with, where there are such days."""

    totals: ConversionFigures
    previous: ConversionFigures | None
    by: Literal["pipeline", "seller", "source", "product"]
    groups: list[ConversionGroup]
    months: list[ConversionMonth]
    lost_reasons: list[LostReason]
    funnels: list[Funnel]
    time_range: TimeRange | None
    previous_range: TimeRange | None
    currency: str
    data_as_of: datetime | None


ReasonKind = Literal["followup_due", "next_step_due", "losing", "at_risk", "stalled"]


class Reason(Answer):
    """Why to write to somebody, in Spanish, and what it is about."""

    kind: ReasonKind
    text: str
    opportunity_id: UUID | None = None
    interaction_id: UUID | None = None


class Recommendation(Answer):
    """A customer to write to today, with the strongest reason first.

    `whatsapp` opens a chat with `message` written; it is empty without a phone number and where the customer said no to
    WhatsApp. `value` is what is open with them, or what they have bought, in colones.
    """

    customer_id: UUID
    name: str
    phone: str | None
    whatsapp: str | None
    message: str
    reasons: list[Reason]
    priority: int
    owner_user_id: UUID | None
    lifetime_value: float | None


class RecommendationList(Answer):
    """Whom to write to today, the most urgent first. `total` counts all that there are."""

    items: list[Recommendation]
    total: int
    today: date
