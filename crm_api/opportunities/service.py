"""Opportunities: what may be stored, by whom, and how they move."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.access import Permission
from crm_api.custom_fields.service import merged
from crm_api.dependencies import Caller
from crm_api.etags import etag_of, require_match
from crm_api.listing import ListRequest, Slice, fetch_slice
from crm_api.opportunities import repository
from crm_api.opportunities.schemas import OpportunityFields, StageMove
from crm_api.organization.service import currency_of, exchange_rate_of
from crm_api.pipelines.service import choose_stage
from crm_api.users.service import require_user
from pymeai.clock import COSTA_RICA, utc_now
from pymeai.database.tables.tenant import Opportunity, StageHistory
from pymeai.errors import FieldError, Forbidden, Invalid, NotFound
from pymeai.settings import Settings

SORTABLE = {
    "created_at": Opportunity.created_at,
    "updated_at": Opportunity.updated_at,
    "title": Opportunity.title,
    "value": Opportunity.value,
    "expected_close_date": Opportunity.expected_close_date,
    "last_stage_change": Opportunity.last_stage_change,
    "board_position": Opportunity.board_position,
}
_FILTERS = ("pipeline_id", "stage_id", "customer_id", "user_id", "status", "product")


@dataclass(frozen=True)
class OpportunityFilters:
    """Simple filters of the list; each must hold."""

    pipeline_id: UUID | None = None
    stage_id: UUID | None = None
    customer_id: UUID | None = None
    user_id: UUID | None = None
    status: str | None = None
    product: str | None = None


def etag(opportunity: Opportunity) -> str:
    """The tag of the opportunity as it is now."""
    return etag_of(opportunity.opportunity_id, opportunity.updated_at)


def list_opportunities(session: Session, request: ListRequest, filters: OpportunityFilters) -> Slice[Opportunity]:
    """One page of opportunities."""
    statement = repository.living()
    for name in _FILTERS:
        value = getattr(filters, name)
        if value is not None:
            statement = statement.where(getattr(Opportunity, name) == value)
    if request.q:
        statement = repository.matching(statement, request.q)
    return fetch_slice(
        session, statement, request, key=Opportunity.opportunity_id, sortable=SORTABLE, default_sort="-created_at"
    )


def get_opportunity(session: Session, opportunity_id: UUID, *, lock: bool = False) -> Opportunity:
    """One opportunity. Raises NotFound, for another tenant's as well."""
    opportunity = repository.find(session, opportunity_id, lock=lock)
    if opportunity is None:
        raise NotFound("No se encontró esa oportunidad.")
    return opportunity


def create_opportunity(session: Session, settings: Settings, caller: Caller, request: OpportunityFields) -> Opportunity:
    """Store a new opportunity in the stage named, or the first. Raises Invalid, or Conflict where external_id is taken."""
    if request.title is None:
        raise Invalid("Revise los datos marcados.", errors=[FieldError("title", "Falta este dato.")])
    values = request.model_dump(
        exclude_none=True, exclude={"custom_fields", "pipeline_id", "stage_id", "exchange_rate", "currency"}
    )
    if caller.may(Permission.EDIT_ALL):
        require_user(settings, caller.tenant, request.user_id, "user_id")
    else:
        values["user_id"] = caller.user_id
    stage = choose_stage(session, request.pipeline_id, request.stage_id)
    currency = request.currency or currency_of(settings, caller.tenant)
    opportunity = Opportunity(
        **values,
        pipeline_id=stage.pipeline_id,
        stage_id=stage.stage_id,
        currency=currency,
        exchange_rate=_rate(settings, currency, request.exchange_rate, utc_now()),
        custom_fields=merged(session, "opportunity", {}, request.custom_fields or {}),
    )
    return repository.add(session, opportunity)


def change_opportunity(
    session: Session,
    settings: Settings,
    caller: Caller,
    opportunity_id: UUID,
    request: OpportunityFields,
    if_match: str | None,
) -> Opportunity:
    """Apply what was sent. Raises NotFound, Forbidden, PreconditionFailed, Invalid, Conflict."""
    opportunity = _editable(session, caller, opportunity_id)
    require_match(if_match, etag(opportunity))
    values: dict[str, Any] = request.model_dump(
        exclude_unset=True, exclude={"custom_fields", "pipeline_id", "stage_id", "exchange_rate", "currency"}
    )
    for name in ("title", "value"):
        if name in values and values[name] is None:
            raise Invalid("Revise los datos marcados.", errors=[FieldError(name, "No puede quedar vacío.")])
    if "user_id" in values and values["user_id"] != opportunity.user_id:
        if not caller.may(Permission.EDIT_ALL):
            raise Forbidden("Su rol no le permite cambiar de quién es una oportunidad.")
        require_user(settings, caller.tenant, request.user_id, "user_id")
    if request.stage_id is not None or request.pipeline_id is not None:
        stage = choose_stage(session, request.pipeline_id, request.stage_id)
        values |= {"pipeline_id": stage.pipeline_id, "stage_id": stage.stage_id}
    if request.currency is not None or request.exchange_rate is not None:
        currency = request.currency or opportunity.currency
        values |= {
            "currency": currency,
            "exchange_rate": _rate(settings, currency, request.exchange_rate, opportunity.created_at),
        }
    if request.custom_fields is not None:
        values["custom_fields"] = merged(session, "opportunity", opportunity.custom_fields, request.custom_fields)
    return _apply(session, opportunity, values)


def move_opportunity(
    session: Session, caller: Caller, opportunity_id: UUID, move: StageMove, if_match: str | None
) -> Opportunity:
    """Put an opportunity into another stage of its pipeline; triggers write status, times and history.

    Raises NotFound, Forbidden, PreconditionFailed, Invalid.
    """
    opportunity = _editable(session, caller, opportunity_id)
    require_match(if_match, etag(opportunity))
    stage = choose_stage(session, opportunity.pipeline_id, move.stage_id)
    values: dict[str, Any] = {"stage_id": stage.stage_id}
    if stage.kind == "lost":
        values["lost_reason"] = move.lost_reason or opportunity.lost_reason
    elif move.lost_reason is not None:
        message = "Solo una oportunidad perdida lleva motivo de pérdida."
        raise Invalid("Revise los datos marcados.", errors=[FieldError("lost_reason", message)])
    else:
        values["lost_reason"] = None
    if move.board_position is not None:
        values["board_position"] = move.board_position
    moved = _apply(session, opportunity, values)
    if move.notes:
        repository.annotate_last_move(session, opportunity_id, move.notes)
    return moved


def delete_opportunity(session: Session, caller: Caller, opportunity_id: UUID, if_match: str | None) -> None:
    """Take an opportunity out of all lists. Raises NotFound, Forbidden, PreconditionFailed."""
    opportunity = _editable(session, caller, opportunity_id)
    require_match(if_match, etag(opportunity))
    opportunity.deleted_at = utc_now()


def history_of(session: Session, opportunity_id: UUID) -> list[StageHistory]:
    """The moves of an opportunity, the first first. Raises NotFound."""
    get_opportunity(session, opportunity_id)
    return list(repository.history(session, opportunity_id))


def _editable(session: Session, caller: Caller, opportunity_id: UUID) -> Opportunity:
    opportunity = get_opportunity(session, opportunity_id, lock=True)
    if not caller.may(Permission.EDIT_ALL) and opportunity.user_id not in (None, caller.user_id):
        raise Forbidden("Esa oportunidad es de otra persona: su rol solo le permite cambiar las suyas.")
    return opportunity


def _apply(session: Session, opportunity: Opportunity, values: dict[str, Any]) -> Opportunity:
    for name, value in values.items():
        setattr(opportunity, name, value)
    session.flush()
    session.refresh(opportunity)
    return opportunity


def _rate(settings: Settings, currency: str, sent: Decimal | None, moment: datetime) -> Decimal:
    if sent is None:
        return exchange_rate_of(settings, currency, moment.astimezone(COSTA_RICA).date())
    if currency == "CRC" and sent != 1:
        message = "En colones, el tipo de cambio es 1."
        raise Invalid("Revise los datos marcados.", errors=[FieldError("exchange_rate", message)])
    return sent
