"""/api/alerts."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from crm_api.alerts import service
from crm_api.alerts.schemas import AlertAnswer, AlertEvaluation, AlertFields, AlertFilters
from crm_api.dependencies import DashboardEditor, IfMatch, Listing, Reader, SettingsOf, TenantSession
from crm_api.idempotency import Once
from crm_api.routing import answering, new_router
from crm_api.schemas import Page

router = new_router("/api/alerts", tag="Alertas", slow=True)


@router.get("", summary="Listar las alertas")
def list_alerts(
    _caller: Reader, session: TenantSession, listing: Listing, filters: Annotated[AlertFilters, Query()]
) -> Page[AlertAnswer]:
    """Las alertas de su organización; busca por nombre."""
    found = service.list_alerts(session, listing, filters)
    items = [AlertAnswer.model_validate(alert) for alert in found.rows]
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)


@router.post("", status_code=201, summary="Crear una alerta")
def create_alert(
    caller: DashboardEditor, settings: SettingsOf, session: TenantSession, once: Once, body: AlertFields
) -> AlertAnswer:
    """Una consulta a las métricas (MetricQuery) con una sola métrica, y la condición que la hace avisar."""
    return once.create(
        body,
        AlertAnswer,
        lambda: AlertAnswer.model_validate(service.create_alert(session, settings, caller, body)),
        at="/api/alerts/{alert_id}",
        etag=service.etag,
    )


@router.post("/preview", summary="Probar una alerta sin guardarla")
def preview_alert(caller: DashboardEditor, settings: SettingsOf, body: AlertFields) -> AlertEvaluation:
    """Lo que la alerta encontraría ahora. No guarda ni envía nada."""
    return service.preview_alert(settings, caller, body)


@router.get("/{alert_id}", summary="Ver una alerta")
def get_alert(_caller: Reader, session: TenantSession, alert_id: UUID, response: Response) -> AlertAnswer:
    """El ETag de la respuesta sirve como If-Match al cambiarla."""
    alert = service.get_alert(session, alert_id)
    response.headers["ETag"] = service.etag(alert)
    return AlertAnswer.model_validate(alert)


@router.put("/{alert_id}", summary="Cambiar una alerta")
def change_alert(
    caller: DashboardEditor,
    settings: SettingsOf,
    session: TenantSession,
    alert_id: UUID,
    body: AlertFields,
    response: Response,
    if_match: IfMatch = None,
) -> AlertAnswer:
    """Lo enviado reemplaza la alerta entera."""
    alert = service.change_alert(session, settings, caller, alert_id, body, if_match)
    response.headers["ETag"] = service.etag(alert)
    return AlertAnswer.model_validate(alert)


@router.delete("/{alert_id}", status_code=204, summary="Borrar una alerta")
def delete_alert(caller: DashboardEditor, session: TenantSession, alert_id: UUID, if_match: IfMatch = None) -> None:
    """Deja de avisar; si solo quiere una pausa, cámbiela con is_active en falso."""
    service.delete_alert(session, caller, alert_id, if_match)


@router.post("/{alert_id}/test", summary="Probar una alerta", responses=answering(409))
def test_alert(caller: Reader, settings: SettingsOf, session: TenantSession, alert_id: UUID) -> AlertEvaluation:
    """El valor de ahora y si avisaría. No guarda ni envía nada."""
    return service.test_alert(session, settings, caller, alert_id)
