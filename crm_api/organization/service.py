"""The organization, its settings, and the templates."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.etags import etag_of, require_match
from crm_api.organization import repository
from crm_api.organization.schemas import OrganizationChange, SettingsChange, TemplateAnswer, TemplateStage
from pymeai.database.tables.platform import Organization
from pymeai.errors import FieldError, Invalid
from pymeai.settings import Settings
from pymeai.templates.catalogue import Template, load_template, load_templates
from pymeai.tenancy.onboarding import apply_template
from pymeai.tenancy.sessions import platform_session
from pymeai.tenancy.tenant import Tenant


def etag(organization: Organization) -> str:
    """The tag of the organization as it is now."""
    return etag_of(organization.organization_id, [organization.name, organization.industry_type, organization.settings])


def change(session: Session, organization_id: UUID, request: OrganizationChange, if_match: str | None) -> Organization:
    """Apply what was sent. Raises PreconditionFailed when somebody else changed it first."""
    organization = repository.find(session, organization_id, lock=True)
    require_match(if_match, etag(organization))
    if request.name is not None:
        organization.name = request.name
    if request.settings is not None:
        merged = _merged(organization.settings, request.settings)
        if merged != organization.settings:
            organization.settings = merged
            repository.mark_changed(session, organization_id)
    session.flush()
    return organization


def templates() -> list[TemplateAnswer]:
    """All templates, as a person chooses among them."""
    return [_summary(template) for template in load_templates()]


def onboard(session: Session, name: str) -> TemplateAnswer:
    """Add a template to the tenant of `session`. Raises Invalid where there is none of this name."""
    try:
        template = load_template(name)
    except KeyError:
        message = "No hay una plantilla con ese nombre. Vea GET /api/templates."
        raise Invalid("Revise los datos marcados.", errors=[FieldError("template", message)]) from None
    apply_template(session.connection(), template)
    return _summary(template)


def currency_of(settings: Settings, tenant: Tenant) -> str:
    """The organization's currency, CRC or USD."""
    with platform_session(settings) as session:
        values: dict[str, Any] = repository.find(session, tenant.organization_id).settings
    return str(values.get("currency") or "CRC")


def exchange_rate_of(settings: Settings, currency: str, day: date) -> Decimal:
    """Colones for one unit of `currency`. Raises Invalid where no rate is known: somebody has to say it."""
    if currency == "CRC":
        return Decimal(1)
    with platform_session(settings) as session:
        rate = repository.exchange_rate(session, currency, day)
    if rate is None:
        message = "Indique el tipo de cambio: cuántos colones vale un dólar ese día."
        raise Invalid("Revise los datos marcados.", errors=[FieldError("exchange_rate", message)])
    return rate


def _merged(stored: dict[str, Any], change: SettingsChange) -> dict[str, Any]:
    merged = dict(stored)
    if change.currency is not None:
        merged["currency"] = change.currency
    if change.thresholds is not None:
        chosen = (stored.get("thresholds") or {}) | change.thresholds.model_dump(exclude_unset=True)
        merged["thresholds"] = {name: value for name, value in chosen.items() if value is not None}
    return merged


def _summary(template: Template) -> TemplateAnswer:
    return TemplateAnswer(
        name=template.name,
        label=template.label,
        description=template.description,
        inactivity_days=template.inactivity_days,
        fields=[field.label for section in template.sections for field in section.fields],
        stages=[TemplateStage.model_validate(stage) for stage in template.pipeline.stages],
        interaction_types=[kind.name for kind in template.interaction_types],
        widgets=[widget.title for widget in template.dashboard.widgets],
    )
