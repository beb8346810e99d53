"""The organization, its settings, and the templates."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from crm_api.auth import audit
from crm_api.dependencies import Caller
from crm_api.etags import etag_of, require_match
from crm_api.organization import repository
from crm_api.organization.schemas import (
    AppliedThing,
    OnboardingAnswer,
    OnboardingRequest,
    OrganizationChange,
    SettingsChange,
    TemplateAlert,
    TemplateAnswer,
    TemplateContact,
    TemplateSection,
    TemplateStage,
    TemplateWidget,
)
from pymeai.database.tables.platform import Organization
from pymeai.errors import NotFound, invalid_field
from pymeai.settings import Settings
from pymeai.templates.catalogue import Template, load_template, load_templates
from pymeai.tenancy.onboarding import apply_template
from pymeai.tenancy.sessions import platform_session, platform_within


def etag(organization: Organization) -> str:
    """The tag of the organization as it is now."""
    return etag_of(organization.organization_id, [organization.name, organization.industry_type, organization.settings])


def change(session: Session, caller: Caller, request: OrganizationChange, if_match: str | None) -> Organization:
    """Apply what was sent. Raises PreconditionFailed when somebody else changed it first."""
    organization = repository.find(session, caller.tenant.organization_id, lock=True)
    require_match(if_match, etag(organization))
    before: dict[str, Any] = {}
    if request.name is not None and request.name != organization.name:
        before["name"] = organization.name
        organization.name = request.name
    if request.settings is not None:
        merged = _merged(organization.settings, request.settings)
        if merged != organization.settings:
            before["settings"] = organization.settings
            organization.settings = merged
            repository.mark_changed(session, caller.tenant.organization_id)
    if before:
        _record(session, caller, organization, before)
    return organization


def templates() -> list[TemplateAnswer]:
    """All templates, as a person chooses among them."""
    return [_shown(template, with_queries=False) for template in load_templates()]


def template(name: str) -> TemplateAnswer:
    """One template, whole. Raises NotFound."""
    try:
        return _shown(load_template(name), with_queries=True)
    except KeyError:
        raise NotFound("No hay una plantilla con ese nombre. Vea GET /api/templates.") from None


def onboard(session: Session, caller: Caller, request: OnboardingRequest) -> OnboardingAnswer:
    """Add a template to the tenant of `session`. Raises Invalid where there is none of this name."""
    try:
        chosen = load_template(request.template)
    except KeyError:
        message = "No hay una plantilla con ese nombre. Vea GET /api/templates."
        raise invalid_field("template", message) from None
    applied = apply_template(session.connection(), chosen)
    organization = _change_industry(session, caller, chosen.name if request.change_industry else None)
    return OnboardingAnswer(
        template=chosen.name,
        label=chosen.label,
        industry_type=organization.industry_type,
        added=[AppliedThing.model_validate(thing) for thing in applied.added],
        already_there=[AppliedThing.model_validate(thing) for thing in applied.already_there],
        deleted=[AppliedThing.model_validate(thing) for thing in applied.deleted],
    )


def _change_industry(session: Session, caller: Caller, industry: str | None) -> Organization:
    """Make the organization one of another trade, in the very transaction that brings that trade's things."""
    with platform_within(session, caller.tenant, caller.actor):
        organization = repository.find(session, caller.tenant.organization_id, lock=industry is not None)
        if industry is not None and industry != organization.industry_type:
            before = {"industry_type": organization.industry_type}
            organization.industry_type = industry
            repository.mark_changed(session, caller.tenant.organization_id)
            _record(session, caller, organization, before)
    return organization


def _record(session: Session, caller: Caller, organization: Organization, before: dict[str, Any]) -> None:
    after = {name: getattr(organization, name) for name in before}
    key = organization.organization_id
    audit.record(session, caller.tenant, caller.actor, "updated", "organization", key, before=before, after=after)


def exchange_rate_of(settings: Settings, currency: str, day: date) -> Decimal:
    """Colones for one unit of `currency`. Raises Invalid where no rate is known: somebody has to say it."""
    if currency == "CRC":
        return Decimal(1)
    with platform_session(settings) as session:
        rate = repository.exchange_rate(session, currency, day)
    if rate is None:
        message = "Indique el tipo de cambio: cuántos colones vale un dólar ese día."
        raise invalid_field("exchange_rate", message)
    return rate


def _merged(stored: dict[str, Any], change: SettingsChange) -> dict[str, Any]:
    merged = dict(stored)
    for name in ("identification_number", "currency", "time_zone", "sellers_see"):
        if getattr(change, name) is not None:
            merged[name] = getattr(change, name)
    if change.thresholds is not None:
        chosen = (stored.get("thresholds") or {}) | change.thresholds.model_dump(exclude_unset=True)
        merged["thresholds"] = {name: value for name, value in chosen.items() if value is not None}
    return merged


def _shown(template: Template, *, with_queries: bool) -> TemplateAnswer:
    # The queries are most of a template; whoever shows all 13 does not run them.
    hidden = None if with_queries else {"query", "condition"}
    return TemplateAnswer(
        name=template.name,
        label=template.label,
        description=template.description,
        inactivity_days=template.inactivity_days,
        pipeline=template.pipeline.name,
        sections=[TemplateSection.model_validate(section) for section in template.sections],
        stages=[TemplateStage.model_validate(stage) for stage in template.pipeline.stages],
        interaction_types=[TemplateContact.model_validate(kind) for kind in template.interaction_types],
        dashboard=template.dashboard.name,
        widgets=[
            TemplateWidget.model_validate(widget.model_dump(mode="json", exclude=hidden))
            for widget in template.dashboard.widgets
        ],
        alerts=[
            TemplateAlert.model_validate(alert.model_dump(mode="json", exclude=hidden)) for alert in template.alerts
        ],
    )
