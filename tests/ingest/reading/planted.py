"""A server of readers that fail in the way that the file's name says: `python -m tests.ingest.reading.planted DESCRIPTOR`."""

import ctypes
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from ingest.model import RawTable
from ingest.reading.sandbox.messages import ReadRequest
from ingest.reading.sandbox.server import main
from ingest.reading.upload import read_upload


def _endlessly() -> None:
    while True:
        pass


def _recursively(depth: int = 0) -> int:
    return _recursively(depth + 1) + 1


def _hoard() -> None:
    kept = []
    while True:
        kept.append(bytearray(1 << 20))


def _write_too_much() -> RawTable:
    column = pa.chunked_array([pa.array(["x" * 1000] * 20_000)] * 100)
    return RawTable(["Texto"], pa.table({"Texto": column}))


def _open_too_much() -> None:
    kept: list[int] = []
    while True:
        kept.append(os.dup(2))


FAILURES: dict[str, Callable[[], object]] = {
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "exit": lambda: os._exit(77),
    "recursion": _recursively,
    "unforeseen": lambda: {}["una celda secreta"],
    "memory": _hoard,
    "output": _write_too_much,
    "descriptors": _open_too_much,
    "endless": _endlessly,
    "asleep": lambda: time.sleep(3600),
    "system_exit": lambda: sys.exit(0),
}


def fail_or_read(request: ReadRequest) -> RawTable:
    """As the file's name says; any other file is read."""
    failure = FAILURES.get(Path(request.file_name).stem)
    if failure is None:
        return read_upload(request)
    planted = failure()
    assert isinstance(planted, RawTable)
    return planted


if __name__ == "__main__":
    main(fail_or_read)
