"""/api/analytics."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from crm_api.analytics import recommendations as recommending
from crm_api.analytics import reports, service
from crm_api.analytics.periods import PeriodAsked
from crm_api.analytics.report_schemas import (
    ConversionAnalysis,
    PipelinePerformance,
    RecommendationList,
    SegmentAnalysis,
)
from crm_api.analytics.schemas import CatalogueAnswer, DashboardResult
from crm_api.dependencies import Reader, SettingsOf, TenantSession
from crm_api.organization.visibility import seen_by
from crm_api.routing import answering, new_router
from pymeai.metrics.query import MetricQuery, MetricResult
from pymeai.metrics.service import run_query

router = new_router("/api/analytics", tag="Análisis", slow=True)

PipelineId = Annotated[UUID | None, Query(description="Solo este embudo.")]


@router.get("/metrics", summary="Ver qué se puede preguntar")
def list_metrics(_caller: Reader, settings: SettingsOf) -> CatalogueAnswer:
    """Las métricas y las dimensiones, con sus nombres en español."""
    return service.catalogue(settings)


@router.post("/query", summary="Preguntar a las métricas")
def query_metrics(caller: Reader, settings: SettingsOf, body: MetricQuery) -> MetricResult:
    """Una MetricQuery: métricas, agrupaciones, filtros, período. Solo ve los datos de su organización, y de ella lo que usted ve."""
    return run_query(settings, caller.tenant, body, seen_by=seen_by(caller))


@router.get("/dashboard", summary="Ver un tablero con sus cifras", responses=answering(404))
def dashboard_figures(
    caller: Reader,
    settings: SettingsOf,
    session: TenantSession,
    period: PeriodAsked,
    dashboard_id: Annotated[UUID | None, Query(description="Cuál; sin él, el que abre de primero.")] = None,
) -> DashboardResult:
    """Lo que cada widget muestra hoy, de su propio período o del que usted pida para todos."""
    dashboard = service.dashboard(session, caller.user_id, dashboard_id)
    return service.with_figures(settings, caller, dashboard, period)


@router.get("/customers/segments", summary="Analizar los segmentos de clientes")
def segment_analysis(
    caller: Reader, settings: SettingsOf, session: TenantSession, period: PeriodAsked
) -> SegmentAnalysis:
    """Cuántos clientes hay en cada segmento, qué han comprado (en 12 meses, si no dice otra cosa) y cómo han cambiado."""
    return reports.segments(settings, caller, session, period.or_else("last_12_months"))


@router.get("/pipeline/performance", summary="Analizar el rendimiento de los embudos", responses=answering(404))
def pipeline_performance(
    caller: Reader,
    settings: SettingsOf,
    session: TenantSession,
    period: PeriodAsked,
    pipeline_id: PipelineId = None,
) -> PipelinePerformance:
    """Qué hay en cada etapa, y cuántas oportunidades entraron, avanzaron y se perdieron (en 90 días, si no dice otra cosa)."""
    return reports.performance(settings, caller, session, period.or_else("last_90_days"), pipeline_id)


@router.get(
    "/opportunities/conversion", summary="Analizar la conversión de las oportunidades", responses=answering(404)
)
def conversion_analysis(
    caller: Reader,
    settings: SettingsOf,
    session: TenantSession,
    period: PeriodAsked,
    pipeline_id: PipelineId = None,
    by: Annotated[reports.By, Query(description="Por qué se separan las cifras.")] = "pipeline",
) -> ConversionAnalysis:
    """De abiertas a ganadas: totales contra el período anterior, por mes, por embudo o vendedor, motivos y avance."""
    return reports.conversion(settings, caller, session, period.or_else("last_12_months"), pipeline_id, by)


@router.get("/recommendations", summary="Ver a quién escribir hoy")
def recommendations(
    caller: Reader,
    settings: SettingsOf,
    session: TenantSession,
    mine: Annotated[bool, Query(description="Solo lo suyo.")] = False,
    limit: Annotated[int, Query(ge=1, le=200, description="Cuántas personas.")] = 20,
) -> RecommendationList:
    """Seguimientos y próximos pasos que vencieron, clientes en riesgo y oportunidades estancadas, con su porqué y su enlace."""
    return recommending.recommendations(settings, caller, session, mine=mine, limit=limit)
