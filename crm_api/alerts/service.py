"""Alerts: who may change them, that they can be asked, and what they find now."""

from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.orm import Session

from crm_api.access import Permission
from crm_api.alerts import repository
from crm_api.alerts.evaluation import Evaluation, check, evaluate
from crm_api.alerts.schemas import AlertAnswer, AlertEvaluation, AlertFields, AlertFilters, MeasuredRow
from crm_api.dependencies import Caller
from crm_api.etags import etag_of, require_match
from crm_api.listing import ListRequest, Slice, fetch_slice
from crm_api.organization.visibility import seen_by
from crm_api.validation import field_errors
from pymeai.clock import business_today
from pymeai.database.tables.workspace import Alert
from pymeai.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from pymeai.metrics.query import MetricQuery
from pymeai.settings import Settings
from pymeai.templates.alerts import Condition

SORTABLE = {"created_at": Alert.created_at, "updated_at": Alert.updated_at, "name": Alert.name}
MOST_ROWS = 200
"""The most rows that an evaluation shows."""


def etag(alert: Alert | AlertAnswer) -> str:
    """The tag of the alert as it is now."""
    return etag_of(alert.alert_id, alert.updated_at)


def list_alerts(session: Session, request: ListRequest, filters: AlertFilters) -> Slice[Alert]:
    """One page of the organization's alerts."""
    statement = repository.matching(filters, request.q)
    return fetch_slice(session, statement, request, key=Alert.alert_id, sortable=SORTABLE, default_sort="created_at")


def get_alert(session: Session, alert_id: UUID, *, lock: bool = False) -> Alert:
    """One alert. Raises NotFound, for another tenant's as well."""
    alert = repository.find(session, alert_id, lock=lock)
    if alert is None:
        raise NotFound("No se encontró esa alerta.")
    return alert


def create_alert(session: Session, settings: Settings, caller: Caller, request: AlertFields) -> Alert:
    """Store a new alert of the caller's. Raises Invalid where it cannot be asked."""
    return repository.add(session, Alert(created_by=caller.user_id, **_values(settings, request)))


def change_alert(
    session: Session, settings: Settings, caller: Caller, alert_id: UUID, request: AlertFields, if_match: str | None
) -> Alert:
    """Put a whole alert in place of another. Raises NotFound, Forbidden, PreconditionFailed, Invalid."""
    alert = _editable(session, caller, alert_id)
    require_match(if_match, etag(alert))
    for name, value in _values(settings, request).items():
        setattr(alert, name, value)
    session.flush()
    session.refresh(alert)
    return alert


def delete_alert(session: Session, caller: Caller, alert_id: UUID, if_match: str | None) -> None:
    """Remove an alert. Raises NotFound, Forbidden, PreconditionFailed."""
    alert = _editable(session, caller, alert_id)
    require_match(if_match, etag(alert))
    session.delete(alert)


def test_alert(session: Session, settings: Settings, caller: Caller, alert_id: UUID) -> AlertEvaluation:
    """What the alert finds now; nothing is sent or kept. Raises NotFound, Conflict where it can no longer be asked."""
    alert = get_alert(session, alert_id)
    try:
        query, condition = MetricQuery.model_validate(alert.query), Condition.model_validate(alert.condition)
    except ValidationError:
        raise Conflict("Esta alerta ya no se puede consultar. Edítela o bórrela.", code="broken_alert") from None
    return _found(settings, caller, query, condition)


def preview_alert(settings: Settings, caller: Caller, request: AlertFields) -> AlertEvaluation:
    """What an alert that nobody stored would find now. Raises Invalid."""
    return _found(settings, caller, _query(request), request.condition)


def _found(settings: Settings, caller: Caller, query: MetricQuery, condition: Condition) -> AlertEvaluation:
    today = business_today(settings)
    return _shown(evaluate(settings, caller.tenant, query, condition, today, seen_by=seen_by(caller)))


def _shown(found: Evaluation) -> AlertEvaluation:
    first = found.rows[0]
    return AlertEvaluation(
        fires=found.fires,
        text=found.text,
        value=first.value,
        previous=first.previous,
        measured=first.measured,
        unit=found.unit,
        rows=[MeasuredRow.model_validate(row) for row in found.rows[:MOST_ROWS]],
        time_range=found.time_range,
        previous_range=found.previous_range,
        currency=found.currency,
        data_as_of=found.data_as_of,
    )


def _editable(session: Session, caller: Caller, alert_id: UUID) -> Alert:
    alert = get_alert(session, alert_id, lock=True)
    if alert.created_by != caller.user_id and not caller.may(Permission.EDIT_ALL):
        raise Forbidden("Esa alerta no es suya: su rol solo le permite cambiar las suyas.")
    return alert


def _values(settings: Settings, request: AlertFields) -> dict[str, Any]:
    query = _query(request)
    check(settings, query, request.condition)
    return {
        "name": request.name,
        "query": query.model_dump(mode="json", exclude_defaults=True),
        "condition": request.condition.model_dump(mode="json"),
        "schedule": request.schedule,
        "channel": request.channel,
        "is_active": request.is_active,
    }


def _query(request: AlertFields) -> MetricQuery:
    try:
        return MetricQuery.model_validate(request.query)
    except ValidationError as error:
        found = [FieldError(f"query.{item.field}", item.message) for item in field_errors(error.errors())]
        raise Invalid("Revise los datos marcados.", errors=found) from None
