"""The REST API: `uvicorn crm_api.main:create_app --factory`."""

from fastapi import FastAPI

from crm_api import docs, logs, problems
from crm_api.analytics import endpoints as analytics
from crm_api.auth import endpoints as auth
from crm_api.body_limit import BodyLimit
from crm_api.custom_fields import endpoints as custom_fields
from crm_api.customers import endpoints as customers
from crm_api.dashboards import endpoints as dashboards
from crm_api.imports import endpoints as imports
from crm_api.kula import endpoints as kula
from crm_api.measurements import Measurements
from crm_api.middleware import RequestTrace
from crm_api.opportunities import endpoints as opportunities
from crm_api.organization import endpoints as organization
from crm_api.pipelines import endpoints as pipelines
from crm_api.platform import endpoints as platform
from crm_api.sales import endpoints as sales
from crm_api.users import endpoints as users
from pymeai.settings import Settings, get_settings

MAX_BODY_BYTES = 2 * 1024 * 1024
"""Of every request but an upload, whose file may have `max_upload_bytes`."""
MULTIPART_OVERHEAD_BYTES = 64 * 1024
UPLOAD_PATH = "/api/imports"

DESCRIPTION = """La API de PymeAI: clientes, ventas, oportunidades, importaciones, métricas y Kula.

Ingrese con `POST /api/auth/login` y envíe el `access_token` como `Authorization: Bearer …`. Las listas aceptan
`limit`, `cursor`, `sort` y `q`. Los errores son `application/problem+json` (RFC 9457) con un `detail` en español y un
`code` que no cambia."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, with the settings given or those of the environment."""
    logs.configure()
    app = FastAPI(
        title="API de PymeAI",
        summary="Ventas y clientes de las pymes de Costa Rica.",
        description=DESCRIPTION,
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        responses={"default": {"description": "Un problema, con su explicación en español."}},
    )
    app.state.settings = settings or get_settings()
    app.state.measurements = Measurements()
    upload = app.state.settings.max_upload_bytes + MULTIPART_OVERHEAD_BYTES
    app.add_middleware(BodyLimit, limit=MAX_BODY_BYTES, limits={UPLOAD_PATH: upload})
    app.add_middleware(RequestTrace, measurements=app.state.measurements)
    problems.install(app)
    docs.install(app)
    for domain in (
        auth,
        organization,
        users,
        customers,
        custom_fields,
        sales,
        pipelines,
        opportunities,
        imports,
        dashboards,
        analytics,
        kula,
        platform,
    ):
        app.include_router(domain.router)
    return app
