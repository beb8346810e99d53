"""/api/customers/{customer_id}/timeline."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from crm_api.dependencies import Reader, SettingsOf, TenantSession
from crm_api.listing import MAX_LIMIT
from crm_api.routing import new_router
from crm_api.timeline import service
from crm_api.timeline.schemas import ItemKind, TimelinePage

router = new_router("/api/customers", tag="Clientes")


@router.get("/{customer_id}/timeline", summary="Ver la historia de un cliente")
def customer_timeline(
    caller: Reader,
    settings: SettingsOf,
    session: TenantSession,
    customer_id: UUID,
    kind: Annotated[tuple[ItemKind, ...], Query(description="Solo de estos tipos.", max_length=10)] = (),
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Cuántos elementos por página.")] = 50,
    cursor: Annotated[str | None, Query(max_length=2000, description="El next_cursor de la página anterior.")] = None,
) -> TimelinePage:
    """Contactos, oportunidades, ventas, importaciones, cambios de sus datos y fusiones, lo más nuevo primero."""
    found = service.timeline(session, settings, caller, customer_id, kind, limit, cursor)
    return TimelinePage(items=list(found.rows), total=found.total, next_cursor=found.next_cursor)
