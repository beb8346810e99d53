"""/api/exports: whole lists as files."""

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import StreamingResponse

from crm_api.customers.filters import CustomerFilters
from crm_api.dependencies import Manager, SettingsOf, TenantSession
from crm_api.exports import service
from crm_api.exports.service import Download, FileFormat
from crm_api.interactions.filters import InteractionFilters
from crm_api.opportunities.filters import OpportunityFilters
from crm_api.routing import new_router
from crm_api.sales.filters import SaleFilters

router = new_router("/api/exports", tag="Exportaciones", slow=True)


class _Customers(CustomerFilters):
    beside = frozenset({"format"})


class _Sales(SaleFilters):
    beside = frozenset({"format"})


class _Opportunities(OpportunityFilters):
    beside = frozenset({"format"})


class _Interactions(InteractionFilters):
    beside = frozenset({"format"})


Format = Annotated[FileFormat, Query(alias="format", description="CSV (UTF-8, para Excel) o libro de Excel.")]
Search = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="Texto que se busca.")]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {media: {} for media in service.MEDIA_TYPES.values()}, "description": "El archivo."}
}


@router.get("/customers", summary="Exportar los clientes", response_class=StreamingResponse, responses=_FILE)
def export_customers(
    caller: Manager,
    settings: SettingsOf,
    session: TenantSession,
    filters: Annotated[_Customers, Query()],
    q: Search = None,
    form: Format = "csv",
) -> StreamingResponse:
    """Los clientes que muestra la lista con los mismos filtros. Queda en la bitácora."""
    return _sent(service.export_customers(session, settings, caller, filters, q, form))


@router.get("/sales", summary="Exportar las ventas", response_class=StreamingResponse, responses=_FILE)
def export_sales(
    caller: Manager,
    settings: SettingsOf,
    session: TenantSession,
    filters: Annotated[_Sales, Query()],
    q: Search = None,
    form: Format = "csv",
) -> StreamingResponse:
    """Las ventas que muestra la lista con los mismos filtros. Queda en la bitácora."""
    return _sent(service.export_sales(session, settings, caller, filters, q, form))


@router.get("/opportunities", summary="Exportar las oportunidades", response_class=StreamingResponse, responses=_FILE)
def export_opportunities(
    caller: Manager,
    settings: SettingsOf,
    session: TenantSession,
    filters: Annotated[_Opportunities, Query()],
    q: Search = None,
    form: Format = "csv",
) -> StreamingResponse:
    """Las oportunidades que muestra la lista con los mismos filtros. Queda en la bitácora."""
    return _sent(service.export_opportunities(session, settings, caller, filters, q, form))


@router.get("/interactions", summary="Exportar los contactos", response_class=StreamingResponse, responses=_FILE)
def export_interactions(
    caller: Manager,
    settings: SettingsOf,
    session: TenantSession,
    filters: Annotated[_Interactions, Query()],
    q: Search = None,
    form: Format = "csv",
) -> StreamingResponse:
    """Los contactos que muestra la lista con los mismos filtros. Queda en la bitácora."""
    return _sent(service.export_interactions(session, settings, caller, filters, q, form))


def _sent(download: Download) -> StreamingResponse:
    disposition = {"Content-Disposition": f'attachment; filename="{download.file_name}"'}
    return StreamingResponse(download.pieces, media_type=download.media_type, headers=disposition)
