"""Has files read by a process with limits, so that no file can harm the one that asks."""

import atexit
import contextlib
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import ingest
from ingest.model import RawTable
from ingest.reading.filetype import MAX_BYTES, unreadable
from ingest.reading.sandbox.limits import Limits, limits_for
from ingest.reading.sandbox.messages import (
    EXIT_MEMORY,
    EXIT_UNCONFINED,
    ReadRequest,
    Verdict,
    encoded_request,
    read_answer,
)
from pymeai.errors import PymeError, TooLarge, Unavailable

LOGGER = logging.getLogger(__name__)

SERVER = (sys.executable, "-m", "ingest.reading.sandbox.server")
_ATTEMPTS = 2
_ANSWER_SECONDS = 3600.0
"""A server that does not answer for so long is given up: the largest upload may take 10 minutes, and wait for others."""
_END_SECONDS = 5.0
# What reading needs of the environment: none of the platform's secrets is among it.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE")
_OWN = {
    # Arrow's own allocator takes a gigabyte of addresses at once, which no limit could tell from use.
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
    # Each thread takes memory for its stack.
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_IO_THREADS": "2",
}
_LAST_WORDS_BYTES = 1 << 16
_PLACE = re.compile(r'^  File "(.*), in ', re.MULTILINE)
_WORDS_OF_MEMORY = (
    b"memory allocation of",
    b"bad_alloc",
    b"Cannot allocate memory",
    b"Resource temporarily unavailable",
)


class ReadingProcess:
    """The server of this process and of those forked from it: started when it is first needed, and again when it is gone.

    `command` starts it; the descriptor of its socket is put after it.
    """

    def __init__(self, command: Sequence[str] = SERVER) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._starter = 0

    def start(self) -> None:
        """Start the server, without waiting until it is ready."""
        with self._lock:
            self._started()

    def read(self, request: ReadRequest, limits: Limits) -> RawTable:
        """Have a file read within limits.

        Raises what reading it raises; TooLarge where it breaks a limit, UnsupportedFile where it breaks the reader, and
        Unavailable where no process can be had.
        """
        for _ in range(_ATTEMPTS):
            with self._lock:
                control = self._started()
            with _memory_file() as answer, _memory_file() as frame, _memory_file() as last_words:
                verdict = _asked(control, request, limits, answer, frame, last_words)
                if verdict is None:
                    self._give_up(control)
                elif verdict.exit_code == 0:
                    return read_answer(answer, frame)
                elif verdict.exit_code == EXIT_UNCONFINED:
                    raise _unavailable()
                else:
                    raise _refusal(verdict, request.file_name, last_words)
        raise _unavailable()

    def stop(self) -> None:
        """End the server, if it is this process's own."""
        with self._lock:
            self._forget()

    def after_fork(self) -> None:
        """In a forked child: the server goes on for both; a lock that another thread held does not."""
        self._lock = threading.Lock()

    def _started(self) -> socket.socket:
        if self._control is not None:
            return self._control
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                self._server = subprocess.Popen(
                    [*self._command, str(theirs.fileno())],
                    env=_environment(),
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError as error:
                ours.close()
                raise _unavailable() from error
        self._control, self._starter = ours, os.getpid()
        return ours

    def _give_up(self, control: socket.socket) -> None:
        LOGGER.warning("the reading process is gone; another one is started")
        with self._lock:
            if self._control is control:
                self._forget()

    def _forget(self) -> None:
        if self._control is None:
            return
        self._control.close()
        self._control = None
        server, self._server = self._server, None
        if server is None or self._starter != os.getpid():
            return
        try:
            server.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


_PROCESS = ReadingProcess()
atexit.register(_PROCESS.stop)
os.register_at_fork(after_in_child=_PROCESS.after_fork)


def start() -> None:
    """Start what reads files ahead of the first one."""
    if sys.platform == "linux":
        _PROCESS.start()


def read_safely(request: ReadRequest) -> RawTable:
    """The table in a file, read in a process of its own with limits of memory and time: the only way for an uploaded file.

    Raises what `ingest.reading.upload.read_upload` raises; TooLarge where the file breaks a limit, UnsupportedFile where
    it breaks the reader, Unavailable where no process can be had.
    """
    if sys.platform != "linux":
        # The limits are Linux's.
        from ingest.reading.upload import read_upload

        return read_upload(request)
    return _PROCESS.read(request, limits_for(Path(request.path)))


def read_file(path: Path, *, sheet: str | None = None) -> RawTable:
    """The table in a file of one's own, read as `read_safely` does; of electronic invoices anybody's."""
    return read_safely(ReadRequest(str(path.absolute()), path.name, MAX_BYTES, sheet))


def _environment() -> dict[str, str]:
    root = str(Path(ingest.__file__).resolve().parents[1])
    inherited = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**inherited, **_OWN, "PYTHONPATH": os.pathsep.join(paths)}


@contextlib.contextmanager
def _memory_file() -> Iterator[BinaryIO]:
    with os.fdopen(os.memfd_create("pymeai-reading"), "w+b") as file:
        yield file


def _asked(
    control: socket.socket,
    request: ReadRequest,
    limits: Limits,
    answer: BinaryIO,
    frame: BinaryIO,
    last_words: BinaryIO,
) -> Verdict | None:
    """How the reading ended; None where the server is gone."""
    awaited, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with awaited:
        with theirs:
            descriptors = [theirs.fileno(), answer.fileno(), frame.fileno(), last_words.fileno()]
            try:
                socket.send_fds(control, [encoded_request(request, limits)], descriptors)
            except OSError:
                return None
        awaited.settimeout(_ANSWER_SECONDS)
        try:
            told = awaited.recv(4096)
        except OSError:
            return None
    return Verdict(**json.loads(told)) if told else None


def _unavailable() -> Unavailable:
    return Unavailable("En este momento no se pueden leer archivos. Intente de nuevo en un minuto.")


def _refusal(verdict: Verdict, name: str, last_words: BinaryIO) -> PymeError:
    last_words.seek(0)
    said = last_words.read(_LAST_WORDS_BYTES)
    if verdict.timed_out or verdict.exit_code == -signal.SIGXCPU:
        return TooLarge(
            f"El archivo «{name}» tarda demasiado en leerse. Divídalo en partes más pequeñas, o guárdelo como CSV, y "
            "vuelva a subirlo.",
            code="file_too_slow",
        )
    ran_out = verdict.exit_code in (EXIT_MEMORY, -signal.SIGKILL)
    if ran_out or any(words in said for words in _WORDS_OF_MEMORY):
        return TooLarge(
            f"El archivo «{name}» ocupa demasiado al abrirlo. Divídalo en partes más pequeñas, sin filas ni columnas "
            "vacías de más, y vuelva a subirlo.",
            code="file_too_large",
        )
    LOGGER.warning("a file broke its reader: %s; %s", verdict, " < ".join(_places(said)))
    return unreadable(name)


def _places(said: bytes) -> list[str]:
    """Where the reader failed: of what it said the lines of code alone, as others may quote a cell."""
    return _PLACE.findall(said.decode(errors="replace"))[-5:]
