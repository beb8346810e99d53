"""A request's body has a limit: beyond it a 413 problem, and nothing of it is kept."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crm_api.problems import DETAILS, problem

# How much of a refused body is read and thrown away: a client that is still sending does not read the answer.
DRAINED_BYTES = 512 * 1024 * 1024


class BodyLimit:
    """`limit` in bytes for all paths but those in `limits`.

    FastAPI's own max_body_size answers in plain text, past every exception handler.
    """

    def __init__(self, app: ASGIApp, limit: int, limits: Mapping[str, int]) -> None:
        self._app = app
        self._limit = limit
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limits.get(scope["path"], self._limit)
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced) > limit:
            await _drain(receive)
            code, detail = DETAILS[413]
            scope["state"]["problem"] = code
            await problem(413, detail, code)(scope, receive, send)
            return
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    if message.get("more_body"):
                        await _drain(receive)
                    raise HTTPException(413)
            return message

        await self._app(scope, receive_within_limit, send)


async def _drain(receive: Receive) -> None:
    drained = 0
    while drained < DRAINED_BYTES:
        message = await receive()
        drained += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return
