"""/api/customers."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from crm_api.customers import bulk, deleted, service
from crm_api.customers.bulk_schemas import BulkAnswer, BulkRequest
from crm_api.customers.filters import CustomerFilters
from crm_api.customers.schemas import (
    CustomerAnswer,
    CustomerDetail,
    CustomerFields,
    DeletedCustomer,
    SegmentList,
)
from crm_api.dependencies import Editor, IfMatch, Listing, Manager, Reader, SettingsOf, TenantSession
from crm_api.idempotency import Once
from crm_api.listing import Slice
from crm_api.routing import answering, new_router, takes_long
from crm_api.schemas import Nothing, Page
from pymeai.database.tables.tenant import Customer

router = new_router("/api/customers", tag="Clientes")

Filters = Annotated[CustomerFilters, Query()]


@router.get("", summary="Listar los clientes")
def list_customers(caller: Reader, session: TenantSession, listing: Listing, filters: Filters) -> Page[CustomerAnswer]:
    """Busca por nombre, correo, teléfono, identificación o código, sin importar tildes, mayúsculas, guiones ni espacios.

    Si nada coincide, devuelve los que más se parecen, como cuando hay un error al escribir.
    """
    return _page(service.list_customers(session, caller, listing, filters))


@router.post("", status_code=201, summary="Crear un cliente")
def create_customer(
    caller: Editor, settings: SettingsOf, session: TenantSession, once: Once, body: CustomerFields
) -> CustomerAnswer:
    """Hace falta el nombre de la persona o de la empresa; lo demás es opcional."""
    return once.create(
        body,
        CustomerAnswer,
        lambda: CustomerAnswer.model_validate(service.create_customer(session, settings, caller, body)),
        at="/api/customers/{customer_id}",
        etag=service.etag,
    )


@router.post("/bulk", summary="Cambiar muchos clientes a la vez", responses=answering(404))
@takes_long
def change_customers(
    caller: Editor, settings: SettingsOf, session: TenantSession, once: Once, body: BulkRequest
) -> BulkAnswer:
    """Los que se nombran en `ids` o los que cumplen `filter`, todos o ninguno; como máximo 10 000."""
    return once.run(body, BulkAnswer, lambda: bulk.change_customers(session, settings, caller, body))


@router.get("/segments", summary="Ver los segmentos")
def segments(caller: Reader, session: TenantSession) -> SegmentList:
    """Cuántos clientes hay en cada segmento."""
    items = service.segments(session, caller)
    return SegmentList(items=items, total=len(items))


@router.get("/segments/{segment}", summary="Listar los clientes de un segmento")
def customers_of_segment(
    caller: Reader, session: TenantSession, listing: Listing, filters: Filters, segment: str
) -> Page[CustomerAnswer]:
    """Los clientes que hoy están en ese segmento."""
    ours = filters.model_copy(update={"segment": (segment.replace("\x00", ""),)})
    return _page(service.list_customers(session, caller, listing, ours))


@router.get("/deleted", summary="Listar los clientes borrados")
def deleted_customers(_caller: Manager, session: TenantSession, listing: Listing) -> Page[DeletedCustomer]:
    """Los que se pueden restaurar, lo último borrado primero."""
    found = deleted.deleted_customers(session, listing)
    items = [DeletedCustomer.model_validate(customer) for customer in found.rows]
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)


@router.get("/{customer_id}", summary="Ver un cliente")
def get_customer(caller: Reader, settings: SettingsOf, customer_id: UUID, response: Response) -> CustomerDetail:
    """Con las razones de su segmento. El ETag de la respuesta sirve como If-Match al cambiarlo."""
    card = service.customer_card(settings, caller, customer_id)
    response.headers["ETag"] = service.etag(card)
    return card


@router.put("/{customer_id}", summary="Cambiar un cliente")
def change_customer(
    caller: Editor,
    settings: SettingsOf,
    session: TenantSession,
    customer_id: UUID,
    body: CustomerFields,
    response: Response,
    if_match: IfMatch = None,
) -> CustomerAnswer:
    """Cambia lo que se envía; lo demás queda igual."""
    customer = service.change_customer(session, settings, caller, customer_id, body, if_match)
    response.headers["ETag"] = service.etag(customer)
    return CustomerAnswer.model_validate(customer)


@router.delete("/{customer_id}", status_code=204, summary="Borrar un cliente")
def delete_customer(caller: Editor, session: TenantSession, customer_id: UUID, if_match: IfMatch = None) -> None:
    """Lo saca de las listas; sus ventas y oportunidades quedan."""
    service.delete_customer(session, caller, customer_id, if_match)


@router.post("/{customer_id}/restore", summary="Restaurar un cliente borrado")
def restore_customer(
    _caller: Manager, session: TenantSession, once: Once, customer_id: UUID, response: Response
) -> CustomerAnswer:
    """Vuelve como estaba; 409 si otro cliente tiene ya su identificación o su código, o si se fusionó con otro."""

    def restored() -> CustomerAnswer:
        customer = deleted.restore_customer(session, customer_id)
        response.headers["ETag"] = service.etag(customer)
        return CustomerAnswer.model_validate(customer)

    return once.run(Nothing(), CustomerAnswer, restored)


def _page(found: Slice[Customer]) -> Page[CustomerAnswer]:
    items = [CustomerAnswer.model_validate(customer) for customer in found.rows]
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)
