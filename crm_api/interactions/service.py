"""Contacts with customers: what may be stored, by whom, and what is to be followed up."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from crm_api.access import Permission
from crm_api.columns import Folded
from crm_api.custom_fields.ordering import with_custom_fields
from crm_api.custom_fields.service import merged
from crm_api.dependencies import Caller
from crm_api.etags import etag_of, require_match
from crm_api.history import require_happened
from crm_api.interactions import repository
from crm_api.interactions.filters import InteractionFilters, interaction_conditions, pending
from crm_api.interactions.schemas import (
    Channel,
    Due,
    FollowupAnswer,
    FollowupDone,
    InteractionAnswer,
    InteractionFields,
    Whose,
)
from crm_api.listing import ListRequest, Sortable, fetch_slice
from crm_api.organization.visibility import seen_by
from crm_api.references import display_name, require_opportunity, require_same_customer
from crm_api.schemas import Page
from crm_api.users.service import require_user
from pymeai.clock import COSTA_RICA, LATEST_YEAR, business_today, utc_now
from pymeai.costa_rica.text import fold
from pymeai.custom_fields.definition import FieldDefinition, contact_fields
from pymeai.database.tables.tenant import Interaction, InteractionType
from pymeai.errors import Conflict, Forbidden, NotFound, invalid_field
from pymeai.settings import Settings

SORTABLE: dict[str, Sortable] = {
    "date_time": Interaction.date_time,
    "created_at": Interaction.created_at,
    "updated_at": Interaction.updated_at,
    "type": Interaction.type,
    "customer_name": Folded(display_name()),
    "followup_date": Interaction.followup_date,
}
_FOLLOWUPS_SORTABLE: dict[str, Sortable] = {
    "followup_date": Interaction.followup_date,
    "date_time": Interaction.date_time,
}
_CHANNELS: tuple[tuple[str, Channel], ...] = (
    ("whatsapp", "whatsapp"),
    ("llamada", "call"),
    ("correo", "email"),
    ("visita", "visit"),
    ("sinpe", "sinpe"),
)
"""What a type's name says of its channel, where nobody said it."""
WEEK = timedelta(days=6)
_PLANNED = "Lo que está por hacerse es un seguimiento: anótelo en followup_date."


def etag(interaction: Interaction | InteractionAnswer) -> str:
    """The tag of the interaction as it is now."""
    return etag_of(interaction.interaction_id, interaction.updated_at)


def answers(session: Session, caller: Caller, interactions: Sequence[Interaction]) -> list[InteractionAnswer]:
    """The interactions as they go out, with the names of what they are about and the caller may see."""
    return [InteractionAnswer.model_validate(values) for values in _outgoing(session, caller, interactions)]


def page(
    session: Session, caller: Caller, request: ListRequest, filters: InteractionFilters
) -> Page[InteractionAnswer]:
    """One page of the interactions that the caller may see."""
    own = seen_by(caller)
    statement = repository.visible(own).where(*interaction_conditions(session, filters, own))
    if request.q:
        statement = statement.where(*repository.matches(request.q))
    sortable = with_custom_fields(session, "interaction", Interaction.custom_fields, SORTABLE, request)
    found = fetch_slice(
        session, statement, request, key=Interaction.interaction_id, sortable=sortable, default_sort="-date_time"
    )
    return Page(items=answers(session, caller, found.rows), total=found.total, next_cursor=found.next_cursor)


def followups(
    session: Session, settings: Settings, caller: Caller, request: ListRequest, due: Due, whose: Whose
) -> Page[FollowupAnswer]:
    """One page of what is to be followed up, the longest overdue first."""
    today = business_today(settings)
    statement = repository.visible(seen_by(caller)).where(pending(), *_due(due, today))
    if whose == "mine":
        statement = statement.where(repository.responsible(caller.user_id))
    if request.q:
        statement = statement.where(*repository.matches(request.q))
    found = fetch_slice(
        session,
        statement,
        request,
        key=Interaction.interaction_id,
        sortable=_FOLLOWUPS_SORTABLE,
        default_sort="followup_date",
    )
    items = [
        FollowupAnswer.model_validate(values | {"days_overdue": max(0, (today - values["followup_date"]).days)})
        for values in _outgoing(session, caller, found.rows)
    ]
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)


def require_customer(session: Session, caller: Caller, customer_id: UUID) -> None:
    """Raise NotFound unless there is such a customer and the caller may see them."""
    if not repository.customer_is_visible(session, customer_id, seen_by(caller)):
        raise NotFound("No se encontró ese cliente.")


def get_interaction(session: Session, caller: Caller, interaction_id: UUID, *, lock: bool = False) -> Interaction:
    """One interaction. Raises NotFound, for one that the caller may not see as well."""
    interaction = repository.find(session, interaction_id, own=seen_by(caller), lock=lock)
    if interaction is None:
        raise NotFound("No se encontró esa interacción.")
    return interaction


def create_interaction(
    session: Session, settings: Settings, caller: Caller, customer_id: UUID, request: InteractionFields
) -> Interaction:
    """Store a contact with a customer. Raises NotFound, Invalid, Conflict."""
    require_customer(session, caller, customer_id)
    if request.type is None:
        raise invalid_field("type", "Falta este dato.")
    kind = _kind(session, request.type)
    _require_opportunity(session, caller, request.opportunity_id, customer_id)
    values = request.model_dump(exclude_none=True, exclude={"custom_fields", "type"})
    if caller.may(Permission.EDIT_ALL):
        require_user(settings, caller.tenant, request.user_id, "user_id")
        values.setdefault("user_id", caller.user_id)
    else:
        values["user_id"] = caller.user_id
    if request.date_time is not None:
        require_happened(settings, request.date_time, "date_time", _PLANNED)
    values.setdefault("date_time", utc_now())
    values.setdefault("channel", _channel_of(kind.name))
    if "followup_date" not in request.model_fields_set:
        values["followup_date"] = _followup_date(kind, values["date_time"], business_today(settings))
    sent = request.custom_fields or {}
    interaction = Interaction(
        **values,
        customer_id=customer_id,
        type=kind.name,
        custom_fields=merged(session, "interaction", {}, sent, new=True, also=_fields_of(kind)),
    )
    return repository.add(session, interaction)


def change_interaction(
    session: Session,
    settings: Settings,
    caller: Caller,
    interaction_id: UUID,
    request: InteractionFields,
    if_match: str | None,
) -> Interaction:
    """Apply what was sent; another day of follow-up is to be done again.

    Raises NotFound, Forbidden, PreconditionFailed, Invalid, Conflict.
    """
    interaction = _editable(session, caller, interaction_id)
    require_match(if_match, etag(interaction))
    values: dict[str, Any] = request.model_dump(exclude_unset=True, exclude={"custom_fields", "type"})
    for name in ("type", "date_time"):
        if name in request.model_fields_set and getattr(request, name) is None:
            raise invalid_field(name, "No puede quedar vacío.")
    # One that a file brought may stay: what was read can be sent back.
    if request.date_time is not None and request.date_time != interaction.date_time:
        require_happened(settings, request.date_time, "date_time", _PLANNED)
    kind = repository.type_named(session, interaction.type)
    if request.type is not None and request.type != interaction.type:
        kind = _kind(session, request.type)
        values["type"] = kind.name
    if "user_id" in values and values["user_id"] != interaction.user_id:
        if not caller.may(Permission.EDIT_ALL):
            raise Forbidden("Su rol no le permite cambiar de quién es una interacción.")
        require_user(settings, caller.tenant, request.user_id, "user_id")
    _check_opportunity(session, caller, interaction, values)
    if "followup_date" in values and values["followup_date"] != interaction.followup_date:
        values["followup_done_at"] = None
    if request.custom_fields is not None or "type" in values:
        own = _fields_of(kind) if kind else ()
        values["custom_fields"] = merged(
            session,
            "interaction",
            interaction.custom_fields,
            request.custom_fields or {},
            also=own,
            # What another type requires is asked as of a new contact.
            asked=[field.field_name for field in own] if "type" in values else (),
        )
    return _apply(session, interaction, values)


def delete_interaction(session: Session, caller: Caller, interaction_id: UUID, if_match: str | None) -> None:
    """Remove an interaction; the audit log keeps what it was. Raises NotFound, Forbidden, PreconditionFailed."""
    interaction = _editable(session, caller, interaction_id)
    require_match(if_match, etag(interaction))
    session.delete(interaction)
    session.flush()


def finish_followup(
    session: Session,
    caller: Caller,
    interaction_id: UUID,
    request: FollowupDone,
    if_match: str | None,
) -> Interaction:
    """Say that the follow-up is done; the second time changes nothing.

    Raises NotFound, Forbidden, PreconditionFailed, and Conflict where there is nothing to follow up.
    """
    interaction = _editable(session, caller, interaction_id)
    require_match(if_match, etag(interaction))
    if interaction.followup_date is None:
        raise Conflict("Esta interacción no tiene seguimiento pendiente.", code="no_followup")
    values: dict[str, Any] = {} if interaction.followup_done_at else {"followup_done_at": utc_now()}
    if request.outcome is not None:
        values["outcome"] = request.outcome
    return _apply(session, interaction, values)


def _outgoing(session: Session, caller: Caller, interactions: Sequence[Interaction]) -> list[dict[str, Any]]:
    keys = [interaction.interaction_id for interaction in interactions]
    beside = repository.beside(session, keys, seen_by(caller)) if keys else {}
    names = [name for name in InteractionAnswer.model_fields if name in Interaction.__table__.columns]
    return [
        {name: getattr(interaction, name) for name in names} | dict(beside[interaction.interaction_id])
        for interaction in interactions
    ]


def _due(due: Due, today: date) -> list[ColumnElement[bool]]:
    if due == "overdue":
        return [Interaction.followup_date < today]
    if due == "today":
        return [Interaction.followup_date == today]
    if due == "week":
        return [Interaction.followup_date.between(today, today + WEEK)]
    return []


def _kind(session: Session, name: str) -> InteractionType:
    """The type of this name, whatever its capitals and accents."""
    known = repository.types_in_use(session)
    for kind in known:
        if fold(kind.name) == fold(name):
            return kind
    raise invalid_field("type", f"No es uno de sus tipos de interacción: {', '.join(kind.name for kind in known)}.")


def _fields_of(kind: InteractionType) -> list[FieldDefinition]:
    return contact_fields(kind.fields)


def _channel_of(name: str) -> Channel | None:
    return next((channel for word, channel in _CHANNELS if word in fold(name)), None)


def _followup_date(kind: InteractionType, moment: datetime, today: date) -> date | None:
    """As many days after the contact as its type says; none for a contact of long ago, which would be overdue at once."""
    if kind.followup_days is None:
        return None
    day = moment.astimezone(COSTA_RICA).date() + timedelta(days=kind.followup_days)
    return day if day >= today and day.year <= LATEST_YEAR else None


def _require_opportunity(session: Session, caller: Caller, opportunity_id: UUID | None, customer_id: UUID) -> None:
    opportunity = require_opportunity(session, opportunity_id, seen_by(caller))
    if opportunity is not None:
        require_same_customer(opportunity, customer_id)


def _check_opportunity(session: Session, caller: Caller, interaction: Interaction, values: dict[str, Any]) -> None:
    """Raise Invalid unless the contact may be linked so. Takes out of `values` a null that was read and is sent back."""
    if "opportunity_id" not in values or values["opportunity_id"] == interaction.opportunity_id:
        return
    if values["opportunity_id"] is None:
        shown = repository.beside(session, [interaction.interaction_id], seen_by(caller))
        if shown[interaction.interaction_id]["opportunity_id"] is None:
            # Somebody else's, which the caller cannot see and so does not take away.
            del values["opportunity_id"]
        return
    _require_opportunity(session, caller, values["opportunity_id"], interaction.customer_id)


def _editable(session: Session, caller: Caller, interaction_id: UUID) -> Interaction:
    interaction = get_interaction(session, caller, interaction_id, lock=True)
    if not caller.may(Permission.EDIT_ALL) and interaction.user_id not in (None, caller.user_id):
        raise Forbidden("Esa interacción es de otra persona: su rol solo le permite cambiar las suyas.")
    return interaction


def _apply(session: Session, interaction: Interaction, values: dict[str, Any]) -> Interaction:
    for name, value in values.items():
        setattr(interaction, name, value)
    session.flush()
    session.refresh(interaction)
    return interaction
