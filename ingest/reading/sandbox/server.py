"""A process that has the readers imported and forks one child a file, held to limits.

Importing the readers takes a second, and a child that is forked starts in milliseconds. This process reads no file itself,
starts no thread and has none of the platform's secrets in its environment. `ingest.reading.sandbox.client` starts it as
`python -m ingest.reading.sandbox.server DESCRIPTOR`; it ends when nobody holds the other end of that socket any more.
A request is one message with four descriptors: of the socket on which the verdict is awaited, and of the files for the
answer, the table and what the child says as it dies.
"""

import contextlib
import errno
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import NoReturn

from ingest.mapping.synonyms import is_known_header
from ingest.model import RawTable
from ingest.reading.sandbox.limits import Limits, confine
from ingest.reading.sandbox.messages import (
    EXIT_FAILED,
    EXIT_MEMORY,
    EXIT_UNCONFINED,
    ReadRequest,
    Verdict,
    decoded_request,
    write_error,
    write_table,
)
from ingest.reading.upload import read_upload
from pymeai.errors import PymeError

Reader = Callable[[ReadRequest], RawTable]

MAX_MESSAGE_BYTES = 1 << 16
DESCRIPTORS = 4
MAX_CHILDREN = max(4, 2 * (os.cpu_count() or 1))
"""At once; who asks for more waits."""


@dataclass
class _Child:
    pid: int
    # Readable when it has ended.
    pidfd: int
    verdict: socket.socket
    deadline: float
    timed_out: bool = False


class ReadingServer:
    """Forks readers, ends those whose time is up or whose asker is gone, and tells how each of them ended."""

    def __init__(self, control: socket.socket, reader: Reader) -> None:
        self._control = control
        self._reader = reader
        self._children: list[_Child] = []
        self._open = True

    def serve(self) -> None:
        """Answer until nobody can ask any more; children that still read end with this process."""
        while self._open or self._children:
            with selectors.DefaultSelector() as selector:
                if self._open and len(self._children) < MAX_CHILDREN:
                    selector.register(self._control, selectors.EVENT_READ)
                for child in self._children:
                    selector.register(child.pidfd, selectors.EVENT_READ)
                    selector.register(child.verdict, selectors.EVENT_READ)
                ready = {key.fd for key, _ in selector.select(self._next_deadline())}
            for child in list(self._children):
                if child.pidfd in ready:
                    self._bury(child)
                # Nothing is ever sent to that socket: it is readable when its other end is closed.
                elif child.verdict.fileno() in ready:
                    signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)
                    self._bury(child)
                elif child.deadline <= time.monotonic():
                    child.timed_out = True
                    signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)
                    self._bury(child)
            if self._control.fileno() in ready:
                self._take()

    def _next_deadline(self) -> float | None:
        if not self._children:
            return None
        return max(0.0, min(child.deadline for child in self._children) - time.monotonic())

    def _take(self) -> None:
        message, descriptors, _, _ = socket.recv_fds(self._control, MAX_MESSAGE_BYTES, DESCRIPTORS)
        if not message:
            self._open = False
            return
        verdict = socket.socket(fileno=descriptors[0])
        request, limits = decoded_request(message)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            # Held open here, they would answer for a server that is gone.
            self._control.close()
            for child in self._children:
                child.verdict.close()
                os.close(child.pidfd)
            verdict.close()
            _be_the_reader(self._reader, request, limits, parent, descriptors[1:])
        for descriptor in descriptors[1:]:
            os.close(descriptor)
        deadline = time.monotonic() + limits.wall_seconds
        self._children.append(_Child(pid, os.pidfd_open(pid), verdict, deadline))

    def _bury(self, child: _Child) -> None:
        _, status = os.waitpid(child.pid, 0)
        verdict = Verdict(os.waitstatus_to_exitcode(status), child.timed_out)
        # Who asked may be gone.
        with contextlib.suppress(OSError):
            child.verdict.sendall(json.dumps(asdict(verdict)).encode())
        child.verdict.close()
        os.close(child.pidfd)
        self._children.remove(child)


def _be_the_reader(reader: Reader, request: ReadRequest, limits: Limits, parent: int, files: list[int]) -> NoReturn:
    """In the child: give up what is not needed, read, end. `files` are the answer's, the table's and the last words'."""
    answer, frame, last_words = files
    try:
        confine(limits, parent)
    except BaseException:  # noqa: BLE001 - without limits nothing is read
        traceback.print_exc()
        os._exit(EXIT_UNCONFINED)
    os.dup2(last_words, sys.stderr.fileno())
    os.close(last_words)
    _read(reader, request, answer, frame)


def _read(reader: Reader, request: ReadRequest, answer: int, frame: int) -> NoReturn:
    """Read, answer, end."""
    try:
        with os.fdopen(answer, "wb") as answer_file, os.fdopen(frame, "wb") as frame_file:
            try:
                table = reader(request)
            except PymeError as error:
                write_error(error, answer_file)
            else:
                write_table(table, answer_file, frame_file)
    except MemoryError:
        os._exit(EXIT_MEMORY)
    except OSError as error:
        # More is written than the file may have, or there is no memory for a thread.
        os._exit(EXIT_MEMORY if error.errno in (errno.EFBIG, errno.ENOMEM) else EXIT_FAILED)
    except BaseException as error:  # noqa: BLE001 - the reader's panics derive from it; whatever it was, the file is at fault
        # Where it failed, and never the message, which may quote a cell.
        traceback.print_tb(error.__traceback__)
        sys.stderr.write(f"{type(error).__name__}\n")
        sys.stderr.flush()
        os._exit(EXIT_FAILED)
    os._exit(0)


def _preload() -> None:
    """What each child would otherwise do anew: the synonyms are read from their file, the second parser is imported."""
    is_known_header("nombre")
    importlib.import_module("python_calamine")


def main(reader: Reader = read_upload) -> None:
    """Serve the socket whose descriptor is the first argument, each child with `reader`."""
    # Ctrl-C in a terminal is the asker's to hear; when it ends, the socket closes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _preload()
    gc.collect()
    # What is here stays: a collection in a child would otherwise copy the pages it shares with this process.
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        ReadingServer(control, reader).serve()


if __name__ == "__main__":
    main()
