"""One change for many customers, in one transaction: all of them or none."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from crm_api.access import Permission
from crm_api.custom_fields.repository import hold, in_use
from crm_api.customers import repository
from crm_api.customers.bulk_schemas import MAX_CUSTOMERS, BulkAnswer, BulkRequest, BulkValues
from crm_api.customers.filters import customer_conditions
from crm_api.dependencies import Caller
from crm_api.organization.visibility import seen_by
from crm_api.users.service import require_user
from pymeai.custom_fields.definition import definition_of
from pymeai.custom_fields.merging import merged_values
from pymeai.database.tables.tenant import Customer
from pymeai.errors import FieldError, Forbidden, Invalid, NotFound, invalid_field
from pymeai.settings import Settings

MAX_TAGS = 50
_PLAIN = ("owner_user_id", "status", "kind", "source")


def change_customers(session: Session, settings: Settings, caller: Caller, request: BulkRequest) -> BulkAnswer:
    """Apply the change. Raises NotFound where an id is none, Forbidden, Invalid."""
    _authorize(settings, caller, request.set)
    chosen = repository.hold_ids(session, _chosen(session, caller, request), MAX_CUSTOMERS + 1)
    if request.ids is not None and len(chosen) != len(set(request.ids)):
        raise NotFound("No se encontró alguno de esos clientes. No se cambió ninguno.")
    if len(chosen) > MAX_CUSTOMERS:
        message = f"Son más de {MAX_CUSTOMERS} clientes. Use un filtro que abarque menos."
        raise invalid_field("filter", message)
    others = {owner for owner in chosen.values() if owner not in (None, caller.user_id)}
    if others and not caller.may(Permission.EDIT_ALL):
        raise Forbidden("Algunos de esos clientes son de otra persona: su rol solo le permite cambiar los suyos.")
    values = _values(session, request.set)
    changed = repository.update_all(session, list(chosen), values)
    if request.set.tags_add and repository.any_with_more_tags(session, list(chosen), MAX_TAGS):
        message = f"Algún cliente quedaría con más de {MAX_TAGS} etiquetas."
        raise invalid_field("set.tags_add", message)
    return BulkAnswer(matched=len(chosen), changed=changed)


def _authorize(settings: Settings, caller: Caller, change: BulkValues) -> None:
    if "owner_user_id" not in change.model_fields_set:
        return
    if not caller.may(Permission.EDIT_ALL):
        raise Forbidden("Su rol no le permite cambiar de quién es un cliente.")
    require_user(settings, caller.tenant, change.owner_user_id, "set.owner_user_id")


def _chosen(session: Session, caller: Caller, request: BulkRequest) -> list[ColumnElement[bool]]:
    """The conditions that say which customers."""
    conditions = repository.seen(seen_by(caller))
    if request.filter is None:
        return [*conditions, Customer.customer_id.in_(request.ids or [])]
    conditions += customer_conditions(session, request.filter)
    return conditions + (repository.has_words(request.filter.q) if request.filter.q else [])


def _values(session: Session, change: BulkValues) -> dict[str, Any]:
    """Column -> what to set it to, a value or an expression over the row."""
    sent = change.model_fields_set
    values: dict[str, Any] = {name: getattr(change, name) for name in _PLAIN if name in sent}
    if "province" in sent:
        values |= repository.moved_to_province(change.province)
    if change.tags_add or change.tags_remove:
        values["tags"] = repository.retagged(change.tags_add, change.tags_remove)
    if change.custom_fields:
        values["custom_fields"] = repository.with_custom_fields(*_custom_fields(session, change.custom_fields))
    return values


def _custom_fields(session: Session, sent: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What to store in each customer's custom fields and which to take out. Raises Invalid."""
    hold(session, "customer")
    definitions = [definition_of(field) for field in in_use(session, "customer")]
    stored = merged_values(definitions, {}, sent)
    emptied = [name for name in sent if name not in stored]
    required = [definition.field_name for definition in definitions if definition.is_required]
    errors = [FieldError(f"set.custom_fields.{name}", "No puede quedar vacío.") for name in emptied if name in required]
    if errors:
        raise Invalid("Revise los datos marcados.", errors=errors)
    return stored, emptied
