"""A server of the tests' own that hears of things, as a company's would."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.waiting import wait_for


@dataclass
class Receiver:
    """A server of ours that keeps what it is sent and answers what it is told to."""

    url: str
    answers: list[int] = field(default_factory=list)
    location: str | None = None
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def first(self, number: int = 1) -> list[tuple[dict[str, str], bytes]]:
        """What came, once there is so much of it."""
        return wait_for(lambda: self.got if len(self.got) >= number else None, 20, f"{number} deliveries")


@contextmanager
def listening() -> Iterator[Receiver]:
    """A receiver on a port of its own; 204 unless told otherwise."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: the tests' output is not this server's log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}/ventas?de=pymeai")
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()
