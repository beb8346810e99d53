"""/api/sales."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from crm_api.dependencies import Listing, Reader, SalesRecorder, SettingsOf, TenantSession
from crm_api.idempotency import Once
from crm_api.sales import service
from crm_api.sales.schemas import DocumentType, SaleAnswer, SaleFields
from crm_api.schemas import Page

router = APIRouter(prefix="/api/sales", tags=["Ventas"])

FilterText = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


def _filters(
    customer_id: UUID | None = None,
    opportunity_id: UUID | None = None,
    document_type: DocumentType | None = None,
    channel: FilterText = None,
    seller: FilterText = None,
    start: Annotated[date | None, Query(description="Desde este día, inclusive.")] = None,
    end: Annotated[date | None, Query(description="Hasta este día, inclusive.")] = None,
) -> service.SaleFilters:
    return service.SaleFilters(customer_id, opportunity_id, document_type, channel, seller, start, end)


Filters = Annotated[service.SaleFilters, Depends(_filters)]


@router.get("", summary="Listar las ventas")
def list_sales(_caller: Reader, session: TenantSession, listing: Listing, filters: Filters) -> Page[SaleAnswer]:
    """Busca por número de documento, vendedor, canal o cliente."""
    found = service.list_sales(session, listing, filters)
    items = [SaleAnswer.model_validate(sale) for sale in found.rows]
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)


@router.post("", status_code=201, summary="Registrar una venta")
def create_sale(
    caller: SalesRecorder, settings: SettingsOf, session: TenantSession, once: Once, body: SaleFields
) -> SaleAnswer:
    """Un documento con su monto, sus líneas o ambos. Sin cliente es un tiquete de caja."""
    return once.run(
        body, SaleAnswer, lambda: SaleAnswer.model_validate(service.create_sale(session, settings, caller, body))
    )


@router.get("/{sale_id}", summary="Ver una venta")
def get_sale(_caller: Reader, session: TenantSession, sale_id: UUID, response: Response) -> SaleAnswer:
    """Una venta con sus líneas."""
    sale = service.get_sale(session, sale_id)
    response.headers["ETag"] = service.etag(sale)
    return SaleAnswer.model_validate(sale)
