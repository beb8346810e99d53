"""Queries on the audit log. The session's search_path says whose."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm_api.audit.schemas import AuditFilters
from crm_api.filtering import conditions
from pymeai.database.tables.platform import User
from pymeai.database.tables.tenant import (
    Customer,
    CustomField,
    Interaction,
    InteractionType,
    Opportunity,
    Pipeline,
    Sale,
    Stage,
)
from pymeai.database.tables.workspace import Alert, AuditLog, Dashboard, Import

COLUMNS = {
    "entity": AuditLog.entity,
    "entity_id": AuditLog.entity_id,
    "action": AuditLog.action,
    "user_id": AuditLog.user_id,
    "api_key_id": AuditLog.api_key_id,
    "request_id": AuditLog.request_id,
    "created_at": AuditLog.created_at,
}
_PERSON = func.nullif(func.trim(func.concat_ws(" ", Customer.first_name, Customer.last_name)), "")
_NAMES: dict[str, tuple[InstrumentedAttribute[UUID], ColumnElement[str] | InstrumentedAttribute[str]]] = {
    "customer": (Customer.customer_id, func.coalesce(Customer.company_name, _PERSON)),
    "opportunity": (Opportunity.opportunity_id, Opportunity.title),
    "pipeline": (Pipeline.pipeline_id, Pipeline.name),
    "stage": (Stage.stage_id, Stage.name),
    "custom_field": (CustomField.field_id, CustomField.label),
    "interaction_type": (InteractionType.interaction_type_id, InteractionType.name),
    "interaction": (Interaction.interaction_id, Interaction.type),
    "sale": (Sale.sale_id, func.coalesce(Sale.external_key, literal(""))),
    "dashboard": (Dashboard.dashboard_id, Dashboard.name),
    "alert": (Alert.alert_id, Alert.name),
    "import": (Import.import_id, Import.file_name),
}
"""Where a thing's present name is: entity -> its key and its name."""


def matching(filters: AuditFilters) -> Select[AuditLog]:
    """The lines that the filters let through."""
    return select(AuditLog).where(*conditions(filters, COLUMNS))


def entity_names(session: Session, keys: Mapping[str, Collection[UUID]]) -> dict[UUID, str]:
    """The present names of things of the tenant's, all kinds in one query; those that are gone are not in it."""
    parts = [
        select(key.label("key"), cast(name, Text).label("name")).where(key.in_(keys[entity]))
        for entity, (key, name) in _NAMES.items()
        if keys.get(entity)
    ]
    if not parts:
        return {}
    found = session.execute(union_all(*parts))
    return {row[0]: row[1] for row in found if row[1]}


def user_names(session: Session, organization_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, str]:
    """What to call people of the organization; `session` is the platform's."""
    full_name = func.trim(func.concat_ws(" ", User.first_name, User.last_name))
    statement = select(User.user_id, func.coalesce(func.nullif(full_name, literal("")), cast(User.email, Text))).where(
        User.organization_id == organization_id, User.user_id.in_(user_ids)
    )
    return {row[0]: row[1] for row in session.execute(statement)}
