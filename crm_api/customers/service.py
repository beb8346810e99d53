"""Customers: what may be stored, and by whom."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from crm_api.access import Permission
from crm_api.columns import Folded
from crm_api.custom_fields.ordering import with_custom_fields
from crm_api.custom_fields.service import merged
from crm_api.customers import repository
from crm_api.customers.filters import CustomerFilters, customer_conditions
from crm_api.customers.repository import SegmentExplanation
from crm_api.customers.schemas import CustomerAnswer, CustomerDetail, CustomerFields, SegmentCount
from crm_api.dependencies import Caller
from crm_api.etags import etag_of, require_match
from crm_api.listing import ListRequest, Slice, Sortable, fetch_slice
from crm_api.logs import LOGGER, where
from crm_api.organization.visibility import seen_by
from crm_api.users.service import require_user
from pymeai.clock import utc_now
from pymeai.costa_rica.identification import IdentificationError, parse_identification
from pymeai.database.tables.tenant import Customer
from pymeai.errors import Conflict, Forbidden, NotFound, Unavailable, invalid_field
from pymeai.settings import Settings
from pymeai.tenancy.readers import reader_statements
from pymeai.tenancy.statements import tenant_statements

SORTABLE: dict[str, Sortable] = {
    "created_at": Customer.created_at,
    "updated_at": Customer.updated_at,
    "first_name": Folded(Customer.first_name),
    "last_name": Folded(Customer.last_name),
    "company_name": Folded(Customer.company_name),
    "email": Customer.email,
    "kind": Customer.kind,
    "status": Customer.status,
    "phone": Customer.phone,
    "identification_number": Customer.identification_number,
    "external_id": Customer.external_id,
    "province": Customer.province,
    "canton": Customer.canton,
    "source": Customer.source,
    "owner_user_id": Customer.owner_user_id,
    "segment": Customer.segment,
    "lifetime_value": Customer.lifetime_value,
    "last_interaction": Customer.last_interaction,
}
# Columns that a null does not empty but sets back.
_NOT_NULL: dict[str, Any] = {"kind": "person", "status": "active", "tags": [], "consent": {}}


def etag(customer: Customer | CustomerAnswer) -> str:
    """The tag of the customer as it is now."""
    return etag_of(customer.customer_id, customer.updated_at)


def list_customers(session: Session, caller: Caller, request: ListRequest, filters: CustomerFilters) -> Slice[Customer]:
    """One page of the customers that the caller sees.

    Where nothing has what is searched for, those that nearly have it: in the same order, with their own total and pages.
    """
    statement = repository.living(seen_by(caller)).where(*customer_conditions(session, filters))

    sortable = with_custom_fields(session, "customer", Customer.custom_fields, SORTABLE, request)

    def page(words: Sequence[ColumnElement[bool]] = ()) -> Slice[Customer]:
        wanted, key = statement.where(*words), Customer.customer_id
        return fetch_slice(session, wanted, request, key=key, sortable=sortable, default_sort="-created_at")

    if not request.q:
        return page()
    found = page(repository.has_words(request.q))
    nearly = repository.nearly(session, request.q)
    # Each way to nearly match is asked for only where the surer ones found nothing: some ask the database themselves.
    while not found.total and (words := next(nearly, None)) is not None:
        found = page(words)
    return found


def require_visible(session: Session, caller: Caller, customer_id: UUID) -> None:
    """Raise NotFound where the caller sees no such customer; for another tenant's as well, which nobody here can see."""
    if not repository.exists(session, customer_id, seen_by(caller)):
        raise _not_found()


def customer_card(settings: Settings, caller: Caller, customer_id: UUID) -> CustomerDetail:
    """One customer that the caller may see, with the reasons of their segment. Raises NotFound."""
    with tenant_statements(settings, caller.tenant, caller.actor) as connection:
        customer = repository.read(connection, customer_id, seen_by(caller))
    if customer is None:
        raise _not_found()
    explained = _explain_segment(settings, caller, customer)
    return CustomerDetail.model_validate(customer | {"segment_reasons": explained.reasons, "flags": explained.flags})


def _explain_segment(settings: Settings, caller: Caller, customer: Mapping[str, Any]) -> SegmentExplanation:
    """Why the customer has their segment.

    Empty without one, and where the marts cannot be read now: a customer's card is of use without its reasons too.
    """
    if customer["segment"] is None:
        return SegmentExplanation()
    try:
        with reader_statements(settings, caller.tenant) as reader:
            return repository.segment_explanation(reader, customer["customer_id"])
    except (Unavailable, psycopg.Error) as error:
        LOGGER.warning("segment reasons not read", extra={"fields": where(error)})
        return SegmentExplanation()


def create_customer(session: Session, settings: Settings, caller: Caller, request: CustomerFields) -> Customer:
    """Store a new customer. Raises Invalid, or Conflict where the identification or external id is taken."""
    values = _values(request)
    values["custom_fields"] = merged(session, "customer", {}, request.custom_fields or {}, new=True)
    values.setdefault("kind", "company" if request.company_name and not request.first_name else "person")
    if caller.may(Permission.EDIT_ALL):
        require_user(settings, caller.tenant, request.owner_user_id, "owner_user_id")
    else:
        # A seller's new customer is their own: otherwise they could not even mend a typing error.
        values["owner_user_id"] = caller.user_id
    customer = Customer(**values)
    _require_name(customer)
    _place(customer, values)
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
    values = _values(request, customer)
    if "owner_user_id" in values and values["owner_user_id"] != customer.owner_user_id:
        if not caller.may(Permission.EDIT_ALL) and not _claims(caller, customer, request):
            raise Forbidden("Su rol no le permite cambiar de quién es un cliente.")
        require_user(settings, caller.tenant, request.owner_user_id, "owner_user_id")
    if request.custom_fields is not None:
        values["custom_fields"] = merged(session, "customer", customer.custom_fields, request.custom_fields)
    for name, value in values.items():
        setattr(customer, name, value)
    _require_name(customer)
    _place(customer, values)
    session.flush()
    session.refresh(customer)
    return customer


def delete_customer(session: Session, caller: Caller, customer_id: UUID, if_match: str | None) -> None:
    """Take a customer out of all lists; sales and closed opportunities stay.

    Raises NotFound, Forbidden where they are not the seller's own, PreconditionFailed, and Conflict where opportunities are
    open: they would stay on the lists with the name of nobody.
    """
    customer = _editable(session, caller, customer_id)
    if customer.owner_user_id is None and not caller.may(Permission.EDIT_ALL):
        raise Forbidden("Ese cliente no es de nadie: su rol solo le permite borrar los suyos. Asígneselo primero.")
    require_match(if_match, etag(customer))
    opened = repository.open_opportunities(session, customer_id)
    if opened:
        many = "1 oportunidad abierta" if opened == 1 else f"{opened} oportunidades abiertas"
        message = f"El cliente tiene {many}: ciérrelas, bórrelas o páselas a otro cliente antes de borrarlo."
        raise Conflict(message, code="customer_has_open_opportunities")
    customer.deleted_at = utc_now()


def segments(session: Session, caller: Caller) -> list[SegmentCount]:
    """How many of the customers that the caller sees each segment has."""
    counted = repository.segment_counts(session, seen_by(caller))
    return [SegmentCount(segment=name, customers=number) for name, number in counted]


def _editable(session: Session, caller: Caller, customer_id: UUID) -> Customer:
    customer = _found(repository.hold(session, customer_id, seen_by(caller)))
    if not caller.may(Permission.EDIT_ALL) and customer.owner_user_id not in (None, caller.user_id):
        raise Forbidden("Ese cliente es de otra persona: su rol solo le permite cambiar los suyos.")
    return customer


def _claims(caller: Caller, customer: Customer, request: CustomerFields) -> bool:
    """Whether a change makes nobody's customer the caller's own."""
    return customer.owner_user_id is None and request.owner_user_id == caller.user_id


def _found(customer: Customer | None) -> Customer:
    if customer is None:
        raise _not_found()
    return customer


def _not_found() -> NotFound:
    return NotFound("No se encontró ese cliente.")


def _values(request: CustomerFields, customer: Customer | None = None) -> dict[str, Any]:
    """The columns that were sent, but custom_fields, which are merged; `customer` is who they will be of."""
    values = request.model_dump(exclude_unset=True, exclude={"custom_fields", "consent"})
    if "consent" in request.model_fields_set:
        values["consent"] = _consent(customer.consent if customer else {}, request)
    for name, empty in _NOT_NULL.items():
        if name in values and values[name] is None:
            values[name] = empty
    if "tags" in values:
        values["tags"] = list(dict.fromkeys(values["tags"]))
    if "identification_number" in values or "identification_type" in values:
        values |= _identification(values, customer)
    return values


def _identification(values: dict[str, Any], customer: Customer | None) -> dict[str, Any]:
    """Type and number, which are checked together, whichever of them was sent."""
    number = values.get("identification_number", customer.identification_number if customer else None)
    if not number:
        return {"identification_type": values.get("identification_type"), "identification_number": None}
    try:
        found = parse_identification(number, values.get("identification_type"))
    except IdentificationError as error:
        raise invalid_field("identification_number", str(error)) from None
    return {"identification_type": found.type, "identification_number": found.number}


def _consent(stored: dict[str, Any], request: CustomerFields) -> dict[str, Any]:
    """What was said of each channel; null takes a channel back, null for all of them empties the record."""
    if request.consent is None:
        return {}
    result = dict(stored)
    for channel, said in request.consent.items():
        if said is None:
            result.pop(channel, None)
        else:
            result[channel] = said.model_copy(update={"at": said.at or utc_now()}).model_dump(mode="json")
    return result


def _place(customer: Customer, values: dict[str, Any]) -> None:
    """Keep province, canton and district one place: what lies above follows, what lay elsewhere is emptied."""
    if values.get("district"):
        if values.get("canton") and not values["district"].startswith(values["canton"]):
            raise invalid_field("district", "No es de ese cantón.")
        customer.canton = values["district"][:3]
    elif "canton" in values and customer.district and customer.district[:3] != customer.canton:
        customer.district = None
    if values.get("canton") or values.get("district"):
        if values.get("province") and customer.canton and customer.canton[0] != values["province"]:
            raise invalid_field("canton", "No es de esa provincia.")
        customer.province = customer.canton[0] if customer.canton else customer.province
    elif "province" in values and customer.canton and customer.canton[0] != customer.province:
        customer.canton = customer.district = None


def _require_name(customer: Customer) -> None:
    if not (customer.first_name or customer.last_name or customer.company_name):
        message = "Escriba el nombre de la persona o de la empresa."
        raise invalid_field("first_name", message)
