"""What the list of sales can be filtered by."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, column, func, select
from sqlalchemy import Text as TextType
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from crm_api.columns import Folded
from crm_api.custom_fields.filters import custom_conditions
from crm_api.filtering import Amount, AnyOf, Column, ColumnFilters, Custom, Empty, Since, Text, Until, Words, conditions
from crm_api.references import customer_named
from crm_api.sales.schemas import DocumentType
from crm_api.schemas import Currency
from crm_api.search import contains_words
from pymeai.database.tables.tenant import Sale


class SaleFilters(ColumnFilters):
    """Filters of the list of sales."""

    by_hand: ClassVar[frozenset[str]] = frozenset({"custom", "customer_name", "product"})

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
    product: Annotated[
        Text | None,
        Field(description="Alguna de sus líneas tiene todas estas palabras en código, descripción o categoría."),
    ] = None
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
    if filters.product is not None:
        found.append(_has_line(filters.product))
    return found + custom_conditions(session, "sale", Sale.custom_fields, filters.custom)


def _has_line(words: str) -> ColumnElement[bool]:
    """That one line of the document has all the words. No index holds them: see docs/lists.md."""
    line = func.jsonb_array_elements(Sale.lines).table_valued(column("value", JSONB), name="line")
    texts = (line.c.value[name].astext for name in ("code", "description", "category"))
    folded = func.platform.fold(func.concat_ws(" ", *texts), type_=TextType())
    # Without the offset each word would fold each line anew, which is nearly all of the time.
    read = select(folded.label("folded")).select_from(line).correlate(Sale).offset(0).subquery("read")
    return select(read.c.folded).where(*contains_words(read.c.folded, words)).correlate(Sale).exists()
