"""The dashboards as one ASGI application: Streamlit, the session's routes, our front page and the security headers.

Run: uvicorn dashboards.server:app --port 8501
"""

import gc
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards import notices
from dashboards.front_page import FrontPage
from dashboards.session_routes import COOKIE, ROUTES, SECURE_COOKIE
from dashboards.sessions import session_store
from pymeai.errors import PymeError
from pymeai.settings import get_settings

# Components-v2 scripts are loaded as blobs; charts and tables write inline styles. No inline script is allowed.
SECURITY_POLICY = "; ".join(  # noqa: FLY002 - one directive a line
    (
        "default-src 'self'",
        "script-src 'self' blob: data:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
HEADERS = (
    (b"content-security-policy", SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)

logger = logging.getLogger(__name__)
# Streamlit sets uvicorn's access log going when it is imported: a line for each font and script, and addresses in it.
logging.getLogger("uvicorn.access").setLevel(logging.WARNING)


class SecurityHeaders:
    """ASGI middleware that adds the security headers to every HTTP answer and leaves websockets alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the headers added to the answer's start."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name for name, _ in HEADERS}
                kept = [(name, value) for name, value in message["headers"] if name.lower() not in names]
                message["headers"] = [*kept, *HEADERS]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def is_signed_in(connection: HTTPConnection) -> bool:
    """Whether the request's cookie opens a session."""
    cookies = connection.cookies
    return session_store().resolve(cookies.get(SECURE_COOKIE) or cookies.get(COOKIE)) is not None


def on_script_error(error: Exception) -> bool:
    """The last net under a script or fragment: log the fault, show our notice instead of Streamlit's."""
    logger.error("A script failed", exc_info=error)
    notices.unexpected()
    return True


def warm_up() -> None:
    """Load what the first question needs (tables, metrics and their compiler), then freeze it for the collector.

    Streamlit's scripts make few cycles; what is loaded here would be walked through at every collection.
    """
    from pymeai.metrics.catalogue import load_catalogue, manifest_path
    from pymeai.metrics.compiler import compile_plan
    from pymeai.metrics.plan import plan_query
    from pymeai.metrics.query import MetricQuery

    settings = get_settings()
    try:
        plan = plan_query(MetricQuery(metrics=["net_sales"]), load_catalogue(settings))
        compile_plan(plan, manifest_path(settings))
    except PymeError as error:
        # The pages say so when they ask; a server that does not start could not.
        logger.warning("Metrics are not ready: %s", error.code)
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Warm up beside the server: the login page need not wait for it."""
    thread = threading.Thread(target=warm_up, name="warm-up", daemon=True)
    thread.start()
    yield


app = st.App(
    Path(__file__).with_name("main.py"),
    lifespan=lifespan,
    routes=ROUTES,
    middleware=[Middleware(SecurityHeaders), Middleware(FrontPage, is_signed_in=is_signed_in)],
    on_script_error=on_script_error,
)
