"""Customers: what may be stored, and by whom."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from crm_api.access import Permission
from crm_api.custom_fields.service import merged
from crm_api.customers import repository
from crm_api.customers.repository import SegmentExplanation
from crm_api.customers.schemas import CustomerFields, SegmentCount
from crm_api.dependencies import Caller
from crm_api.etags import etag_of, require_match
from crm_api.listing import ListRequest, Slice, fetch_slice
from crm_api.logs import LOGGER, where
from crm_api.users.service import require_user
from pymeai.clock import utc_now
from pymeai.costa_rica.identification import IdentificationError, parse_identification
from pymeai.database.tables.tenant import Customer
from pymeai.errors import FieldError, Forbidden, Invalid, NotFound, Unavailable
from pymeai.settings import Settings
from pymeai.tenancy.sessions import reader_connection

SORTABLE = {
    "created_at": Customer.created_at,
    "updated_at": Customer.updated_at,
    "first_name": Customer.first_name,
    "last_name": Customer.last_name,
    "company_name": Customer.company_name,
    "email": Customer.email,
    "segment": Customer.segment,
    "lifetime_value": Customer.lifetime_value,
    "last_interaction": Customer.last_interaction,
}
# Columns that a null does not empty but sets back.
_NOT_NULL: dict[str, Any] = {"kind": "person", "status": "active", "tags": [], "consent": {}}


@dataclass(frozen=True)
class CustomerFilters:
    """Simple filters of the list; each must hold."""

    segment: str | None = None
    status: str | None = None
    kind: str | None = None
    province: str | None = None
    tag: str | None = None
    owner_user_id: UUID | None = None


def etag(customer: Customer) -> str:
    """The tag of the customer as it is now."""
    return etag_of(customer.customer_id, customer.updated_at)


def list_customers(session: Session, request: ListRequest, filters: CustomerFilters) -> Slice[Customer]:
    """One page of customers."""
    statement = repository.living()
    for name in ("segment", "status", "kind", "province", "owner_user_id"):
        value = getattr(filters, name)
        if value is not None:
            statement = statement.where(getattr(Customer, name) == value)
    if filters.tag is not None:
        statement = statement.where(Customer.tags.contains([filters.tag]))
    if request.q:
        statement = repository.matching(statement, request.q)
    return fetch_slice(
        session, statement, request, key=Customer.customer_id, sortable=SORTABLE, default_sort="-created_at"
    )


def get_customer(session: Session, customer_id: UUID) -> Customer:
    """One customer. Raises NotFound, for another tenant's as well: this session cannot see that there is one."""
    return _found(repository.find(session, customer_id))


def explain_segment(settings: Settings, caller: Caller, customer: Customer) -> SegmentExplanation:
    """Why the customer has their segment.

    Empty without one, and where the marts cannot be read now: a customer's card is of use without its reasons too.
    """
    if customer.segment is None:
        return SegmentExplanation()
    try:
        with reader_connection(settings, caller.tenant) as reader:
            return repository.segment_explanation(reader, customer.customer_id)
    except (Unavailable, psycopg.Error) as error:
        LOGGER.warning("segment reasons not read", extra={"fields": where(error)})
        return SegmentExplanation()


def create_customer(session: Session, settings: Settings, caller: Caller, request: CustomerFields) -> Customer:
    """Store a new customer. Raises Invalid, or Conflict where the identification or external id is taken."""
    values = _values(request)
    values["custom_fields"] = merged(session, "customer", {}, request.custom_fields or {})
    values.setdefault("kind", "company" if request.company_name and not request.first_name else "person")
    if caller.may(Permission.EDIT_ALL):
        require_user(settings, caller.tenant, request.owner_user_id, "owner_user_id")
    else:
        # A seller's new customer is their own: otherwise they could not even mend a typing error.
        values["owner_user_id"] = caller.user_id
    customer = Customer(**values)
    _require_name(customer)
    return repository.add(session, customer)


def change_customer(
    session: Session,
    settings: Settings,
    caller: Caller,
    customer_id: UUID,
    request: CustomerFields,
    if_match: str | None,
) -> Customer:
    """Apply what was sent. Raises NotFound, Forbidden, PreconditionFailed, Invalid, Conflict."""
    customer = _editable(session, caller, customer_id)
    require_match(if_match, etag(customer))
    values = _values(request)
    if "owner_user_id" in values and values["owner_user_id"] != customer.owner_user_id:
        if not caller.may(Permission.EDIT_ALL):
            raise Forbidden("Su rol no le permite cambiar de quién es un cliente.")
        require_user(settings, caller.tenant, request.owner_user_id, "owner_user_id")
    if request.custom_fields is not None:
        values["custom_fields"] = merged(session, "customer", customer.custom_fields, request.custom_fields)
    for name, value in values.items():
        setattr(customer, name, value)
    _require_name(customer)
    session.flush()
    session.refresh(customer)
    return customer


def delete_customer(session: Session, caller: Caller, customer_id: UUID, if_match: str | None) -> None:
    """Take a customer out of all lists; sales and opportunities stay. Raises NotFound, Forbidden, PreconditionFailed."""
    customer = _editable(session, caller, customer_id)
    require_match(if_match, etag(customer))
    customer.deleted_at = utc_now()


def segments(session: Session) -> list[SegmentCount]:
    """How many customers each segment has."""
    return [SegmentCount(segment=name, customers=number) for name, number in repository.segment_counts(session)]


def _found(customer: Customer | None) -> Customer:
    if customer is None:
        raise NotFound("No se encontró ese cliente.")
    return customer


def _editable(session: Session, caller: Caller, customer_id: UUID) -> Customer:
    customer = _found(repository.find(session, customer_id, lock=True))
    if not caller.may(Permission.EDIT_ALL) and customer.owner_user_id not in (None, caller.user_id):
        raise Forbidden("Ese cliente es de otra persona: su rol solo le permite cambiar los suyos.")
    return customer


def _values(request: CustomerFields) -> dict[str, Any]:
    """The columns that were sent, but custom_fields, which are merged."""
    values = request.model_dump(exclude_unset=True, exclude={"custom_fields"})
    for name, empty in _NOT_NULL.items():
        if name in values and values[name] is None:
            values[name] = empty
    if values.get("identification_number"):
        try:
            found = parse_identification(values["identification_number"], values.get("identification_type"))
        except IdentificationError as error:
            raise Invalid(
                "Revise los datos marcados.", errors=[FieldError("identification_number", str(error))]
            ) from None
        values["identification_type"], values["identification_number"] = found.type, found.number
    return values


def _require_name(customer: Customer) -> None:
    if not (customer.first_name or customer.last_name or customer.company_name):
        message = "Escriba el nombre de la persona o de la empresa."
        raise Invalid("Revise los datos marcados.", errors=[FieldError("first_name", message)])
