"""Around every request: its id, its line in the log, its measurement, its headers, and an answer when nothing else answers."""

import re
import time
from uuid import uuid4

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crm_api.logs import LOGGER
from crm_api.measurements import Measurements
from crm_api.problems import internal_problem, problem

REQUEST_ID = "X-Request-ID"
_ACCEPTABLE_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
_QUIET = {"/healthz", "/readyz", "/metrics"}

SECURITY_HEADERS = {
    # What the API answers is data: a browser that is made to show it runs and loads nothing. /docs has its own policy.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every answer that does not set them itself."""
TRANSPORT_SECURITY = "max-age=63072000; includeSubDomains"
"""Said over https alone: said over http, browsers must ignore it (RFC 6797, 8.1)."""

CORS_METHODS = ("GET", "POST", "PUT", "DELETE")
CORS_REQUEST_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", REQUEST_ID)
CORS_ANSWER_HEADERS = ("ETag", "Location", "Retry-After", "Content-Disposition", REQUEST_ID)


class _Origins(CORSMiddleware):
    """CORS whose refusals are problems, as those of all else."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """What a browser is told that asks whether a page may call."""
        answer = super().preflight_response(request_headers)
        if answer.status_code < 400:
            return answer
        headers = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
        detail = "Esa página no puede hacer esta solicitud. Los orígenes permitidos están en PYMEAI_CORS_ORIGINS."
        return problem(400, detail, "cors_refused", headers=headers)


def allow_origins(app: FastAPI, origins: list[str]) -> None:
    """Let the pages of these origins call the API. Without credentials: it knows no cookies, tokens are sent by hand."""
    if origins:
        app.add_middleware(
            _Origins,
            allow_origins=origins,
            allow_methods=CORS_METHODS,
            allow_headers=CORS_REQUEST_HEADERS,
            expose_headers=CORS_ANSWER_HEADERS,
            max_age=600,
        )


_SECURITY_HEADERS = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


def _add_headers(message: Message, request_id: str, *, over_https: bool) -> None:
    # By hand, since Starlette's headers look through all of them for each one that is added.
    headers = message["headers"] = list(message["headers"])
    there = {name for name, _ in headers}
    headers += [header for header in _SECURITY_HEADERS if header[0] not in there]
    headers.append((REQUEST_ID.lower().encode(), request_id.encode()))
    if over_https:
        headers.append((b"strict-transport-security", TRANSPORT_SECURITY.encode()))


class UnforeseenErrors:
    """The edge: whatever went wrong inside becomes an answer and a line in the log.

    Inside of what adds the headers of CORS, without which no page could read the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        answered = False

        async def send_noted(message: Message) -> None:
            nonlocal answered
            answered = answered or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception:
            if scope["type"] != "http":
                raise
            LOGGER.exception("request failed", extra={"fields": {"request_id": scope["state"]["request_id"]}})
            if not answered:
                await internal_problem()(scope, receive, send)


class RequestTrace:
    """Pure ASGI, so that streams stay streams. `scope["state"]` gets `request_id`; endpoints may add `tenant`."""

    def __init__(self, app: ASGIApp, measurements: Measurements) -> None:
        self._app = app
        self._measurements = measurements

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        offered = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = offered if _ACCEPTABLE_ID.match(offered) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status = 500

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, request_id, over_https=scope["scheme"] == "https")
            await send(message)

        try:
            await self._app(scope, receive, send_traced)
        finally:
            self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = str(getattr(scope.get("route"), "path_format", "")) or "(none)"
        self._measurements.observe(scope["method"], route, status, seconds)
        if route in _QUIET and status in (200, 503):
            # Asked every few seconds; what is down has its own line.
            return
        state = scope["state"]
        fields = {
            "request_id": state["request_id"],
            "method": scope["method"],
            "route": route,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
            "tenant": state.get("tenant"),
            "user": state.get("user"),
            "problem": state.get("problem"),
        }
        level = LOGGER.error if status >= 500 else LOGGER.info
        level("request", extra={"fields": {name: value for name, value in fields.items() if value is not None}})
