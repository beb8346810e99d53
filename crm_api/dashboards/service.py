"""Boards: who sees them, who changes them, and that their widgets ask what can be asked."""

from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.orm import Session

from crm_api.access import Permission
from crm_api.dashboards import repository
from crm_api.dashboards.schemas import DashboardAnswer, DashboardCopy, DashboardFields
from crm_api.dependencies import Caller
from crm_api.etags import etag_of, require_match
from crm_api.listing import ListRequest, Slice, fetch_slice
from crm_api.search import contains_words, folded
from crm_api.validation import field_errors
from pymeai.database.tables.workspace import Dashboard
from pymeai.errors import FieldError, Forbidden, Invalid, NotFound
from pymeai.metrics.query import MetricQuery

COPY_PREFIX = "Copia de "
NAME_LENGTH = 300
SORTABLE = {"created_at": Dashboard.created_at, "name": Dashboard.name, "updated_at": Dashboard.updated_at}


def etag(dashboard: Dashboard | DashboardAnswer) -> str:
    """The tag of the board as it is now."""
    return etag_of(dashboard.dashboard_id, dashboard.updated_at)


def list_dashboards(session: Session, user_id: UUID, request: ListRequest) -> Slice[Dashboard]:
    """One page of the boards that the user may see."""
    statement = repository.visible_to(user_id)
    if request.q:
        statement = statement.where(*contains_words(folded([Dashboard.name]), request.q))
    return fetch_slice(
        session, statement, request, key=Dashboard.dashboard_id, sortable=SORTABLE, default_sort="created_at"
    )


def get_dashboard(session: Session, user_id: UUID, dashboard_id: UUID, *, lock: bool = False) -> Dashboard:
    """One board. Raises NotFound, for another tenant's and for a colleague's private one as well."""
    dashboard = repository.find(session, user_id, dashboard_id, lock=lock)
    if dashboard is None:
        raise NotFound("No se encontró ese tablero.")
    return dashboard


def create_dashboard(session: Session, caller: Caller, request: DashboardFields) -> Dashboard:
    """Store a new board of the caller's. Raises Invalid where a widget's query is no MetricQuery."""
    dashboard = Dashboard(
        owner_user_id=caller.user_id,
        name=request.name,
        widgets=_widgets(request),
        is_favorite=request.is_favorite,
        shared=request.shared,
    )
    return repository.add(session, dashboard)


def change_dashboard(
    session: Session, caller: Caller, dashboard_id: UUID, request: DashboardFields, if_match: str | None
) -> Dashboard:
    """Put a whole board in place of another. Raises NotFound, Forbidden, PreconditionFailed, Invalid."""
    dashboard = _editable(session, caller, dashboard_id)
    require_match(if_match, etag(dashboard))
    dashboard.name, dashboard.widgets = request.name, _widgets(request)
    dashboard.is_favorite, dashboard.shared = request.is_favorite, request.shared
    session.flush()
    session.refresh(dashboard)
    return dashboard


def delete_dashboard(session: Session, caller: Caller, dashboard_id: UUID, if_match: str | None) -> None:
    """Remove a board. Raises NotFound, Forbidden, PreconditionFailed."""
    dashboard = _editable(session, caller, dashboard_id)
    require_match(if_match, etag(dashboard))
    session.delete(dashboard)


def copy_dashboard(session: Session, caller: Caller, dashboard_id: UUID, request: DashboardCopy) -> Dashboard:
    """A board of the caller's own like another one. Raises NotFound."""
    original = get_dashboard(session, caller.user_id, dashboard_id)
    copy = Dashboard(
        owner_user_id=caller.user_id,
        name=request.name or f"{COPY_PREFIX}{original.name}"[:NAME_LENGTH],
        widgets=original.widgets,
        is_favorite=False,
        shared=request.shared,
    )
    return repository.add(session, copy)


def _editable(session: Session, caller: Caller, dashboard_id: UUID) -> Dashboard:
    dashboard = get_dashboard(session, caller.user_id, dashboard_id, lock=True)
    if dashboard.owner_user_id != caller.user_id and not caller.may(Permission.EDIT_ALL):
        raise Forbidden("Ese tablero no es suyo: guarde una copia con otro nombre.")
    return dashboard


def _widgets(request: DashboardFields) -> list[dict[str, Any]]:
    errors: list[FieldError] = []
    for index, widget in enumerate(request.widgets):
        try:
            MetricQuery.model_validate(widget.query)
        except ValidationError as error:
            errors += [
                FieldError(f"widgets.{index}.query.{found.field}", found.message)
                for found in field_errors(error.errors())
            ]
    if errors:
        raise Invalid("Revise los datos marcados.", errors=errors)
    return [widget.model_dump(mode="json") for widget in request.widgets]
