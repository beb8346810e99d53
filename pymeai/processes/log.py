"""The platform's one log: a prefix a process, in a file, and in colours on a terminal."""

import re
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO

from pymeai.clock import COSTA_RICA

NAME_WIDTH = 8
KEPT_BYTES = 20_000_000
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

Show = Callable[[str, str, str], None]
"""Shows one line on the terminal: the process's name, its colour, the text."""


class Log:
    """Writes lines of many processes, whole lines only, from any thread."""

    def __init__(self, path: Path, show: Show | None = None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > KEPT_BYTES:
            path.replace(path.with_suffix(".1.log"))
        self.path = path
        self._file = path.open("a", encoding="utf-8")
        self._show = show
        self._lock = threading.Lock()
        self._last: dict[str, deque[str]] = {}

    def write(self, name: str, color: str, text: str) -> None:
        """Add one line."""
        plain = _ESCAPES.sub("", text).rstrip()
        if not plain:
            return
        moment = datetime.now(COSTA_RICA).strftime("%Y-%m-%d %H:%M:%S")
        with self._lock:
            self._last.setdefault(name, deque(maxlen=20)).append(plain)
            if not self._file.closed:
                self._file.write(f"{moment} {name:<{NAME_WIDTH}} | {plain}\n")
                self._file.flush()
        if self._show is not None:
            self._show(name, color, text.rstrip())

    def last_word(self, name: str) -> str:
        """The last line of a process that says something, for an error message; empty where it said nothing."""
        lines = [line for line in self._last.get(name, ()) if line.strip(" ^~|")]
        return lines[-1].strip()[:300] if lines else ""

    def follow(self, name: str, color: str, stream: IO[str]) -> threading.Thread:
        """Copy a process's output to the log until it ends, in a thread that is returned."""

        def copy() -> None:
            with stream:
                for line in stream:
                    self.write(name, color, line)

        thread = threading.Thread(target=copy, name=f"log-{name}", daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """Close the file; later lines are shown only."""
        with self._lock:
            self._file.close()
