"""Around every request: its id, its line in the log, its measurement, and an answer when nothing else answers."""

import re
import time
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crm_api.logs import LOGGER
from crm_api.measurements import Measurements
from crm_api.problems import internal_problem

REQUEST_ID = "X-Request-ID"
_ACCEPTABLE_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
_QUIET = {"/healthz", "/readyz", "/metrics"}


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
        answered = False

        async def send_traced(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                answered, status = True, message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, send_traced)
        except Exception:  # noqa: BLE001 - the edge: whatever it is, it becomes an answer and a line in the log
            LOGGER.exception("request failed", extra={"fields": {"request_id": request_id}})
            if not answered:
                await internal_problem()(scope, receive, send_traced)
        finally:
            self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = str(getattr(scope.get("route"), "path", "")) or "(none)"
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
            "problem": state.get("problem"),
        }
        level = LOGGER.error if status >= 500 else LOGGER.info
        level("request", extra={"fields": {name: value for name, value in fields.items() if value is not None}})
