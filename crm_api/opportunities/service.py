"""Opportunities: what may be stored, and by whom. crm_api.opportunities.moves takes them from stage to stage."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.access import Permission
from crm_api.columns import Folded
from crm_api.custom_fields.ordering import with_custom_fields
from crm_api.custom_fields.service import merged
from crm_api.dependencies import Caller
from crm_api.etags import etag_of, require_match
from crm_api.listing import ListRequest, Slice, Sortable, fetch_slice
from crm_api.money import of_new_row, rate_of
from crm_api.opportunities import measures, positions, repository
from crm_api.opportunities.entering import lost_reason, settle_sale
from crm_api.opportunities.filters import OpportunityFilters, opportunity_conditions
from crm_api.opportunities.schemas import HistoryAnswer, OpportunityAnswer, OpportunityFields
from crm_api.organization.visibility import seen_by
from crm_api.pipelines.service import choose_stage
from crm_api.references import display_name, require_customer
from crm_api.users.service import require_user
from pymeai.clock import business_today, utc_now
from pymeai.database.tables.tenant import Opportunity, Stage
from pymeai.errors import Forbidden, NotFound, invalid_field
from pymeai.settings import Settings

SORTABLE: dict[str, Sortable] = {
    "created_at": Opportunity.created_at,
    "updated_at": Opportunity.updated_at,
    "title": Folded(Opportunity.title),
    "value": Opportunity.value,
    "weighted_value": measures.weighted_value(),
    "effective_probability": measures.effective_probability(),
    "customer_name": Folded(display_name()),
    "product": Folded(Opportunity.product),
    "seller": Folded(Opportunity.seller),
    "status": Opportunity.status,
    "user_id": Opportunity.user_id,
    "probability": Opportunity.probability,
    "expected_close_date": Opportunity.expected_close_date,
    "next_step_at": Opportunity.next_step_at,
    "last_stage_change": Opportunity.last_stage_change,
    "won_at": Opportunity.won_at,
    "lost_at": Opportunity.lost_at,
    "board_position": Opportunity.board_position,
}
_SORTED_BESIDE_STAGE = ("weighted_value", "effective_probability")
_BY_HAND = {"custom_fields", "pipeline_id", "stage_id", "exchange_rate", "lost_reason"}


def etag(opportunity: Opportunity | OpportunityAnswer) -> str:
    """The tag of the opportunity as it is now; its place among the cards of its stage is no part of it."""
    return etag_of(opportunity.opportunity_id, opportunity.updated_at)


def answers(session: Session, settings: Settings, opportunities: Sequence[Opportunity]) -> list[OpportunityAnswer]:
    """The opportunities as they go out, with what is computed of them."""
    keys = [opportunity.opportunity_id for opportunity in opportunities]
    measured = repository.measured(session, keys, business_today(settings)) if keys else {}
    names = [name for name in OpportunityAnswer.model_fields if name in Opportunity.__table__.columns]
    return [
        OpportunityAnswer.model_validate(
            {name: getattr(opportunity, name) for name in names} | dict(measured[opportunity.opportunity_id])
        )
        for opportunity in opportunities
    ]


def list_opportunities(
    session: Session, settings: Settings, caller: Caller, request: ListRequest, filters: OpportunityFilters
) -> Slice[Opportunity]:
    """One page of the opportunities that the caller may see."""
    wanted = opportunity_conditions(session, filters, business_today(settings))
    statement = repository.living(seen_by(caller)).where(*wanted)
    if filters.ask_the_stage or request.sorted_by in _SORTED_BESIDE_STAGE:
        statement = repository.with_stages(statement)
    if request.sorted_by == "customer_name":
        statement = repository.with_customers(statement)
    if request.q:
        statement = statement.where(*repository.matches(request.q))
    sortable = with_custom_fields(session, "opportunity", Opportunity.custom_fields, SORTABLE, request)
    return fetch_slice(
        session, statement, request, key=Opportunity.opportunity_id, sortable=sortable, default_sort="-created_at"
    )


def get_opportunity(session: Session, caller: Caller, opportunity_id: UUID, *, lock: bool = False) -> Opportunity:
    """One opportunity. Raises NotFound, for one that the caller may not see as well."""
    opportunity = repository.find(session, opportunity_id, own=seen_by(caller), lock=lock)
    if opportunity is None:
        raise NotFound("No se encontró esa oportunidad.")
    return opportunity


def editable(session: Session, caller: Caller, opportunity_id: UUID) -> Opportunity:
    """One opportunity, held to be changed. Raises NotFound, and Forbidden where it is somebody else's."""
    opportunity = get_opportunity(session, caller, opportunity_id, lock=True)
    if not caller.may(Permission.EDIT_ALL) and opportunity.user_id not in (None, caller.user_id):
        raise Forbidden("Esa oportunidad es de otra persona: su rol solo le permite cambiar las suyas.")
    return opportunity


def create_opportunity(session: Session, settings: Settings, caller: Caller, request: OpportunityFields) -> Opportunity:
    """Store a new opportunity on top of the stage named, or the first. Raises Invalid, Conflict.

    In a stage that is won its sale is written at once.
    """
    if request.title is None:
        raise invalid_field("title", "Falta este dato.")
    values = request.model_dump(exclude_none=True, exclude=_BY_HAND | {"currency"})
    if caller.may(Permission.EDIT_ALL):
        require_user(settings, caller.tenant, request.user_id, "user_id")
    else:
        values["user_id"] = caller.user_id
    require_customer(session, request.customer_id, seen_by(caller))
    stage = choose_stage(session, request.pipeline_id, request.stage_id)
    currency = request.currency or caller.currency
    opportunity = Opportunity(
        **values,
        pipeline_id=stage.pipeline_id,
        stage_id=stage.stage_id,
        lost_reason=lost_reason(stage.kind, request.lost_reason),
        currency=currency,
        exchange_rate=of_new_row(rate_of(settings, currency, request, utc_now())),
        board_position=positions.top(session, stage.stage_id),
        custom_fields=merged(session, "opportunity", {}, request.custom_fields or {}, new=True),
    )
    made = repository.add(session, opportunity)
    settle_sale(session, settings, made, "open")
    return made


def change_opportunity(
    session: Session,
    settings: Settings,
    caller: Caller,
    opportunity_id: UUID,
    request: OpportunityFields,
    if_match: str | None,
) -> Opportunity:
    """Apply what was sent. Raises NotFound, Forbidden, PreconditionFailed, Invalid, Conflict."""
    get_opportunity(session, caller, opportunity_id)
    stage = None
    if request.stage_id is not None or request.pipeline_id is not None:
        stage = choose_stage(session, request.pipeline_id, request.stage_id)
    opportunity = editable(session, caller, opportunity_id)
    require_match(if_match, etag(opportunity))
    values: dict[str, Any] = request.model_dump(exclude_unset=True, exclude=_BY_HAND)
    for name in ("title", "value", "currency"):
        if name in values and values[name] is None:
            raise invalid_field(name, "No puede quedar vacío.")
    if "user_id" in values and values["user_id"] != opportunity.user_id:
        # Nobody's can be taken by whoever changes it.
        claims = opportunity.user_id is None and values["user_id"] == caller.user_id
        if not caller.may(Permission.EDIT_ALL) and not claims:
            raise Forbidden("Su rol no le permite cambiar de quién es una oportunidad.")
        require_user(settings, caller.tenant, request.user_id, "user_id")
    if "customer_id" in values and values["customer_id"] != opportunity.customer_id:
        require_customer(session, request.customer_id, seen_by(caller))
    values |= _stage_values(session, opportunity, request, stage)
    currency = request.currency or opportunity.currency
    if currency != opportunity.currency or "exchange_rate" in request.model_fields_set:
        values["exchange_rate"] = rate_of(settings, currency, request, opportunity.created_at)
    if request.custom_fields is not None:
        values["custom_fields"] = merged(session, "opportunity", opportunity.custom_fields, request.custom_fields)
    was = opportunity.status
    changed = apply(session, opportunity, values)
    settle_sale(session, settings, changed, was)
    return changed


def delete_opportunity(session: Session, caller: Caller, opportunity_id: UUID, if_match: str | None) -> None:
    """Take an opportunity out of all lists; its sale stays.

    Raises NotFound, Forbidden where it is not the seller's own, PreconditionFailed.
    """
    opportunity = editable(session, caller, opportunity_id)
    if opportunity.user_id is None and not caller.may(Permission.EDIT_ALL):
        message = "Esa oportunidad no es de nadie: su rol solo le permite borrar las suyas. Asígnesela primero."
        raise Forbidden(message)
    require_match(if_match, etag(opportunity))
    opportunity.deleted_at = utc_now()


def history_of(session: Session, caller: Caller, opportunity_id: UUID) -> list[HistoryAnswer]:
    """The moves of an opportunity, the first first, with the time so far in the stage it is in. Raises NotFound."""
    get_opportunity(session, caller, opportunity_id)
    now = utc_now()
    found = []
    for row in repository.history(session, opportunity_id):
        seconds = row["time_in_stage"]
        if seconds is None and row["stage_kind"] == "open":
            seconds = max(0, int((now - row["changed_at"]).total_seconds()))
        found.append(HistoryAnswer.model_validate(dict(row) | {"seconds_so_far": seconds}))
    return found


def apply(session: Session, opportunity: Opportunity, values: dict[str, Any]) -> Opportunity:
    """Write values into an opportunity and read back what triggers made of them."""
    for name, value in values.items():
        setattr(opportunity, name, value)
    session.flush()
    session.refresh(opportunity)
    return opportunity


def _stage_values(
    session: Session, opportunity: Opportunity, request: OpportunityFields, stage: Stage | None
) -> dict[str, Any]:
    """What a change says of the stage and the reason of a loss."""
    if stage is None or stage.stage_id == opportunity.stage_id:
        if "lost_reason" not in request.model_fields_set or request.lost_reason == opportunity.lost_reason:
            return {}
        return {"lost_reason": lost_reason(opportunity.status, request.lost_reason)}
    stored = opportunity.lost_reason if opportunity.status == "lost" else None
    return {
        "stage_id": stage.stage_id,
        "pipeline_id": stage.pipeline_id,
        "board_position": positions.top(session, stage.stage_id),
        "lost_reason": lost_reason(stage.kind, request.lost_reason, stored),
    }
