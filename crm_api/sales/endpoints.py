"""/api/sales."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy.orm import Session

from crm_api.dependencies import Caller, IfMatch, Listing, Reader, SalesRecorder, SettingsOf, TenantSession
from crm_api.idempotency import Once
from crm_api.routing import new_router
from crm_api.sales import service
from crm_api.sales.filters import SaleFilters
from crm_api.sales.schemas import SaleAnswer, SaleChange, SaleFields
from crm_api.schemas import Page
from pymeai.database.tables.tenant import Sale

router = new_router("/api/sales", tag="Ventas")


@router.get("", summary="Listar las ventas")
def list_sales(
    caller: Reader,
    session: TenantSession,
    listing: Listing,
    filters: Annotated[SaleFilters, Query()],
) -> Page[SaleAnswer]:
    """Busca por número de documento, vendedor, canal o cliente, y filtra por cualquier columna."""
    found = service.list_sales(session, caller, listing, filters)
    return Page(items=service.answers(session, caller, found.rows), total=found.total, next_cursor=found.next_cursor)


@router.post("", status_code=201, summary="Registrar una venta")
def create_sale(
    caller: SalesRecorder, settings: SettingsOf, session: TenantSession, once: Once, body: SaleFields
) -> SaleAnswer:
    """Un documento con su monto, sus líneas o ambos. Sin cliente es un tiquete de caja; una nota de crédito resta."""
    return once.create(
        body,
        SaleAnswer,
        lambda: service.answers(session, caller, [service.create_sale(session, settings, caller, body)])[0],
        at="/api/sales/{sale_id}",
        etag=service.etag,
    )


@router.get("/{sale_id}", summary="Ver una venta")
def get_sale(caller: Reader, session: TenantSession, sale_id: UUID, response: Response) -> SaleAnswer:
    """Una venta con sus líneas. El ETag de la respuesta sirve como If-Match al cambiarla."""
    return _tagged(session, caller, service.get_sale(session, caller, sale_id), response)


@router.put("/{sale_id}", summary="Cambiar una venta")
def change_sale(
    caller: SalesRecorder,
    settings: SettingsOf,
    session: TenantSession,
    sale_id: UUID,
    body: SaleChange,
    response: Response,
    if_match: IfMatch = None,
) -> SaleAnswer:
    """Cambia lo que se envía; lo demás queda igual. Líneas nuevas sin monto dan su suma."""
    return _tagged(session, caller, service.change_sale(session, settings, caller, sale_id, body, if_match), response)


@router.delete("/{sale_id}", status_code=204, summary="Borrar una venta")
def delete_sale(caller: SalesRecorder, session: TenantSession, sale_id: UUID, if_match: IfMatch = None) -> None:
    """La bitácora guarda lo que era. La de una oportunidad ganada se quita reabriendo la oportunidad."""
    service.delete_sale(session, caller, sale_id, if_match)


def _tagged(session: Session, caller: Caller, sale: Sale, response: Response) -> SaleAnswer:
    response.headers["ETag"] = service.etag(sale)
    return service.answers(session, caller, [sale])[0]
