"""What the list of opportunities can be filtered by."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, not_
from sqlalchemy.orm import Session

from crm_api.columns import Folded
from crm_api.custom_fields.filters import custom_conditions
from crm_api.filtering import (
    Amount,
    AnyOf,
    Column,
    ColumnFilters,
    Custom,
    Day,
    Empty,
    Since,
    Text,
    Until,
    Whole,
    Words,
    conditions,
)
from crm_api.opportunities import measures
from crm_api.opportunities.schemas import Status
from crm_api.references import customer_named
from crm_api.schemas import Currency
from pymeai.database.tables.tenant import Opportunity


class OpportunityFilters(ColumnFilters):
    """Filters of the list of opportunities."""

    by_hand: ClassVar[frozenset[str]] = frozenset({"custom", "is_stalled", "is_overdue", "customer_name"})

    opportunity_id: AnyOf[UUID] = ()
    pipeline_id: AnyOf[UUID] = ()
    stage_id: AnyOf[UUID] = ()
    customer_id: AnyOf[UUID] = ()
    customer_id_empty: Empty = None
    customer_name: Words = None
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
    last_stage_change_empty: Empty = None
    days_in_stage_from: Whole = None
    days_in_stage_to: Whole = None
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
    effective_probability_from: Amount = None
    effective_probability_to: Amount = None
    weighted_value_from: Amount = None
    weighted_value_to: Amount = None
    next_step_at_from: Since = None
    next_step_at_to: Until = None
    next_step_at_empty: Empty = None
    description: Words = None
    description_empty: Empty = None
    source: AnyOf[Text] = ()
    source_empty: Empty = None
    external_id: AnyOf[Text] = ()
    external_id_empty: Empty = None
    is_stalled: Annotated[bool | None, Field(description="Solo las estancadas, o solo las que no lo están.")] = None
    is_overdue: Annotated[
        bool | None, Field(description="Solo las abiertas cuya fecha esperada de cierre ya pasó, o solo las demás.")
    ] = None
    custom: Custom = ()

    @property
    def ask_the_stage(self) -> bool:
        """Whether some of them can be answered only beside the opportunity's stage."""
        return any(getattr(self, name) is not None for name in _OF_THE_STAGE)


_OF_THE_STAGE = (
    "is_stalled", "effective_probability_from", "effective_probability_to", "weighted_value_from", "weighted_value_to",
)  # fmt: skip
COLUMNS: dict[str, Column] = (
    {column.key: getattr(Opportunity, column.key) for column in Opportunity.__table__.columns}
    | {name: Folded(getattr(Opportunity, name)) for name in ("title", "product", "seller")}
    | {"effective_probability": measures.effective_probability(), "weighted_value": measures.weighted_value()}
)


def opportunity_conditions(session: Session, filters: OpportunityFilters, today: date) -> list[ColumnElement[bool]]:
    """What the filters ask of an opportunity `today`; joined with its stage where they `ask_the_stage`.

    Raises Invalid for a filter on a custom field that cannot be.
    """
    found = conditions(filters, columns_on(today))
    if filters.is_stalled is not None:
        stalled = measures.stalled(today)
        found.append(stalled if filters.is_stalled else not_(stalled))
    if filters.is_overdue is not None:
        overdue = measures.overdue(today)
        found.append(overdue if filters.is_overdue else not_(overdue))
    if filters.customer_name is not None:
        found.append(customer_named(Opportunity.customer_id, filters.customer_name))
    return found + custom_conditions(session, "opportunity", Opportunity.custom_fields, filters.custom)


def columns_on(today: date) -> dict[str, Column]:
    """What the filters compare with, some of it as of `today`."""
    return COLUMNS | {"days_in_stage": measures.days_in_stage(today)}
