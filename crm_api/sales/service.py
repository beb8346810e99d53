"""Sales: what may be stored, by whom."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.access import Permission
from crm_api.columns import Folded
from crm_api.custom_fields.ordering import with_custom_fields
from crm_api.custom_fields.service import merged
from crm_api.dependencies import Caller
from crm_api.etags import etag_of, require_match
from crm_api.history import require_happened
from crm_api.listing import ListRequest, Slice, Sortable, fetch_slice
from crm_api.money import known_rate, of_new_row, rate_of
from crm_api.organization.visibility import seen_by
from crm_api.references import (
    customer_names,
    display_name,
    find_opportunity,
    is_living_customer,
    require_customer,
    require_opportunity,
    require_same_customer,
    seen_opportunities,
)
from crm_api.sales import repository
from crm_api.sales.filters import SaleFilters, sale_conditions
from crm_api.sales.schemas import MOST, SaleAnswer, SaleChange, SaleFields, SaleLineFields
from crm_api.users.service import require_user
from pymeai.database.tables.tenant import Opportunity, Sale
from pymeai.errors import Conflict, Forbidden, NotFound, invalid_field
from pymeai.settings import Settings

SORTABLE: dict[str, Sortable] = {
    "sold_at": Sale.sold_at,
    "amount": Sale.amount,
    "created_at": Sale.created_at,
    "updated_at": Sale.updated_at,
    "external_key": Sale.external_key,
    "customer_name": Folded(display_name()),
    "document_type": Sale.document_type,
    "payment_method": Sale.payment_method,
    "seller": Folded(Sale.seller),
    "channel": Sale.channel,
}
PLANNED = "Lo que espera vender es una oportunidad; lo que está por hacerse, un seguimiento."
_NOT_NULL = ("sold_at", "amount", "tax", "currency", "document_type", "lines")


def etag(sale: Sale | SaleAnswer) -> str:
    """The tag of the sale as it is now."""
    return etag_of(sale.sale_id, sale.updated_at)


def answers(session: Session, caller: Caller, sales: Sequence[Sale]) -> list[SaleAnswer]:
    """The sales as they go out, with their customers' names, and without opportunities that the caller may not see."""
    names = customer_names(session, [sale.customer_id for sale in sales])
    seen = seen_opportunities(session, [sale.opportunity_id for sale in sales], seen_by(caller))
    return [
        SaleAnswer.model_validate(sale).model_copy(
            update={
                "customer_name": names.get(sale.customer_id) if sale.customer_id else None,
                "opportunity_id": sale.opportunity_id if sale.opportunity_id in seen else None,
            }
        )
        for sale in sales
    ]


def list_sales(session: Session, caller: Caller, request: ListRequest, filters: SaleFilters) -> Slice[Sale]:
    """One page of the sales that the caller may see."""
    statement = repository.every(seen_by(caller)).where(*sale_conditions(session, filters))
    if request.sorted_by == "customer_name":
        statement = repository.with_customers(statement)
    if request.q:
        statement = statement.where(*repository.matches(request.q))
    sortable = with_custom_fields(session, "sale", Sale.custom_fields, SORTABLE, request)
    return fetch_slice(session, statement, request, key=Sale.sale_id, sortable=sortable, default_sort="-sold_at")


def get_sale(session: Session, caller: Caller, sale_id: UUID, *, lock: bool = False) -> Sale:
    """One sale. Raises NotFound, for one that the caller may not see as well."""
    sale = repository.find(session, sale_id, own=seen_by(caller), lock=lock)
    if sale is None:
        raise NotFound("No se encontró esa venta.")
    return sale


def create_sale(session: Session, settings: Settings, caller: Caller, request: SaleFields) -> Sale:
    """Store a new sale. Raises Invalid, or Conflict where the document's number is taken."""
    _require_own_source(request.source)
    values = request.model_dump(exclude={"lines", "custom_fields", "amount", "currency", "exchange_rate"})
    if caller.may(Permission.EDIT_ALL):
        require_user(settings, caller.tenant, request.user_id, "user_id")
    else:
        values["user_id"] = caller.user_id
    require_happened(settings, request.sold_at, "sold_at", PLANNED)
    require_customer(session, request.customer_id, seen_by(caller))
    opportunity = require_opportunity(session, request.opportunity_id, seen_by(caller))
    values["customer_id"] = _customer_of(session, opportunity, request.customer_id, said=False)
    currency = request.currency or caller.currency
    sale = Sale(
        **values,
        amount=amount_of(request.amount, request.lines),
        currency=currency,
        exchange_rate=of_new_row(rate_of(settings, currency, request, request.sold_at)),
        custom_fields=merged(session, "sale", {}, request.custom_fields, new=True),
        lines=stored_lines(request.lines),
    )
    return repository.add(session, sale)


def change_sale(
    session: Session, settings: Settings, caller: Caller, sale_id: UUID, request: SaleChange, if_match: str | None
) -> Sale:
    """Apply what was sent. Raises NotFound, Forbidden, PreconditionFailed, Invalid, Conflict."""
    sale = _editable(session, caller, sale_id)
    require_match(if_match, etag(sale))
    for name in _NOT_NULL:
        if name in request.model_fields_set and getattr(request, name) is None:
            raise invalid_field(name, "No puede quedar vacío.")
    # One that a file brought may stay: what was read can be sent back.
    if request.sold_at is not None and request.sold_at != sale.sold_at:
        require_happened(settings, request.sold_at, "sold_at", PLANNED)
    values = request.model_dump(exclude_unset=True, exclude={"lines", "custom_fields", "exchange_rate"})
    _check_links(session, settings, caller, sale, values)
    values |= _new_amounts(settings, sale, request)
    if request.custom_fields is not None:
        values["custom_fields"] = merged(session, "sale", sale.custom_fields, request.custom_fields)
    for name, value in values.items():
        setattr(sale, name, value)
    session.flush()
    session.refresh(sale)
    return sale


def delete_sale(session: Session, caller: Caller, sale_id: UUID, if_match: str | None) -> None:
    """Remove a sale; the audit log keeps what it was.

    Raises NotFound, Forbidden, PreconditionFailed, and Conflict where a won opportunity wrote it.
    """
    seen = get_sale(session, caller, sale_id)
    # The opportunity is held before its sale, as whoever reopens it does.
    won = seen.opportunity_id is not None and repository.is_won(session, seen.opportunity_id)
    sale = _editable(session, caller, sale_id)
    require_match(if_match, etag(sale))
    if won and written_by_opportunity(sale):
        raise Conflict(
            "Esta venta es la de una oportunidad ganada: reabra la oportunidad; la venta se quita sola, o podrá borrarla.",
            code="sale_of_won_opportunity",
        )
    session.delete(sale)
    session.flush()


def written_by_opportunity(sale: Sale) -> bool:
    """Whether the sale was written when its opportunity was won."""
    return sale.opportunity_id is not None and sale.source == repository.FROM_OPPORTUNITY


def amount_of(sent: Decimal | None, lines: Sequence[SaleLineFields]) -> Decimal:
    """The amount of a document: what was sent, or the sum of its lines. Raises Invalid where the two differ."""
    added_up = sum((line.net for line in lines), Decimal(0))
    if sent is None:
        if added_up < 0:
            raise invalid_field("lines", "Las líneas suman menos de cero.")
        if added_up >= MOST:
            raise invalid_field("lines", "Las líneas suman demasiado.")
        return added_up
    # A cent a line of rounding is what invoicing systems leave; more is a mistake.
    if lines and abs(sent - added_up) > Decimal("0.01") * len(lines):
        raise invalid_field("amount", f"El monto no es la suma de las líneas ({added_up.normalize():f}).")
    return sent


def stored_lines(lines: Sequence[SaleLineFields]) -> list[Any]:
    """The lines' JSON; float's shortest text is the decimal that came in, up to 15 digits."""
    return [_stored(line) for line in lines]


def _stored(line: SaleLineFields) -> dict[str, Any]:
    values = line.model_dump(exclude_none=True, exclude={"total"}) | {"total": line.net}
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def _check_links(session: Session, settings: Settings, caller: Caller, sale: Sale, values: dict[str, Any]) -> None:
    """Raise Invalid or Forbidden where a change leads to what there is not, or to what the caller may not change."""
    if values.get("opportunity_id", sale) is None and not seen_opportunities(
        session, [sale.opportunity_id], seen_by(caller)
    ):
        # What was read can be sent back: it takes nothing away that was not shown.
        del values["opportunity_id"]
    changed = {name: value for name, value in values.items() if value != getattr(sale, name)}
    if "user_id" in changed:
        if not caller.may(Permission.EDIT_ALL):
            raise Forbidden("Su rol no le permite cambiar de quién es una venta.")
        require_user(settings, caller.tenant, changed["user_id"], "user_id")
    require_customer(session, changed.get("customer_id"), seen_by(caller))
    for name in ("opportunity_id", "source"):
        if name in changed and written_by_opportunity(sale):
            raise invalid_field(name, "No se puede cambiar: es la venta de una oportunidad ganada.")
    if "opportunity_id" in changed:
        opportunity = require_opportunity(session, changed["opportunity_id"], seen_by(caller))
    else:
        opportunity = find_opportunity(session, sale.opportunity_id)
    if "opportunity_id" in changed or "customer_id" in changed:
        customer_id = values.get("customer_id", sale.customer_id)
        values["customer_id"] = _customer_of(session, opportunity, customer_id, said="customer_id" in changed)
    _require_own_source(changed.get("source"))


def _customer_of(
    session: Session, opportunity: Opportunity | None, customer_id: UUID | None, *, said: bool
) -> UUID | None:
    """Whose a sale is: its opportunity's customer where nobody said. Raises Invalid where it is another one's."""
    if opportunity is None or opportunity.customer_id is None:
        return customer_id
    if customer_id is None:
        living = is_living_customer(session, opportunity.customer_id)
        if not said or not living:
            return opportunity.customer_id if living else None
    require_same_customer(opportunity, customer_id)
    return customer_id


def _new_amounts(settings: Settings, sale: Sale, request: SaleChange) -> dict[str, Any]:
    """Lines, amount and exchange rate as a change leaves them, where it touches them."""
    values: dict[str, Any] = {}
    if request.lines is not None:
        values["lines"] = stored_lines(request.lines)
        # Without lines, the amount is what was sent, or what the lines added up to before.
        if request.lines:
            values["amount"] = amount_of(request.amount, request.lines)
    elif request.amount is not None and sale.lines and request.amount != sale.amount:
        raise invalid_field("amount", "La venta tiene líneas: cambie las líneas, o envíelas junto con el monto.")
    currency, moment = request.currency or sale.currency, request.sold_at or sale.sold_at
    if currency != sale.currency or "exchange_rate" in request.model_fields_set:
        values["exchange_rate"] = rate_of(settings, currency, request, moment)
    elif moment != sale.sold_at:
        # Only the day changed: its rate where it is known, else what somebody said before.
        values["exchange_rate"] = known_rate(settings, currency, moment) or sale.exchange_rate
    return values


def _editable(session: Session, caller: Caller, sale_id: UUID) -> Sale:
    sale = get_sale(session, caller, sale_id, lock=True)
    if not caller.may(Permission.EDIT_ALL) and sale.user_id != caller.user_id:
        raise Forbidden("Esa venta es de otra persona: su rol solo le permite cambiar las suyas.")
    return sale


def _require_own_source(source: str | None) -> None:
    if source == repository.FROM_OPPORTUNITY:
        raise invalid_field("source", "Ese origen es el de las ventas de oportunidades ganadas: use otro.")
