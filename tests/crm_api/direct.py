"""A client that hands a request to the application in one step: TestClient's own way takes five milliseconds, nearly all its own."""

import asyncio
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import BaseTransport, Request, Response
from starlette.types import Message

from tests.crm_api.document import OPERATIONS


class DirectClient(TestClient):
    """A TestClient whose answers are whole when they come. It needs the application running: `with DirectClient(app)`."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(app)
        self._transport = _OneStep(self)


class _OneStep(BaseTransport):
    def __init__(self, client: TestClient) -> None:
        self._client = client
        self._loop: asyncio.AbstractEventLoop | None = None

    def handle_request(self, request: Request) -> Response:
        if self._loop is None:
            assert self._client.portal is not None, "the application does not run"
            self._loop = self._client.portal.call(asyncio.get_running_loop)
        url = request.url
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "path": unquote(url.path),
            "raw_path": url.raw_path.split(b"?", 1)[0],
            "root_path": "",
            "scheme": url.scheme,
            "query_string": url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": ("testclient", 50000),
            "server": (url.host, url.port or 80),
            "state": self._client.app_state.copy(),
        }
        return asyncio.run_coroutine_threadsafe(self._answer(scope, request.read()), self._loop).result()

    async def _answer(self, scope: dict[str, Any], body: bytes) -> Response:
        waiting: list[Message] = [{"type": "http.request", "body": body}]
        answered = asyncio.Event()
        start: Message = {}
        parts: list[bytes] = []

        async def receive() -> Message:
            if not waiting:
                await answered.wait()
                return {"type": "http.disconnect"}
            return waiting.pop()

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                assert not start, "the answer began twice"
                start.update(message)
                return
            assert start, "a body without a beginning"
            assert not answered.is_set(), "more after the end"
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                answered.set()

        await self._client.app(scope, receive, send)
        assert answered.is_set(), "the answer has no end"
        _require_declared(scope, start["status"])
        content = b"" if scope["method"] == "HEAD" else b"".join(parts)
        return Response(start["status"], headers=start["headers"], content=content)


def _require_declared(scope: dict[str, Any], status: int) -> None:
    """Whatever any test is answered, the OpenAPI says that the operation answers it; 500 is of none."""
    route = scope.get("route")
    operation = OPERATIONS.get((scope["method"], getattr(route, "path_format", "")))
    if operation is not None and status != 500:
        where = f"{scope['method']} {getattr(route, 'path_format', '')}"
        assert str(status) in operation["responses"], f"{where} answers {status}, which it does not declare"
