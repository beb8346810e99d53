"""A process that has everything imported and forks one child a run.

Importing Dagster, dbt, Great Expectations and scikit-learn takes 15 to 20 s of a core; a run that starts from scratch
pays that before its first line. This process pays it once, holds no connection, starts no thread, and forks. What reads
files for all runs (ingest.reading.sandbox) is started by it too, so that no run waits for it.
Run as `python -m orchestration.run_server`; the launcher (orchestration.launcher) talks to it over a Unix socket, one
JSON object a connection, and starts a run from scratch where nobody listens.
"""

import contextlib
import gc
import importlib
import json
import logging
import multiprocessing
import os
import selectors
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

logger = logging.getLogger("run_server")

# Its processes clean up after themselves (semaphores of dbt's, among others), as a bare os.fork does not.
FORK = multiprocessing.get_context("fork")

SOCKET_NAME = "runs.sock"
MAX_REQUEST_BYTES = 1 << 20
REMEMBERED_EXITS = 1000

PRELOADED = (
    "dagster",
    "dagster._cli.api",
    "dagster_postgres",
    "psycopg2",
    "pandas",
    "sklearn.cluster",
    "sklearn.metrics",
    "great_expectations",
    "dbt.cli.main",
    "dbt.adapters.postgres",
    "dbt.task.run",
    "dbt.task.test",
    "pyarrow.dataset",
    "babel.dates",
    "orchestration.definitions",
    "orchestration.refresh",
    "orchestration.models.segmentation",
    "orchestration.models.similar_groups",
    "orchestration.steps.customer_segments",
    "ingest.imports",
    "ingest.gate",
)
"""Imported in this order before the first fork; one that fails is said in the log and left to the runs."""


@contextlib.contextmanager
def short_path(folder: Path) -> Iterator[str]:
    """A path to the socket in `folder` that fits the 107 bytes of a Unix socket's address."""
    direct = str(folder / SOCKET_NAME)
    if len(os.fsencode(direct)) < 100 or not Path("/proc/self/fd").is_dir():
        yield direct
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET_NAME}"
    finally:
        os.close(descriptor)


def request(folder: Path, message: dict[str, Any], timeout: float = 10.0) -> dict[str, Any]:
    """Ask the server of `folder`. Raises OSError where nobody answers in `timeout` seconds."""
    with short_path(folder) as path, socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(path)
        connection.sendall(json.dumps(message).encode() + b"\n")
        answer = connection.makefile("rb").readline()
    if not answer:
        raise ConnectionError("the run server closed the connection")
    decoded: dict[str, Any] = json.loads(answer)
    return decoded


class RunServer:
    """Forks runs and knows which of them live."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: dict[str, ForkProcess] = {}
        self._exit_codes: dict[str, int | None] = {}
        self._stopping = False
        self._listener: socket.socket | None = None

    def serve(self, ready: Callable[[], None] = lambda: None) -> None:
        """Answer until `stop`, from when `ready` is called; then end the runs and return."""
        with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as selector:
            self._listener = listener
            with short_path(self._folder) as path:
                (self._folder / SOCKET_NAME).unlink(missing_ok=True)
                listener.bind(path)
            (self._folder / SOCKET_NAME).chmod(0o600)
            listener.listen(64)
            selector.register(listener, selectors.EVENT_READ)
            ready()
            while not self._stopping:
                for _ in selector.select(timeout=1.0):
                    if not self._stopping:
                        self._answer(listener.accept()[0])
                self._reap()
        (self._folder / SOCKET_NAME).unlink(missing_ok=True)
        self._end_children()

    def stop(self) -> None:
        """Let `serve` return."""
        self._stopping = True
        if self._listener is not None:
            # Wakes the select; where `serve` has ended by itself there is nothing to wake.
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            try:
                line = connection.makefile("rb").readline(MAX_REQUEST_BYTES)
                answer = self._handle(json.loads(line), connection)
                connection.sendall(json.dumps(answer).encode() + b"\n")
            except (OSError, ValueError, KeyError) as error:
                logger.warning("a request could not be answered: %r", error)

    def _handle(self, message: dict[str, Any], connection: socket.socket) -> dict[str, Any]:
        self._reap()
        run_id = str(message["run_id"])
        match message["action"]:
            case "run":
                return {"pid": self._fork(run_id, str(message["arguments"]), connection)}
            case "status":
                return {"alive": run_id in self._children, "exit_code": self._exit_codes.get(run_id)}
            case "terminate":
                child = self._children.get(run_id)
                if child is not None and child.pid is not None:
                    os.kill(child.pid, signal.SIGINT)
                return {"alive": child is not None}
            case other:
                raise ValueError(f"unknown action {other!r}")

    def _fork(self, run_id: str, arguments: str, connection: socket.socket) -> int | None:
        if run_id not in self._children:
            child = FORK.Process(target=self._be_the_run, args=(arguments, connection), name=f"run {run_id}")
            child.start()
            self._children[run_id] = child
        return self._children[run_id].pid

    def _be_the_run(self, arguments: str, connection: socket.socket) -> None:
        """In the child: what `dagster api execute_run` does in a process of its own."""
        # Held open here, they would answer for a server that is gone.
        connection.close()
        if self._listener is not None:
            self._listener.close()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # Ctrl-C in a terminal is the supervisor's to hear.
        os.setpgid(0, 0)
        from dagster._cli.api import execute_run_command

        execute_run_command.main([arguments], prog_name="execute_run", standalone_mode=False)

    def _reap(self) -> None:
        for run_id, child in list(self._children.items()):
            if not child.is_alive():
                del self._children[run_id]
                self._exit_codes[run_id] = child.exitcode
                child.close()
        for old in list(self._exit_codes)[:-REMEMBERED_EXITS]:
            del self._exit_codes[old]

    def _end_children(self) -> None:
        # At once, as a crash would: each run is one transaction after the other, and Dagster starts it again when it is
        # back. An interrupt would be told to the import's owner as a failure.
        for child in self._children.values():
            child.kill()
        for child in self._children.values():
            child.join()


def preload() -> None:
    """Import what runs need."""
    for name in PRELOADED:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - a run that needs the module will say so itself
            logger.warning("%s could not be imported: %r", name, error)
    _load_manifest()
    if threading.active_count() > 1:
        logger.warning("threads before the first fork: %s", [thread.name for thread in threading.enumerate()])
    gc.collect()
    # What is here stays: a collection in a child would otherwise copy the pages it shares with this process.
    gc.freeze()


def _load_manifest() -> None:
    from orchestration.run_state import prepared_runner
    from pymeai.errors import PymeError
    from pymeai.settings import get_settings

    try:
        prepared_runner(get_settings())
    except PymeError as error:
        logger.warning("the dbt project could not be loaded: %s", error)


def main() -> None:
    """Preload and serve."""
    from ingest.reading.sandbox import client as reading
    from orchestration.instance import dagster_home
    from pymeai.settings import get_settings

    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    logger.setLevel(logging.INFO)
    folder = dagster_home(get_settings())
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ.setdefault("DAGSTER_HOME", str(folder))
    preload()
    # It tells of each temporary folder, at a level it sets when it is imported.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    reading.start()
    server = RunServer(folder)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    server.serve(lambda: logger.info("ready"))


if __name__ == "__main__":
    main()
