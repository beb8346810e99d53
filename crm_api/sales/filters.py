"""What the list of sales can be filtered by."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from crm_api.columns import Folded
from crm_api.custom_fields.filters import custom_conditions
from crm_api.filtering import Amount, AnyOf, Column, ColumnFilters, Custom, Empty, Since, Text, Until, Words, conditions
from crm_api.references import customer_named
from crm_api.sales.schemas import DocumentType
from crm_api.schemas import Currency
from pymeai.database.tables.tenant import Sale


class SaleFilters(ColumnFilters):
    """Filters of the list of sales."""

    by_hand: ClassVar[frozenset[str]] = frozenset({"custom", "customer_name"})

    sale_id: AnyOf[UUID] = ()
    customer_id: AnyOf[UUID] = ()
    customer_id_empty: Empty = None
    customer_name: Words = None
    opportunity_id: AnyOf[UUID] = ()
    opportunity_id_empty: Empty = None
    user_id: AnyOf[UUID] = ()
    user_id_empty: Empty = None
    sold_at_from: Since = None
    sold_at_to: Until = None
    amount_from: Amount = None
    amount_to: Amount = None
    tax_from: Amount = None
    tax_to: Amount = None
    currency: AnyOf[Currency] = ()
    exchange_rate_from: Amount = None
    exchange_rate_to: Amount = None
    exchange_rate_empty: Empty = None
    document_type: AnyOf[DocumentType] = ()
    external_key: AnyOf[Text] = ()
    external_key_empty: Empty = None
    payment_method: AnyOf[Text] = ()
    payment_method_empty: Empty = None
    source: AnyOf[Text] = ()
    source_empty: Empty = None
    seller: AnyOf[Text] = ()
    seller_empty: Empty = None
    channel: AnyOf[Text] = ()
    channel_empty: Empty = None
    created_at_from: Since = None
    created_at_to: Until = None
    updated_at_from: Since = None
    updated_at_to: Until = None
    custom: Custom = ()


COLUMNS: dict[str, Column] = {column.key: getattr(Sale, column.key) for column in Sale.__table__.columns} | {
    "seller": Folded(Sale.seller)
}


def sale_conditions(session: Session, filters: SaleFilters) -> list[ColumnElement[bool]]:
    """What the filters ask of a sale. Raises Invalid for a filter on a custom field that cannot be."""
    found = conditions(filters, COLUMNS)
    if filters.customer_name is not None:
        found.append(customer_named(Sale.customer_id, filters.customer_name))
    return found + custom_conditions(session, "sale", Sale.custom_fields, filters.custom)
