"""The organization and its settings; the templates to start from."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from crm_api.schemas import Answer, Currency, Line, Schema


class OrganizationAnswer(Answer):
    """The caller's company."""

    organization_id: UUID
    name: str
    industry_type: str
    subscription_plan: str
    created_at: datetime
    active_until: datetime | None
    settings: dict[str, Any]


Days = Annotated[int, Field(ge=1, le=3650, strict=True)]
Ratio = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]


class ThresholdsChange(Schema):
    """The limits that segments go by. Null goes back to the industry's own; what is not sent stays."""

    inactivity_days: Days | None = None
    new_days: Days | None = None
    frequent_purchases: Annotated[int, Field(ge=1, le=1000, strict=True)] | None = None
    frequency_window_days: Days | None = None
    at_risk_ratio: Ratio | None = None
    losing_ratio: Ratio | None = None
    valuable_quantile: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] | None = None


class SettingsChange(Schema):
    """What may change; what is not sent stays."""

    currency: Currency | None = None
    thresholds: ThresholdsChange | None = None


class OrganizationChange(Schema):
    """What may change; what is not sent stays."""

    name: Line | None = None
    settings: SettingsChange | None = None


class OnboardingRequest(Schema):
    """An industry's template to add to what is there."""

    template: Annotated[str, Field(max_length=63)]


class TemplateStage(Answer):
    """A stage of a template's pipeline, with its probability in percent."""

    name: str
    color: str
    probability: int
    kind: str


class TemplateAnswer(Answer):
    """What an industry starts with."""

    name: str
    label: str
    description: str
    inactivity_days: int
    fields: list[str]
    stages: list[TemplateStage]
    interaction_types: list[str]
    widgets: list[str]


class TemplateList(Answer):
    """All templates."""

    items: list[TemplateAnswer]
    total: int
