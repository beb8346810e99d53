"""One delivery over HTTP: to the address that was checked, without redirects, within ten seconds in all."""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Thread, Timer

from crm_api.webhooks.addresses import AddressRefused, SocketAddress, Target, parse_target, resolve

TIMEOUT_SECONDS = 10.0
USER_AGENT = "PymeAI-Webhooks/1"


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt: the receiver's status, or why there is none, in Spanish."""

    status: int | None = None
    error: str | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def receiver_is_down(self) -> bool:
        """Whether other deliveries would fare no better now."""
        return self.status is None or self.status >= 500 or self.status == 429


class Deadline:
    """Cuts a connection when its time is over: a receiver that drips a byte now and then outlives any read's timeout."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._socket: socket.socket | None = None
        self._awaited: Event | None = None
        self._timer = Timer(seconds, self.cut)
        self._timer.daemon = True
        self._cut = False

    @property
    def is_over(self) -> bool:
        """Whether there is no time left, or somebody cut it short."""
        return self._cut or time.monotonic() >= self._until

    def start(self) -> None:
        """Begin to count."""
        self._timer.start()

    def watch(self, connection: socket.socket) -> None:
        """The connection to cut."""
        self._socket = connection
        if self._cut:
            self.cut()

    def wait(self, done: Event) -> None:
        """Wait until it is done, or there is no time left. Raises TimeoutError."""
        self._awaited = done
        if self.is_over or not done.wait(self.remaining()) or self.is_over:
            raise TimeoutError

    def remaining(self) -> float:
        """Seconds left; never 0, which would mean a socket that does not block at all."""
        return max(self._until - time.monotonic(), 0.01)

    def cut(self) -> None:
        """End the connection now; whoever reads from it finds it closed."""
        self._cut = True
        if self._awaited is not None:
            self._awaited.set()
        connection = self._socket
        if connection is not None:
            try:
                # The plain socket's own shutdown: an SSLSocket's would take its state away under the reader's feet.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
            except OSError:
                # Closed already.
                return

    def end(self) -> None:
        """It is done in time."""
        self._timer.cancel()


def post(url: str, headers: Mapping[str, str], body: bytes, *, allow_private: bool, deadline: Deadline) -> Outcome:
    """Send one POST and read its status. Never raises for what a receiver or a network does."""
    try:
        target = parse_target(url, allow_private=allow_private)
        deadline.start()
        addresses = _resolved(target, deadline, allow_private=allow_private)
        status = _exchange(target, addresses, headers, body, deadline)
        if deadline.is_over:
            # Headers that were cut off look like headers that ended.
            raise TimeoutError
    except AddressRefused as error:
        return Outcome(error=str(error))
    except ssl.SSLCertVerificationError:
        return Outcome(error="El certificado del servidor no es válido.")
    except (socket.gaierror, UnicodeError):
        return Outcome(error="No se encontró el servidor: revise el nombre en la dirección.")
    except (OSError, http.client.HTTPException, ValueError):
        late = "El servidor tardó más de 10 segundos." if deadline.is_over else None
        return Outcome(error=late or "No se pudo conectar con el servidor, o no respondió como se espera.")
    finally:
        deadline.end()
    if 300 <= status < 400:
        return Outcome(status, "El servidor redirige a otra dirección; no se sigue. Escriba la dirección final.")
    return Outcome(status, None if 200 <= status < 300 else f"El servidor respondió {status}.")


def _resolved(target: Target, deadline: Deadline, *, allow_private: bool) -> list[SocketAddress]:
    """The addresses of a name, within the deadline. Raises what `resolve` does, and TimeoutError.

    The system's resolver takes as long as it likes and cannot be cut: its thread is left behind, and ends with the process.
    """
    found: list[SocketAddress] = []
    failures: list[Exception] = []
    done = Event()

    def look_up() -> None:
        try:
            found.extend(resolve(target, allow_private=allow_private))
        except Exception as error:  # noqa: BLE001 - raised again by whoever waits for it
            failures.append(error)
        done.set()

    Thread(target=look_up, name="webhook resolver", daemon=True).start()
    deadline.wait(done)
    if failures:
        raise failures[0]
    return found


def _exchange(
    target: Target, addresses: Sequence[SocketAddress], headers: Mapping[str, str], body: bytes, deadline: Deadline
) -> int:
    """The status that the receiver answers with; its body is not read."""
    wire = _connected(addresses, deadline)
    kind = http.client.HTTPSConnection if target.secure else http.client.HTTPConnection
    connection = kind(target.host, target.port)
    try:
        if target.secure:
            context = ssl.create_default_context()
            wire = context.wrap_socket(wire, server_hostname=target.host, do_handshake_on_connect=False)
            deadline.watch(wire)
            wire.do_handshake()
        # A connection that has its socket makes none of its own: what was checked is what is spoken to.
        connection.sock = wire
        connection.request("POST", target.path, body, {"User-Agent": USER_AGENT, **headers})
        return connection.getresponse().status
    finally:
        wire.close()
        connection.close()


def _connected(addresses: Sequence[SocketAddress], deadline: Deadline) -> socket.socket:
    failure: OSError | None = None
    for family, address in addresses:
        wire = socket.socket(family, socket.SOCK_STREAM)
        wire.settimeout(deadline.remaining())
        deadline.watch(wire)
        try:
            wire.connect(address)
        except OSError as error:
            wire.close()
            failure = error
            if deadline.is_over:
                break
        else:
            return wire
    raise failure or OSError("no address")
