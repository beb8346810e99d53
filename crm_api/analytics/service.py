"""Questions to the metrics, and the board that opens first."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.orm import Session

from crm_api.analytics.schemas import CatalogueAnswer, DashboardResult, DimensionAnswer, MetricAnswer, WidgetResult
from crm_api.dashboards import repository as dashboards
from pymeai.clock import business_today
from pymeai.database.tables.workspace import Dashboard
from pymeai.errors import NotFound, PymeError
from pymeai.metrics.catalogue import load_catalogue
from pymeai.metrics.query import MetricQuery, Order, TimeRange
from pymeai.metrics.service import run_query
from pymeai.settings import Settings
from pymeai.templates.widgets import Widget, period_dates
from pymeai.tenancy.tenant import Tenant

BROKEN_WIDGET = "Este widget ya no se puede consultar. Edítelo o quítelo del tablero."

SEGMENTS = MetricQuery(
    metrics=["customers_count"],
    group_by=["customer__segment"],
    share_of_total=True,
    order=[Order(field="customers_count")],
)
PIPELINE_PERFORMANCE = MetricQuery(
    metrics=["opportunities_count", "open_value", "weighted_value"],
    group_by=["opportunity__pipeline", "opportunity__stage"],
    order=[Order(field="opportunities_count")],
)
CONVERSION = MetricQuery(
    metrics=["opportunities_count", "won_opportunities", "lost_opportunities", "win_rate"],
    group_by=["opportunity__pipeline"],
    order=[Order(field="opportunities_count")],
)


def catalogue(settings: Settings) -> CatalogueAnswer:
    """All metrics and dimensions."""
    found = load_catalogue(settings)
    return CatalogueAnswer(
        metrics=[MetricAnswer.model_validate(asdict(metric)) for metric in found.metrics.values()],
        dimensions=[DimensionAnswer.model_validate(asdict(dimension)) for dimension in found.dimensions.values()],
    )


def first_dashboard(session: Session, user_id: UUID) -> Dashboard:
    """The board that opens first. Raises NotFound where the user sees none."""
    dashboard = dashboards.first(session, user_id)
    if dashboard is None:
        raise NotFound("Su organización no tiene tableros. Cree uno, o aplique una plantilla.")
    return dashboard


def with_figures(settings: Settings, tenant: Tenant, dashboard: Dashboard) -> DashboardResult:
    """The board with each widget's figures; one that cannot be asked says so and spoils no other."""
    widgets = [_widget(settings, tenant, stored) for stored in dashboard.widgets]
    return DashboardResult(dashboard_id=dashboard.dashboard_id, name=dashboard.name, widgets=widgets)


def _widget(settings: Settings, tenant: Tenant, stored: dict[str, Any]) -> WidgetResult:
    widget = Widget.model_validate(stored)
    days = period_dates(widget.period, business_today(settings))
    time_range = TimeRange(start=days[0], end=days[1]) if days else None
    result, problem = None, None
    try:
        query = MetricQuery.model_validate(widget.query)
        result = run_query(settings, tenant, query.model_copy(update={"time_range": time_range or query.time_range}))
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
