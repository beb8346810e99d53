"""What the list of opportunities can be filtered by."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, not_
from sqlalchemy.orm import Session

from crm_api.columns import Folded
from crm_api.custom_fields.filters import custom_conditions
from crm_api.filtering import Amount, AnyOf, Column, ColumnFilters, Custom, Day, Empty, Since, Text, Until, conditions
from crm_api.opportunities.schemas import Status
from crm_api.schemas import Currency
from pymeai.database.tables.tenant import Opportunity


class OpportunityFilters(ColumnFilters):
    """Filters of the list of opportunities."""

    by_hand: ClassVar[frozenset[str]] = frozenset({"custom", "is_stalled"})

    opportunity_id: AnyOf[UUID] = ()
    pipeline_id: AnyOf[UUID] = ()
    stage_id: AnyOf[UUID] = ()
    customer_id: AnyOf[UUID] = ()
    customer_id_empty: Empty = None
    user_id: AnyOf[UUID] = ()
    user_id_empty: Empty = None
    seller: AnyOf[Text] = ()
    seller_empty: Empty = None
    title: AnyOf[Text] = ()
    value_from: Amount = None
    value_to: Amount = None
    currency: AnyOf[Currency] = ()
    exchange_rate_from: Amount = None
    exchange_rate_to: Amount = None
    exchange_rate_empty: Empty = None
    product: AnyOf[Text] = ()
    product_empty: Empty = None
    status: AnyOf[Status] = ()
    lost_reason: AnyOf[Text] = ()
    lost_reason_empty: Empty = None
    created_at_from: Since = None
    created_at_to: Until = None
    updated_at_from: Since = None
    updated_at_to: Until = None
    last_stage_change_from: Since = None
    last_stage_change_to: Until = None
    expected_close_date_from: Day = None
    expected_close_date_to: Day = None
    expected_close_date_empty: Empty = None
    won_at_from: Since = None
    won_at_to: Until = None
    won_at_empty: Empty = None
    lost_at_from: Since = None
    lost_at_to: Until = None
    lost_at_empty: Empty = None
    probability_from: Amount = None
    probability_to: Amount = None
    probability_empty: Empty = None
    probability_override_from: Amount = None
    probability_override_to: Amount = None
    probability_override_empty: Empty = None
    next_step_at_from: Since = None
    next_step_at_to: Until = None
    next_step_at_empty: Empty = None
    description_empty: Empty = None
    source: AnyOf[Text] = ()
    source_empty: Empty = None
    external_id: AnyOf[Text] = ()
    external_id_empty: Empty = None
    is_stalled: Annotated[bool | None, Field(description="Solo las estancadas, o solo las que no lo están.")] = None
    custom: Custom = ()


COLUMNS: dict[str, Column] = {
    column.key: getattr(Opportunity, column.key) for column in Opportunity.__table__.columns
} | {name: Folded(getattr(Opportunity, name)) for name in ("title", "product", "seller")}


def opportunity_conditions(
    session: Session, filters: OpportunityFilters, stalled: ColumnElement[bool]
) -> list[ColumnElement[bool]]:
    """What the filters ask of an opportunity; `stalled` says which ones are.

    Raises Invalid for a filter on a custom field that cannot be.
    """
    found = conditions(filters, COLUMNS)
    if filters.is_stalled is not None:
        found.append(stalled if filters.is_stalled else not_(stalled))
    return found + custom_conditions(session, "opportunity", Opportunity.custom_fields, filters.custom)
