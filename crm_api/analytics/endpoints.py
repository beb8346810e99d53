"""/api/analytics."""

from fastapi import APIRouter

from crm_api.analytics import service
from crm_api.analytics.schemas import CatalogueAnswer, DashboardResult
from crm_api.dependencies import Reader, SettingsOf, TenantSession
from pymeai.metrics.query import MetricQuery, MetricResult
from pymeai.metrics.service import run_query

router = APIRouter(prefix="/api/analytics", tags=["Análisis"])


@router.get("/metrics", summary="Ver qué se puede preguntar")
def metrics(_caller: Reader, settings: SettingsOf) -> CatalogueAnswer:
    """Las métricas y las dimensiones, con sus nombres en español."""
    return service.catalogue(settings)


@router.post("/query", summary="Preguntar a las métricas")
def query(caller: Reader, settings: SettingsOf, body: MetricQuery) -> MetricResult:
    """Una MetricQuery: métricas, agrupaciones, filtros, período. Solo ve los datos de su organización."""
    return run_query(settings, caller.tenant, body)


@router.get("/dashboard", summary="Ver el tablero principal con sus cifras")
def dashboard(caller: Reader, settings: SettingsOf, session: TenantSession) -> DashboardResult:
    """El tablero que abre de primero, con lo que cada widget muestra hoy."""
    return service.with_figures(settings, caller.tenant, service.first_dashboard(session, caller.user_id))


@router.get("/customers/segments", summary="Clientes por segmento")
def segments(caller: Reader, settings: SettingsOf) -> MetricResult:
    """Cuántos clientes hay en cada segmento y qué parte del total son."""
    return run_query(settings, caller.tenant, service.SEGMENTS)


@router.get("/pipeline/performance", summary="Rendimiento de los embudos")
def pipeline_performance(caller: Reader, settings: SettingsOf) -> MetricResult:
    """Oportunidades y valores por embudo y etapa."""
    return run_query(settings, caller.tenant, service.PIPELINE_PERFORMANCE)


@router.get("/opportunities/conversion", summary="Conversión de las oportunidades")
def conversion(caller: Reader, settings: SettingsOf) -> MetricResult:
    """Ganadas, perdidas y tasa de cierre por embudo."""
    return run_query(settings, caller.tenant, service.CONVERSION)
