"""Ends the platform's processes when its supervisor lets go of them, even if it was killed.

Run by the supervisor as `python -m pymeai.processes.guardian HOME embedded|external`, in a session of its own. It reads lines "+<id>" and
"-<id>" (process groups that started and ended) until its input closes: then it ends every group that is left, first
kindly, and stops the embedded PostgreSQL if nobody else uses it.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

GRACE_SECONDS = 12.0
POLL_SECONDS = 0.05


def follow(lines: Iterable[str]) -> set[int]:
    """The process groups that are left when the lines end."""
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def end_groups(groups: set[int], grace_seconds: float = GRACE_SECONDS) -> None:
    """Terminate process groups, kill what is left of them after the grace, and return when all are gone."""
    for group in groups:
        _signal(group, signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while (left := {group for group in groups if is_alive(group)}) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    for group in left:
        _signal(group, signal.SIGKILL)
    deadline = time.monotonic() + 2.0
    while any(is_alive(group) for group in left) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def is_alive(group: int) -> bool:
    """Whether a process of the group runs; a dead one that nobody has buried yet does not count."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _all_dead(group)


def _all_dead(group: int) -> bool:
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, psutil.Error):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                return False
    return True


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def main() -> None:
    """Read from standard input until the supervisor is gone; see the module."""
    # Ctrl-C is the supervisor's to answer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    home, embedded_mode = Path(sys.argv[1]), sys.argv[2] == "embedded"
    end_groups(follow(sys.stdin))
    if embedded_mode:
        from pymeai.database import embedded
        from pymeai.settings import Settings

        settings = Settings(home=home)
        if embedded.running_port(home / "postgres") is not None:
            embedded.ensure_running(settings)
            embedded.stop(settings)


if __name__ == "__main__":
    main()
