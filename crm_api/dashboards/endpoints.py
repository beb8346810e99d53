"""/api/dashboards."""

from uuid import UUID

from fastapi import Response

from crm_api.dashboards import service
from crm_api.dashboards.schemas import DashboardAnswer, DashboardCopy, DashboardFields
from crm_api.dependencies import DashboardEditor, IfMatch, Listing, Reader, TenantSession
from crm_api.idempotency import Once
from crm_api.routing import new_router
from crm_api.schemas import Page

router = new_router("/api/dashboards", tag="Tableros", slow=True)


@router.get("", summary="Listar los tableros")
def list_dashboards(caller: Reader, session: TenantSession, listing: Listing) -> Page[DashboardAnswer]:
    """Los tableros compartidos y los suyos."""
    found = service.list_dashboards(session, caller.user_id, listing)
    items = [DashboardAnswer.model_validate(dashboard) for dashboard in found.rows]
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)


@router.post("", status_code=201, summary="Crear un tablero")
def create_dashboard(
    caller: DashboardEditor, session: TenantSession, once: Once, body: DashboardFields
) -> DashboardAnswer:
    """Cada widget es una consulta a las métricas (MetricQuery), su gráfico y su lugar."""
    return once.create(
        body,
        DashboardAnswer,
        lambda: DashboardAnswer.model_validate(service.create_dashboard(session, caller, body)),
        at="/api/dashboards/{dashboard_id}",
        etag=service.etag,
    )


@router.get("/{dashboard_id}", summary="Ver un tablero")
def get_dashboard(caller: Reader, session: TenantSession, dashboard_id: UUID, response: Response) -> DashboardAnswer:
    """El ETag de la respuesta sirve como If-Match al cambiarlo."""
    dashboard = service.get_dashboard(session, caller.user_id, dashboard_id)
    response.headers["ETag"] = service.etag(dashboard)
    return DashboardAnswer.model_validate(dashboard)


@router.put("/{dashboard_id}", summary="Cambiar un tablero")
def change_dashboard(
    caller: DashboardEditor,
    session: TenantSession,
    dashboard_id: UUID,
    body: DashboardFields,
    response: Response,
    if_match: IfMatch = None,
) -> DashboardAnswer:
    """Lo enviado reemplaza el tablero entero."""
    dashboard = service.change_dashboard(session, caller, dashboard_id, body, if_match)
    response.headers["ETag"] = service.etag(dashboard)
    return DashboardAnswer.model_validate(dashboard)


@router.delete("/{dashboard_id}", status_code=204, summary="Borrar un tablero")
def delete_dashboard(
    caller: DashboardEditor, session: TenantSession, dashboard_id: UUID, if_match: IfMatch = None
) -> None:
    """Borra el tablero con sus widgets; los datos que mostraba quedan."""
    service.delete_dashboard(session, caller, dashboard_id, if_match)


@router.post("/{dashboard_id}/copy", status_code=201, summary="Copiar un tablero")
def copy_dashboard(
    caller: DashboardEditor, session: TenantSession, dashboard_id: UUID, once: Once, body: DashboardCopy
) -> DashboardAnswer:
    """Un tablero suyo con los mismos widgets, privado si no dice otra cosa: así se parte del de otra persona."""
    return once.create(
        body,
        DashboardAnswer,
        lambda: DashboardAnswer.model_validate(service.copy_dashboard(session, caller, dashboard_id, body)),
        at="/api/dashboards/{dashboard_id}",
        etag=service.etag,
    )
