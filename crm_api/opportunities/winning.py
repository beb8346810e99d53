"""The sale of a won opportunity: written when it is won, taken back when it is reopened."""

from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from crm_api.custom_fields.service import merged
from crm_api.history import require_happened
from crm_api.money import known_rate, of_new_row, rate_of
from crm_api.opportunities.schemas import SaleOfWin
from crm_api.sales import repository as sales
from crm_api.sales.service import PLANNED, amount_of, stored_lines, written_by_opportunity
from pymeai.database.tables.tenant import Opportunity, Sale
from pymeai.errors import Conflict, invalid_field
from pymeai.settings import Settings


def write_sale(session: Session, settings: Settings, opportunity: Opportunity, wanted: SaleOfWin | bool | None) -> None:
    """Store the sale of an opportunity that was just won and is held, completed by what is wanted of it.

    None is written where one is linked already, where `wanted` is false, or where nothing is known of its amount: a sale
    of zero would lower every average. Raises Invalid, and Conflict where details were sent for a sale that is there.
    """
    if wanted is False:
        return
    given = wanted if isinstance(wanted, SaleOfWin) else None
    if sales.of_opportunity(session, opportunity.opportunity_id):
        if given is not None:
            raise Conflict("Esta oportunidad ya tiene una venta registrada: cambie esa.", code="sale_exists")
        return
    if given is None and opportunity.value == 0:
        return
    sales.add(session, _sale(session, settings, opportunity, given or SaleOfWin()))


def take_back_sale(session: Session, opportunity: Opportunity) -> None:
    """Remove the sale that was written when the opportunity was won; others, which somebody recorded, stay."""
    for sale in sales.of_opportunity(session, opportunity.opportunity_id):
        if written_by_opportunity(sale):
            session.delete(sale)
    session.flush()


def _sale(session: Session, settings: Settings, opportunity: Opportunity, given: SaleOfWin) -> Sale:
    currency = given.currency or opportunity.currency
    if currency != opportunity.currency and given.amount is None and not given.lines:
        message = "Indique el monto en esa moneda: no es la de la oportunidad."
        raise invalid_field("sale.amount", message)
    lines = given.lines or []
    amount = amount_of(given.amount, lines) if given.amount is not None or lines else opportunity.value
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
