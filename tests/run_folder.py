"""The folder of a run of the tests, with its database: in memory where there is room.

A run makes some 500 companies, of 150 files each. On a disk they are written, and removed one by one: with 250 of them
the end of a run took 54 s, of which no test said anything.
"""

import shutil
import tempfile
from os import getpid
from pathlib import Path

import psutil

MEMORY = Path("/dev/shm")
NEEDED = 6 * 2**30
"""Bytes. A whole run takes up to 3 GB, of which up to 2 GB are PostgreSQL's log; the other half is for other processes."""
PREFIX = "pymeai-test-"


def new_run_folder(memory: Path = MEMORY, needed: int = NEEDED) -> Path:
    """A folder of this process's own: in `memory` where that has `needed` bytes, else where temporary files go."""
    if not memory.is_dir():
        return _made(None)
    _remove_what_killed_runs_left(memory)
    room = min(shutil.disk_usage(memory).free, psutil.virtual_memory().available)
    return _made(memory if room >= needed else None)


def _made(where: Path | None) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{getpid()}-", dir=where))


def _remove_what_killed_runs_left(memory: Path) -> None:
    """Memory is given back; a server that still runs there ends by itself within a minute of losing its folder."""
    for folder in memory.glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
