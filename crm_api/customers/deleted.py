"""Customers that were deleted: found again, and brought back."""

from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.customers import repository
from crm_api.customers.service import SORTABLE
from crm_api.listing import ListRequest, Slice, fetch_slice
from pymeai.database.tables.tenant import Customer
from pymeai.errors import Conflict, NotFound

_SORTABLE = SORTABLE | {"deleted_at": Customer.deleted_at}


def deleted_customers(session: Session, request: ListRequest) -> Slice[Customer]:
    """One page of the customers that can be restored, the last deleted first."""
    words = repository.has_words(request.q) if request.q else []
    statement = repository.deleted().where(*words)
    return fetch_slice(
        session, statement, request, key=Customer.customer_id, sortable=_SORTABLE, default_sort="-deleted_at"
    )


def restore_customer(session: Session, customer_id: UUID) -> Customer:
    """Bring a customer back, as they were; who is there already stays so.

    Raises NotFound, and Conflict where they are part of another one; where somebody has their identification or code by
    now, the database refuses it with the same.
    """
    customer = hold_remembered(session, customer_id)
    if customer.deleted_at is not None:
        customer.deleted_at = None
        session.flush()
        session.refresh(customer)
    return customer


def hold_remembered(session: Session, customer_id: UUID) -> Customer:
    """A customer of whom something is still stored, deleted or not, held until the end of the transaction.

    Raises NotFound, also of one who was erased, and Conflict where they are part of another one, whose data theirs are.
    """
    customer = repository.hold_unerased(session, customer_id)
    if customer is None:
        raise NotFound("No se encontró ese cliente.")
    if customer.merged_into is not None:
        message = (
            f"Ese cliente se fusionó con otro ({customer.merged_into}). Hágalo con ese, o deshaga antes la fusión."
        )
        raise Conflict(message, code="customer_merged")
    return customer
