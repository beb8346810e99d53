"""The organization and its settings; the templates to start from."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from crm_api.schemas import Answer, Currency, JsonObject, Line, Schema


class OrganizationAnswer(Answer):
    """The caller's company."""

    organization_id: UUID
    name: str
    industry_type: str
    subscription_plan: str
    created_at: datetime
    active_until: datetime | None
    settings: dict[str, Any]


class SettingsChange(Schema):
    """What may change; what is not sent stays."""

    currency: Currency | None = None
    thresholds: JsonObject | None = None


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
