"""What the lists of interactions can be filtered by."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, and_, not_, or_, select
from sqlalchemy.orm import Session

from crm_api.custom_fields.filters import custom_conditions
from crm_api.filtering import AnyOf, ColumnFilters, Custom, Day, Empty, Since, Text, Until, Words, conditions, has_words
from crm_api.interactions.repository import SEARCHED
from crm_api.interactions.schemas import Direction
from crm_api.opportunities.repository import SEARCHED as OPPORTUNITY_SEARCHED
from crm_api.references import customer_named, owned_by
from crm_api.search import contains_words
from pymeai.database.tables.tenant import Interaction, Opportunity


class InteractionFilters(ColumnFilters):
    """Filters of the list of interactions."""

    by_hand: ClassVar[frozenset[str]] = frozenset(
        {
            "custom",
            "followup_pending",
            "opportunity_id",
            "opportunity_id_empty",
            "opportunity_title",
            "customer_name",
            "notes",
        }
    )

    interaction_id: AnyOf[UUID] = ()
    customer_id: AnyOf[UUID] = ()
    customer_name: Words = None
    opportunity_id: AnyOf[UUID] = ()
    opportunity_id_empty: Empty = None
    opportunity_title: Words = None
    user_id: AnyOf[UUID] = ()
    user_id_empty: Empty = None
    type: AnyOf[Text] = ()
    direction: AnyOf[Direction] = ()
    direction_empty: Empty = None
    channel: AnyOf[Text] = ()
    channel_empty: Empty = None
    date_time_from: Since = None
    date_time_to: Until = None
    notes: Words = None
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


def interaction_conditions(
    session: Session, filters: InteractionFilters, own: UUID | None
) -> list[ColumnElement[bool]]:
    """What the filters ask of an interaction; for the user `own`, if any, an opportunity of somebody else's is none.

    Raises Invalid for a filter on a custom field that cannot be.
    """
    found = conditions(filters, COLUMNS) + _opportunity_conditions(filters, own)
    if filters.followup_pending is not None:
        found.append(pending() if filters.followup_pending else ~pending())
    if filters.customer_name is not None:
        found.append(customer_named(Interaction.customer_id, filters.customer_name))
    if filters.notes is not None:
        # The index has the notes among other texts of the contact.
        found += [*contains_words(SEARCHED, filters.notes), has_words(Interaction.notes, filters.notes)]
    return found + custom_conditions(session, "interaction", Interaction.custom_fields, filters.custom)


def _opportunity_conditions(filters: InteractionFilters, own: UUID | None) -> list[ColumnElement[bool]]:
    linked = Interaction.opportunity_id
    shown = select(Opportunity.opportunity_id).where(*owned_by(own))
    found: list[ColumnElement[bool]] = []
    if filters.opportunity_id:
        found.append(linked.in_(filters.opportunity_id))
    if filters.opportunity_id_empty is not None:
        empty = linked.is_(None) if own is None else or_(linked.is_(None), linked.not_in(shown))
        found.append(empty if filters.opportunity_id_empty else not_(empty))
    elif filters.opportunity_id and own is not None:
        found.append(linked.in_(shown))
    if filters.opportunity_title is not None:
        indexed = and_(*contains_words(OPPORTUNITY_SEARCHED, filters.opportunity_title))
        titled = shown.where(indexed, has_words(Opportunity.title, filters.opportunity_title))
        found.append(linked.in_(titled))
    return found
