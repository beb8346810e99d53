"""The peak memory of the processes that do an import."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

POLL_SECONDS = 0.05


class PeakMemory:
    """Watches the descendants of a process that appear while it is open; `peak_bytes` is the largest one's peak RSS."""

    def __init__(self, root_pid: int) -> None:
        self._root = psutil.Process(root_pid)
        self._known = {process.pid for process in self._root.children(recursive=True)}
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
                if process.pid not in self._known:
                    self.peak_bytes = max(self.peak_bytes, _peak(process.pid))


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
