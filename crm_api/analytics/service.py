"""Questions to the metrics, and the board that opens first."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.orm import Session

from crm_api.analytics.periods import AskedPeriod, days_of
from crm_api.analytics.schemas import CatalogueAnswer, DashboardResult, DimensionAnswer, MetricAnswer, WidgetResult
from crm_api.dashboards import repository as dashboards
from crm_api.dashboards.service import get_dashboard
from crm_api.dependencies import Caller
from crm_api.organization.visibility import seen_by
from pymeai.database.tables.workspace import Dashboard
from pymeai.errors import NotFound, PymeError
from pymeai.metrics.catalogue import load_catalogue
from pymeai.metrics.query import MetricQuery
from pymeai.metrics.service import run_query
from pymeai.settings import Settings
from pymeai.templates.widgets import Widget

BROKEN_WIDGET = "Este widget ya no se puede consultar. Edítelo o quítelo del tablero."


def catalogue(settings: Settings) -> CatalogueAnswer:
    """All metrics and dimensions."""
    found = load_catalogue(settings)
    return CatalogueAnswer(
        metrics=[MetricAnswer.model_validate(asdict(metric)) for metric in found.metrics.values()],
        dimensions=[DimensionAnswer.model_validate(asdict(dimension)) for dimension in found.dimensions.values()],
    )


def dashboard(session: Session, user_id: UUID, dashboard_id: UUID | None) -> Dashboard:
    """The board of this id, or the one that opens first. Raises NotFound where the user sees none."""
    if dashboard_id is not None:
        return get_dashboard(session, user_id, dashboard_id)
    found = dashboards.first(session, user_id)
    if found is None:
        raise NotFound("Su organización no tiene tableros. Cree uno, o aplique una plantilla.")
    return found


def with_figures(settings: Settings, caller: Caller, dashboard: Dashboard, period: AskedPeriod) -> DashboardResult:
    """The board with each widget's figures; one that cannot be asked says so and spoils no other."""
    widgets = [_widget(settings, caller, stored, period) for stored in dashboard.widgets]
    return DashboardResult(dashboard_id=dashboard.dashboard_id, name=dashboard.name, widgets=widgets)


def _widget(settings: Settings, caller: Caller, stored: dict[str, Any], period: AskedPeriod) -> WidgetResult:
    widget = Widget.model_validate(stored)
    time_range = period.or_else(widget.period) if period.is_asked else days_of(widget.period, period.today)
    result, problem = None, None
    try:
        query = MetricQuery.model_validate(widget.query)
        days = time_range or query.time_range
        # All days have none before them.
        comparison = query.comparison if days else None
        asked = query.model_copy(update={"time_range": days, "comparison": comparison})
        result = run_query(settings, caller.tenant, asked, seen_by=seen_by(caller))
    except ValidationError:
        problem = BROKEN_WIDGET
    except PymeError as error:
        if error.status >= 500:
            raise
        problem = error.message
    return WidgetResult(
        id=widget.id,
        title=widget.title,
        chart=widget.chart,
        period=widget.period,
        time_range=time_range,
        query=widget.query,
        result=result,
        problem=problem,
    )
