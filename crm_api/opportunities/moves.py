"""An opportunity goes into a stage, or to another place in its own."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.dependencies import Caller
from crm_api.etags import require_match
from crm_api.opportunities import positions, repository
from crm_api.opportunities.entering import lost_reason, settle_sale
from crm_api.opportunities.schemas import StageMove
from crm_api.opportunities.service import apply, editable, etag, get_opportunity
from crm_api.pipelines.service import choose_stage
from pymeai.database.tables.tenant import Opportunity, Stage
from pymeai.errors import invalid_field
from pymeai.settings import Settings


def move_opportunity(
    session: Session, settings: Settings, caller: Caller, opportunity_id: UUID, move: StageMove, if_match: str | None
) -> Opportunity:
    """Put an opportunity into a stage, of its pipeline or another; triggers write status, times and history.

    Won: its sale is written. Won no more: that sale is taken back. Raises NotFound, Forbidden, PreconditionFailed, Invalid,
    Conflict.
    """
    get_opportunity(session, caller, opportunity_id)
    stage = choose_stage(session, None, move.stage_id)
    if move.after_id is not None or move.before_id is not None:
        positions.hold(session)
    opportunity = editable(session, caller, opportunity_id)
    require_match(if_match, etag(opportunity))
    was = opportunity.status
    moved = apply(session, opportunity, _values(session, opportunity, stage, move))
    settle_sale(session, settings, moved, was, move.sale)
    if move.notes:
        repository.annotate_last_move(session, opportunity_id, move.notes)
    return moved


def _values(session: Session, opportunity: Opportunity, stage: Stage, move: StageMove) -> dict[str, Any]:
    stays = stage.stage_id == opportunity.stage_id
    stored = opportunity.lost_reason or ("" if stays else None) if opportunity.status == "lost" else None
    values: dict[str, Any] = {
        "lost_reason": lost_reason(stage.kind, move.lost_reason, stored) or None,
        "stage_id": stage.stage_id,
        "pipeline_id": stage.pipeline_id,
    }
    if move.value is not None:
        if stage.kind != "won":
            message = "El valor se indica aquí solo al ganarla; si no, cambie la oportunidad."
            raise invalid_field("value", message)
        values["value"] = move.value
    position = _position(session, opportunity, stage, move)
    if position is not None:
        values["board_position"] = position
    return values


def _position(session: Session, opportunity: Opportunity, stage: Stage, move: StageMove) -> float | None:
    if move.board_position is not None:
        return move.board_position
    if move.after_id is not None or move.before_id is not None:
        return positions.beside(session, stage.stage_id, opportunity.opportunity_id, move.after_id, move.before_id)
    return None if stage.stage_id == opportunity.stage_id else positions.top(session, stage.stage_id)
