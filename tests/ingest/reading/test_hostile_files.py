"""Files made to harm whoever opens them: each ends in one Spanish error, and the next file is read."""

import subprocess
import sys
from pathlib import Path

import pytest

from ingest.reading.sandbox.client import read_file
from pymeai.errors import PymeError
from tests.ingest.hostile_files import GOOD_ROWS, HOSTILE, workbook

MEASURED = """
import resource, sys
from pathlib import Path
from ingest.reading.sandbox import client
from pymeai.errors import PymeError

def peaks():
    # With the server those that it forked are counted, once they have ended.
    client._PROCESS.stop()
    return [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]

folder = Path(sys.argv[1])
client.read_file(folder / "buena.xlsx")
before = peaks()
for path in sorted(folder.glob("*/*")):
    try:
        client.read_file(path)
    except PymeError:
        continue
    raise SystemExit(f"{path} was read")
print(*(after - first for after, first in zip(peaks(), before)))
"""
"""Prints by how many kB the peak of the asker grew, and that of the largest process that read."""


def test_hostile_files_take_little_memory_here_and_a_hundred_megabytes_there(tmp_path: Path) -> None:
    (tmp_path / "buena.xlsx").write_bytes(workbook(GOOD_ROWS))
    for kind, (name, content, _) in HOSTILE.items():
        (tmp_path / kind).mkdir()
        (tmp_path / kind / name).write_bytes(content())
    measured = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert measured.returncode == 0, measured.stderr
    here, there = (int(kilobytes) // 1024 for kilobytes in measured.stdout.split())
    assert here < 10
    assert there < 100


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_ends_in_one_error_and_the_next_one_is_read(tmp_path: Path, kind: str) -> None:
    name, content, code = HOSTILE[kind]
    (tmp_path / name).write_bytes(content())
    (tmp_path / "buena.xlsx").write_bytes(workbook(GOOD_ROWS))
    with pytest.raises(PymeError) as refused:
        read_file(tmp_path / name)
    assert refused.value.code == code
    assert 400 <= refused.value.status < 500
    assert name in refused.value.message
    assert refused.value.message.endswith(".")
    assert read_file(tmp_path / "buena.xlsx").frame.to_pylist() == [{"Nombre": "Ana", "Correo": "ana@ejemplo.cr"}]
