"""Sales: what may be stored."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.custom_fields.service import merged
from crm_api.dependencies import Caller
from crm_api.etags import etag_of
from crm_api.listing import ListRequest, Slice, fetch_slice
from crm_api.organization.service import currency_of, exchange_rate_of
from crm_api.sales import repository
from crm_api.sales.schemas import MOST, SaleFields, SaleLineFields
from crm_api.users.service import require_user
from pymeai.clock import COSTA_RICA
from pymeai.database.tables.tenant import Sale
from pymeai.errors import FieldError, Invalid, NotFound
from pymeai.settings import Settings

SORTABLE = {
    "sold_at": Sale.sold_at,
    "amount": Sale.amount,
    "created_at": Sale.created_at,
    "external_key": Sale.external_key,
}


@dataclass(frozen=True)
class SaleFilters:
    """Simple filters of the list; each must hold. The days are Costa Rica's, both inclusive."""

    customer_id: UUID | None = None
    opportunity_id: UUID | None = None
    document_type: str | None = None
    channel: str | None = None
    seller: str | None = None
    start: date | None = None
    end: date | None = None


def etag(sale: Sale) -> str:
    """The tag of the sale as it is now."""
    return etag_of(sale.sale_id, sale.updated_at)


def list_sales(session: Session, request: ListRequest, filters: SaleFilters) -> Slice[Sale]:
    """One page of sales."""
    statement = repository.every()
    for name in ("customer_id", "opportunity_id", "document_type", "channel", "seller"):
        value = getattr(filters, name)
        if value is not None:
            statement = statement.where(getattr(Sale, name) == value)
    if filters.start is not None:
        statement = statement.where(Sale.sold_at >= _midnight(filters.start))
    if filters.end is not None and filters.end < date.max:
        statement = statement.where(Sale.sold_at < _midnight(filters.end + timedelta(days=1)))
    if request.q:
        statement = repository.matching(statement, request.q)
    return fetch_slice(session, statement, request, key=Sale.sale_id, sortable=SORTABLE, default_sort="-sold_at")


def get_sale(session: Session, sale_id: UUID) -> Sale:
    """One sale. Raises NotFound, for another tenant's as well."""
    sale = repository.find(session, sale_id)
    if sale is None:
        raise NotFound("No se encontró esa venta.")
    return sale


def create_sale(session: Session, settings: Settings, caller: Caller, request: SaleFields) -> Sale:
    """Store a new sale. Raises Invalid, or Conflict where the document's number is taken."""
    require_user(settings, caller.tenant, request.user_id, "user_id")
    values = request.model_dump(exclude={"lines", "custom_fields", "amount", "currency", "exchange_rate"})
    currency = request.currency or currency_of(settings, caller.tenant)
    rate = request.exchange_rate
    if rate is None:
        rate = exchange_rate_of(settings, currency, request.sold_at.astimezone(COSTA_RICA).date())
    elif currency == "CRC" and rate != 1:
        message = "En colones, el tipo de cambio es 1."
        raise Invalid("Revise los datos marcados.", errors=[FieldError("exchange_rate", message)])
    sale = Sale(
        **values,
        amount=_amount(request),
        currency=currency,
        exchange_rate=rate,
        custom_fields=merged(session, "sale", {}, request.custom_fields),
        lines=[_stored(line) for line in request.lines],
    )
    return repository.add(session, sale)


def _amount(request: SaleFields) -> Decimal:
    added_up = sum((line.net for line in request.lines), Decimal(0))
    if request.amount is None:
        if added_up < 0:
            raise Invalid("Revise los datos marcados.", errors=[FieldError("lines", "Las líneas suman menos de cero.")])
        if added_up >= MOST:
            raise Invalid("Revise los datos marcados.", errors=[FieldError("lines", "Las líneas suman demasiado.")])
        return added_up
    # A cent a line of rounding is what invoicing systems leave; more is a mistake.
    if request.lines and abs(request.amount - added_up) > Decimal("0.01") * len(request.lines):
        message = f"El monto no es la suma de las líneas ({added_up.normalize():f})."
        raise Invalid("Revise los datos marcados.", errors=[FieldError("amount", message)])
    return request.amount


def _stored(line: SaleLineFields) -> dict[str, Any]:
    """The line's JSON; float's shortest text is the decimal that came in, up to 15 digits."""
    values = line.model_dump(exclude_none=True, exclude={"total"}) | {"total": line.net}
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, COSTA_RICA)
