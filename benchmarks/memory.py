"""The peak memory of the processes that do an import."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

POLL_SECONDS = 0.05


class PeakMemory:
    """Watches a process's descendants while it is open.

    `peak_bytes` is the largest peak (resident set) of one of them that was reached meanwhile: by a process that is new, or
    by one that grew beyond its earlier peak.
    """

    def __init__(self, root_pid: int) -> None:
        self._root = psutil.Process(root_pid)
        self._before = {process.pid: _peak(process.pid) for process in self._root.children(recursive=True)}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak_bytes = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(POLL_SECONDS):
            for process in self._root.children(recursive=True):
                peak = _peak(process.pid)
                if peak > self._before.get(process.pid, 0):
                    self.peak_bytes = max(self.peak_bytes, peak)


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
