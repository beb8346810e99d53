"""What a process that reads one file may use: the more, the larger the file is on the disk."""

import contextlib
import ctypes
import math
import os
import re
import resource
import signal
from dataclasses import dataclass
from pathlib import Path

_MEGABYTE = 1 << 20

# Measured (docs/decisions/0012): memory that reading takes, beyond that of a process that has all imported, and seconds
# of a core. A small file has to end within 100 MB, hostile or not.
_MEMORY = 64 * _MEGABYTE
_MOST_MEMORY = 2048 * _MEGABYTE
_CPU_SECONDS = 4.0
# A machine with other work to do is slow, and the file is not to blame.
_WALL_TO_CPU = 4.0
# For each byte of the file, and for each of its megabytes: of what is packed, as workbooks are, and of text.
_MEMORY_OF_PACKED, _MEMORY_OF_TEXT = 50, 10
_CPU_OF_PACKED, _CPU_OF_TEXT = 1.5, 0.5

_OPEN_FILES = 64
_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38


@dataclass(frozen=True)
class Limits:
    """Of one reading: bytes of memory beyond what the process has already, seconds of a core, seconds of the clock."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float


def limits_for(path: Path) -> Limits:
    """The limits for a file; of one that cannot be opened those of an empty one, whose reading says why."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            packed = file.read(4) in _PACKED
    except OSError:
        size, packed = 0, False
    memory = _MEMORY + (_MEMORY_OF_PACKED if packed else _MEMORY_OF_TEXT) * size
    cpu = math.floor(_CPU_SECONDS + (_CPU_OF_PACKED if packed else _CPU_OF_TEXT) * size / _MEGABYTE)
    return Limits(min(memory, _MOST_MEMORY), cpu, _WALL_TO_CPU * cpu)


def confine(limits: Limits, parent: int) -> None:
    """Hold this process, a child of `parent`, to the limits for good; it ends with its parent, and leaves no core behind.

    Memory is limited as data (RLIMIT_DATA), not as address space: glibc reserves 64 MB of addresses a thread that it
    never uses.
    """
    _end_with(parent)
    # What the kernel kills first where the machine itself runs out of memory; some containers do not let it be said.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    # Cores that go to a program instead of a file are not held back by RLIMIT_CORE.
    _prctl(_PR_SET_DUMPABLE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _limit(resource.RLIMIT_FSIZE, limits.memory_bytes)
    # At the soft limit it is SIGXCPU that ends it, which tells it from a lack of memory; at the hard one SIGKILL.
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1)
    _limit(resource.RLIMIT_DATA, _data_bytes() + limits.memory_bytes)


def _end_with(parent: int) -> None:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # It may have ended before it was asked for.
    if os.getppid() != parent:
        os._exit(1)


_LIBC = ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    """Lower a limit, where it is not lower already."""
    now = resource.getrlimit(kind)[1]
    lowest = [value if now == resource.RLIM_INFINITY else min(value, now) for value in (soft, hard or soft)]
    resource.setrlimit(kind, (lowest[0], lowest[1]))


def _data_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    found = re.search(r"VmData:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0
