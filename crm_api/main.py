"""The REST API: `uvicorn crm_api.main:create_app --factory`."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from crm_api import access_description, docs, logs, openapi, problems, routing
from crm_api.alerts import endpoints as alerts
from crm_api.analytics import endpoints as analytics
from crm_api.api_keys import endpoints as api_keys
from crm_api.audit import endpoints as audit
from crm_api.auth import endpoints as auth
from crm_api.board import endpoints as board
from crm_api.body_limit import BodyLimit
from crm_api.custom_fields import endpoints as custom_fields
from crm_api.customers import endpoints as customers
from crm_api.dashboards import endpoints as dashboards
from crm_api.exports import endpoints as exports
from crm_api.housekeeping import Housekeeper
from crm_api.imports import endpoints as imports
from crm_api.interaction_types import endpoints as interaction_types
from crm_api.interactions import endpoints as interactions
from crm_api.invitations import endpoints as invitations
from crm_api.kula import endpoints as kula
from crm_api.measurements import Measurements
from crm_api.merges import endpoints as merges
from crm_api.middleware import RequestTrace, UnforeseenErrors, allow_origins
from crm_api.opportunities import endpoints as opportunities
from crm_api.organization import endpoints as organization
from crm_api.personal_data import endpoints as personal_data
from crm_api.pipelines import endpoints as pipelines
from crm_api.pipelines import stage_endpoints as stages
from crm_api.platform import endpoints as platform
from crm_api.sales import endpoints as sales
from crm_api.timeline import endpoints as timeline
from crm_api.users import endpoints as users
from crm_api.webhooks import endpoints as webhooks
from crm_api.webhooks.worker import DeliveryWorker
from ingest.reading.sandbox import client as reading
from pymeai.settings import Settings, get_settings

MAX_BODY_BYTES = 2 * 1024 * 1024
"""Of every request but an upload, whose file may have `max_upload_bytes`."""
MULTIPART_OVERHEAD_BYTES = 64 * 1024
UPLOAD_PATH = "/api/imports"

DESCRIPTION = """La API de PymeAI: clientes, ventas, oportunidades, importaciones, métricas y Kula.

Ingrese con `POST /api/auth/login` y envíe el `access_token` como `Authorization: Bearer …`. Las listas aceptan
`limit`, `cursor`, `sort` y `q`. Los errores son `application/problem+json` (RFC 9457) con un `detail` en español y un
`code` que no cambia.

Cada operación dice quién puede hacerla. Los roles: **dueño** (todo), **administrador** (todo menos nombrar o cambiar a un
dueño), **gerente** (todos los datos, importaciones y tableros), **vendedor** (sus clientes y oportunidades) y **consulta**
(solo ver). Los programas usan una llave de API (`POST /api/api-keys`), que puede lo que sus permisos digan y nunca más que
la persona que la creó."""


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.webhooks = DeliveryWorker(app.state.settings)
    app.state.webhooks.start()
    app.state.housekeeper = Housekeeper(app.state.settings)
    app.state.housekeeper.start()
    # It takes a second until it reads its first file.
    reading.start()
    # All that is imported stays for good: to look through it again and again held up requests for a tenth of a second.
    gc.collect()
    gc.freeze()
    yield
    await run_in_threadpool(app.state.housekeeper.stop)
    await run_in_threadpool(app.state.webhooks.stop)


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
        lifespan=_lifespan,
        # The address of a redirect would come from the request's Host, which anybody can write.
        redirect_slashes=False,
        openapi_tags=openapi.tags(),
    )
    app.state.settings = settings or get_settings()
    app.state.measurements = Measurements()
    app.state.shares = routing.Shares()
    upload = app.state.settings.max_upload_bytes + MULTIPART_OVERHEAD_BYTES
    app.add_middleware(BodyLimit, limit=MAX_BODY_BYTES, limits={UPLOAD_PATH: upload})
    app.add_middleware(UnforeseenErrors)
    allow_origins(app, app.state.settings.allowed_origins)
    app.add_middleware(RequestTrace, measurements=app.state.measurements)
    problems.install(app)
    docs.install(app)
    for domain in (
        # What is asked for most comes first: each route that is looked at before takes four microseconds.
        # Merges before customers, whose {customer_id} would take its paths.
        merges,
        customers,
        board,
        opportunities,
        timeline,
        sales,
        interactions,
        personal_data,
        custom_fields,
        interaction_types,
        pipelines,
        stages,
        auth,
        organization,
        # Before users, whose {user_id} would take its paths.
        invitations,
        users,
        api_keys,
        imports,
        exports,
        dashboards,
        alerts,
        analytics,
        kula,
        webhooks,
        audit,
        platform,
    ):
        routing.add_routes(app, domain.router)
    access_description.install(app)
    openapi.install(app)
    return app
