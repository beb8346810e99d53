"""/api/audit."""

from typing import Annotated, Literal

from fastapi import Query

from crm_api.audit import service
from crm_api.audit.schemas import AuditAnswer, AuditFilters
from crm_api.dependencies import AuditReader, TenantSession
from crm_api.listing import MAX_LIMIT, ListRequest
from crm_api.routing import new_router
from crm_api.schemas import Page

router = new_router("/api/audit", tag="Auditoría")


@router.get("", summary="Ver quién hizo qué")
def list_audit(
    caller: AuditReader,
    session: TenantSession,
    filters: Annotated[AuditFilters, Query()],
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Cuántos elementos por página.")] = 50,
    cursor: Annotated[str | None, Query(max_length=2000, description="El next_cursor de la página anterior.")] = None,
    sort: Literal["created_at", "-created_at"] = "-created_at",
) -> Page[AuditAnswer]:
    """Cada cambio: quién lo hizo, cuándo, qué había antes y qué quedó. Nadie puede cambiar este registro."""
    return service.list_audit(session, caller, ListRequest(limit, cursor, sort), filters)
