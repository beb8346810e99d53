"""A server on loopback that speaks the chat completions protocol, as well or as badly as a test wants."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ModelServer:
    """Answers each request by the next of `replies` (the last one for ever); keeps what it was asked."""

    def __init__(self, replies: list[Callable[["Handler"], None]]) -> None:
        self.requests: list[dict[str, Any]] = []
        self.replies = replies
        self.closing = threading.Event()
        server = self

        class Bound(Handler):
            model = server

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
        self.http.daemon_threads = True

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self.http.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    """One request of a client."""

    model: ModelServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Keeps the request and replies as told."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.model.requests.append(json.loads(body))
        number = min(len(self.model.requests), len(self.model.replies)) - 1
        self.model.replies[number](self)

    def log_message(self, *_args: Any) -> None:
        """Says nothing."""

    def send_json(self, status: int, body: Any) -> None:
        """A whole reply."""
        self.send_bytes(status, json.dumps(body).encode())

    def send_bytes(self, status: int, body: bytes) -> None:
        """A whole reply of any bytes."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def says(
    content: str | dict[str, Any], *, finish: str = "stop", refusal: str | None = None
) -> Callable[[Handler], None]:
    """A well-formed completion with this content."""
    text = content if isinstance(content, str) else json.dumps(content)

    def reply(handler: Handler) -> None:
        message = {"role": "assistant", "content": None if refusal else text, "refusal": refusal}
        handler.send_json(
            200,
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1,
                "model": "test",
                "choices": [{"index": 0, "finish_reason": finish, "logprobs": None, "message": message}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            },
        )

    return reply


def fails(status: int, message: str = "no") -> Callable[[Handler], None]:
    """An error of the protocol."""
    return lambda handler: handler.send_json(status, {"error": {"message": message, "type": "x", "code": None}})


def sends(body: bytes) -> Callable[[Handler], None]:
    """Any bytes with status 200."""
    return lambda handler: handler.send_bytes(200, body)


def stalls() -> Callable[[Handler], None]:
    """Nothing, until the server closes."""
    return lambda handler: handler.model.closing.wait(30) and None


def drips() -> Callable[[Handler], None]:
    """A byte now and then, so that no socket's timeout is ever met."""

    def reply(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        while not handler.model.closing.wait(0.05):
            try:
                handler.wfile.write(b" ")
                handler.wfile.flush()
            except OSError:
                return

    return reply


def hangs_up() -> Callable[[Handler], None]:
    """The connection closed without a reply."""

    def reply(handler: Handler) -> None:
        handler.close_connection = True
        handler.connection.close()

    return reply


@contextmanager
def model_server(*replies: Callable[[Handler], None]) -> Iterator[ModelServer]:
    """A running server with these replies."""
    server = ModelServer(list(replies))
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.http.shutdown()
        server.http.server_close()
        thread.join(5)
