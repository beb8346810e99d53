"""/healthz, /readyz, /metrics: for whoever runs the platform."""

from fastapi import Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from crm_api.dependencies import SettingsOf
from crm_api.measurements import Measurements
from crm_api.platform import service
from crm_api.platform.schemas import Health, Readiness
from crm_api.routing import new_router

router = new_router(tag="Plataforma", slow=True)


# Probes often ask for the head alone.
@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="¿Está vivo este proceso?")
def healthz() -> Health:
    """Contesta mientras el proceso viva, sin mirar nada más."""
    return Health(status="ok")


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz",
    summary="¿Puede trabajar la plataforma?",
    response_model=Readiness,
    responses={503: {"description": "Algo no responde.", "model": Readiness}},
)
def readyz(settings: SettingsOf) -> Response:
    """503 si la base de datos o Dagster no responden, con lo que falla por su nombre."""
    checks = {"database": service.database_answers(settings), "dagster": service.dagster_answers(settings)}
    content = {
        "status": "ready" if all(checks.values()) else "unavailable",
        "checks": {name: "ok" if up else "down" for name, up in checks.items()},
    }
    return JSONResponse(content, status_code=200 if all(checks.values()) else 503)


@router.get("/metrics", summary="Mediciones para Prometheus", response_class=PlainTextResponse)
def metrics(request: Request) -> Response:
    """Solicitudes por ruta y estado, y cuánto tardaron."""
    measurements: Measurements = request.app.state.measurements
    return PlainTextResponse(measurements.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")
