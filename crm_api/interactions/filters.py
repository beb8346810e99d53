"""What the lists of interactions can be filtered by."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from crm_api.custom_fields.filters import custom_conditions
from crm_api.filtering import AnyOf, ColumnFilters, Custom, Day, Empty, Since, Text, Until, conditions
from crm_api.interactions.schemas import Direction
from pymeai.database.tables.tenant import Interaction


class InteractionFilters(ColumnFilters):
    """Filters of the list of interactions."""

    by_hand: ClassVar[frozenset[str]] = frozenset({"custom", "followup_pending"})

    interaction_id: AnyOf[UUID] = ()
    customer_id: AnyOf[UUID] = ()
    opportunity_id: AnyOf[UUID] = ()
    opportunity_id_empty: Empty = None
    user_id: AnyOf[UUID] = ()
    user_id_empty: Empty = None
    type: AnyOf[Text] = ()
    direction: AnyOf[Direction] = ()
    direction_empty: Empty = None
    channel: AnyOf[Text] = ()
    channel_empty: Empty = None
    date_time_from: Since = None
    date_time_to: Until = None
    notes_empty: Empty = None
    outcome: AnyOf[Text] = ()
    outcome_empty: Empty = None
    followup_date_from: Day = None
    followup_date_to: Day = None
    followup_date_empty: Empty = None
    followup_done_at_from: Since = None
    followup_done_at_to: Until = None
    followup_done_at_empty: Empty = None
    followup_pending: Annotated[
        bool | None, Field(description="Verdadero: solo con seguimiento por hacer; falso: los demás.")
    ] = None
    external_id: AnyOf[Text] = ()
    external_id_empty: Empty = None
    created_at_from: Since = None
    created_at_to: Until = None
    updated_at_from: Since = None
    updated_at_to: Until = None
    custom: Custom = ()


COLUMNS = {column.key: getattr(Interaction, column.key) for column in Interaction.__table__.columns}


def pending() -> ColumnElement[bool]:
    """Whether there is a follow-up to be done."""
    return and_(Interaction.followup_date.is_not(None), Interaction.followup_done_at.is_(None))


def interaction_conditions(session: Session, filters: InteractionFilters) -> list[ColumnElement[bool]]:
    """What the filters ask of an interaction. Raises Invalid for a filter on a custom field that cannot be."""
    found = conditions(filters, COLUMNS)
    if filters.followup_pending is not None:
        found.append(pending() if filters.followup_pending else ~pending())
    return found + custom_conditions(session, "interaction", Interaction.custom_fields, filters.custom)
