"""The sale of a won opportunity: written when it is won, taken back when it is reopened."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from crm_api.custom_fields.service import merged
from crm_api.history import require_happened
from crm_api.money import known_rate, of_new_row, rate_of
from crm_api.opportunities.schemas import SaleOfWin
from crm_api.references import is_living_customer
from crm_api.sales import repository as sales
from crm_api.sales.service import PLANNED, amount_of, stored_lines, written_by_opportunity
from pymeai.database.tables.tenant import Opportunity, Sale
from pymeai.errors import Conflict, invalid_field
from pymeai.settings import Settings


def write_sale(session: Session, settings: Settings, opportunity: Opportunity, wanted: SaleOfWin | bool | None) -> None:
    """Store the sale of an opportunity that was just won and is held, completed by what is wanted of it.

    It is of what is not sold yet: a deposit that is linked already leaves the rest. None is written where nothing is left,
    where `wanted` is false, or where nothing is known of its amount: a sale of zero would lower every average. Raises
    Invalid, and Conflict where details were sent and nothing is left to sell, or where its customer was deleted.
    """
    if wanted is False:
        return
    given = wanted if isinstance(wanted, SaleOfWin) else None
    linked = sales.of_opportunity(session, opportunity.opportunity_id)
    left = _not_sold(settings, opportunity, linked) if linked else opportunity.value
    if linked and left <= 0:
        if given is not None:
            raise Conflict("Esta oportunidad ya tiene una venta registrada: cambie esa.", code="sale_exists")
        return
    if given is None and left == 0:
        return
    if opportunity.customer_id is not None and not is_living_customer(session, opportunity.customer_id):
        message = "El cliente de esta oportunidad ya no existe: pásela a otro cliente, o quíteselo, antes de ganarla."
        raise Conflict(message, code="customer_deleted")
    sales.add(session, _sale(session, settings, opportunity, given or SaleOfWin(), left))


def take_back_sale(session: Session, opportunity: Opportunity) -> None:
    """Remove the sale that was written when the opportunity was won; others, which somebody recorded, stay.

    So does one that somebody changed since, which is a document of theirs by now, or that a credit or debit note is about:
    winning again counts it as sold.
    """
    linked = sales.of_opportunity(session, opportunity.opportunity_id)
    if any(sale.document_type in ("credit_note", "debit_note") for sale in linked):
        return
    for sale in linked:
        # The trigger moves updated_at with every change; both are the time of the transaction that wrote the row.
        if written_by_opportunity(sale) and sale.updated_at == sale.created_at:
            session.delete(sale)
    session.flush()


def _not_sold(settings: Settings, opportunity: Opportunity, linked: Sequence[Sale]) -> Decimal:
    """What the opportunity's value is more than its sales less its credit notes, in its currency.

    Zero where a sale in another currency cannot be compared because nobody knows a rate: a guess would be sold twice.
    """
    sold, converted = Decimal(0), False
    for sale in linked:
        amount = -sale.amount if sale.document_type == "credit_note" else sale.amount
        if sale.currency != opportunity.currency:
            rate = opportunity.exchange_rate or known_rate(settings, opportunity.currency, sale.sold_at)
            if sale.exchange_rate is None or not rate:
                return Decimal(0)
            amount, converted = amount * sale.exchange_rate / rate, True
        sold += amount
    left = opportunity.value - sold
    # Rates leave fractions that nobody is owed.
    return round(left, 2) if converted else left


def _sale(session: Session, settings: Settings, opportunity: Opportunity, given: SaleOfWin, value: Decimal) -> Sale:
    """The sale of an opportunity with `value` left to sell, in the opportunity's currency."""
    currency = given.currency or opportunity.currency
    if currency != opportunity.currency and given.amount is None and not given.lines:
        message = "Indique el monto en esa moneda: no es la de la oportunidad."
        raise invalid_field("sale.amount", message)
    lines = given.lines or []
    amount = amount_of(given.amount, lines) if given.amount is not None or lines else value
    if given.sold_at is not None:
        require_happened(settings, given.sold_at, "sale.sold_at", PLANNED)
    sold_at = given.sold_at or opportunity.won_at
    assert sold_at is not None
    return Sale(
        customer_id=opportunity.customer_id,
        opportunity_id=opportunity.opportunity_id,
        user_id=opportunity.user_id,
        seller=opportunity.seller,
        source=sales.FROM_OPPORTUNITY,
        sold_at=sold_at,
        amount=amount,
        tax=given.tax or Decimal(0),
        currency=currency,
        exchange_rate=of_new_row(_rate(settings, opportunity, given, currency, sold_at)),
        document_type=given.document_type,
        external_key=given.external_key,
        payment_method=given.payment_method,
        channel=given.channel,
        custom_fields=merged(session, "sale", {}, given.custom_fields, new=True) if given.custom_fields else {},
        lines=stored_lines(lines) if lines else [_line(opportunity, amount)],
    )


def _line(opportunity: Opportunity, amount: Decimal) -> dict[str, Any]:
    # What is sold of each product is asked of the lines: the product is one even when nobody wrote lines.
    total = float(amount)
    return {
        "description": opportunity.product or opportunity.title, "quantity": 1.0, "unit_price": total, "total": total
    }  # fmt: skip


def _rate(
    settings: Settings, opportunity: Opportunity, given: SaleOfWin, currency: str, sold_at: Any
) -> Decimal | None:
    """What was sent; the rate of the day; what the opportunity says; or none, which is no reason not to win it."""
    if currency == "CRC" or "exchange_rate" in given.model_fields_set:
        return rate_of(settings, currency, given, sold_at)
    said_before = opportunity.exchange_rate if currency == opportunity.currency else None
    return known_rate(settings, currency, sold_at) or said_before
