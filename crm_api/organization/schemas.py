"""The organization and its settings; the templates to start from."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from crm_api.schemas import Answer, Currency, Flag, Line, Schema
from pymeai.costa_rica.identification import IdentificationError, parse_identification
from pymeai.tenancy.onboarding import Kind


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


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("No es una zona horaria. La de aquí es America/Costa_Rica.")
    return name


TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]


class ThresholdsChange(Schema):
    """The limits that segments go by. Null goes back to the industry's own; what is not sent stays."""

    inactivity_days: Days | None = None
    new_days: Days | None = None
    frequent_purchases: Annotated[int, Field(ge=1, le=1000, strict=True)] | None = None
    frequency_window_days: Days | None = None
    at_risk_ratio: Ratio | None = None
    losing_ratio: Ratio | None = None
    valuable_quantile: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] | None = None


def _known_identification(text: str) -> str:
    try:
        return parse_identification(text).number
    except IdentificationError as error:
        raise ValueError(str(error)) from error


class SettingsChange(Schema):
    """What may change; what is not sent stays."""

    identification_number: Annotated[
        Annotated[str, Field(max_length=40), AfterValidator(_known_identification)] | None,
        Field(description="La cédula de la empresa: de las facturas electrónicas se importan las que ella emitió."),
    ] = None
    currency: Currency | None = None
    time_zone: TimeZone | None = None
    thresholds: ThresholdsChange | None = None
    sellers_see: Annotated[
        Literal["all", "own"] | None,
        Field(description="Qué ven los vendedores: todo (all), o lo suyo y lo que no es de nadie (own)."),
    ] = None


class OrganizationChange(Schema):
    """What may change; what is not sent stays."""

    name: Line | None = None
    settings: SettingsChange | None = None


class OnboardingRequest(Schema):
    """An industry's template to add to what is there."""

    template: Annotated[str, Field(max_length=63)]
    change_industry: Annotated[
        Flag, Field(description="Pasar la organización a esa industria: sus umbrales son otros.")
    ] = True


class TemplateField(Answer):
    """A custom field of a template, or a field of one of its kinds of contact."""

    name: str
    label: str
    type: str
    required: bool
    options: list[str]


class TemplateSection(Answer):
    """Custom fields that stand together on the card of an entity."""

    entity: str
    section: str
    fields: list[TemplateField]


class TemplateStage(Answer):
    """A stage of a template's pipeline, with its probability in percent and what to do in it."""

    name: str
    color: str
    probability: int
    kind: str
    expected_days: int | None
    activities: list[str]


class TemplateContact(Answer):
    """A kind of contact, with what its notes start with and after how many days one follows up."""

    name: str
    icon: str
    note: str | None
    followup_days: int | None
    fields: list[TemplateField]


class TemplateWidget(Answer):
    """A widget of the first board and its place in the grid of 12 columns; `query` in GET /api/templates/{name} alone."""

    id: str
    title: str
    chart: str
    period: str
    x: int
    y: int
    w: int
    h: int
    query: dict[str, Any] | None = None


class TemplateAlert(Answer):
    """An alert, and when it fires."""

    name: str
    schedule: str
    query: dict[str, Any] | None = None
    condition: dict[str, Any] | None = None


class TemplateAnswer(Answer):
    """What an industry starts with, enough to show it before choosing."""

    name: str
    label: str
    description: str
    inactivity_days: int
    pipeline: str
    sections: list[TemplateSection]
    stages: list[TemplateStage]
    interaction_types: list[TemplateContact]
    dashboard: str
    widgets: list[TemplateWidget]
    alerts: list[TemplateAlert]


class TemplateList(Answer):
    """All templates."""

    items: list[TemplateAnswer]
    total: int


class AppliedThing(Answer):
    """One thing of a template: what kind of thing, and the name that the template gives it."""

    kind: Kind
    name: str


class OnboardingAnswer(Answer):
    """What a template brought, what was there already and stays as it is, and what you deleted and stays deleted."""

    template: str
    label: str
    industry_type: str
    added: list[AppliedThing]
    already_there: list[AppliedThing]
    deleted: list[AppliedThing]
