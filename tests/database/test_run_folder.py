"""Where a run of the tests keeps its database."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.run_folder import PREFIX, new_run_folder

MORE_THAN_ANY_MACHINE_HAS = 2**60


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    folder = tmp_path / "disk"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    folder = tmp_path / "memory"
    folder.mkdir()
    return folder


def test_a_run_stays_in_memory_where_there_is_room(disk: Path, memory: Path) -> None:
    assert new_run_folder(memory, 1).parent == memory
    assert new_run_folder(memory, MORE_THAN_ANY_MACHINE_HAS).parent == disk
    assert new_run_folder(memory / "of another system", 1).parent == disk


def test_what_a_killed_run_left_is_removed_and_nothing_else(disk: Path, memory: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = memory / f"{PREFIX}{ended.pid}-abcdefgh"
    (left / "postgres").mkdir(parents=True)
    others = [memory / f"{PREFIX}{os.getppid()}-abcdefgh", memory / "of somebody else"]
    for folder in others:
        folder.mkdir()
    ours = new_run_folder(memory, 1)
    assert sorted(memory.iterdir()) == sorted([*others, ours])
