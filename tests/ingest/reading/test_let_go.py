"""The memory of a file's cells: given back once they were looked at, and there again when somebody looks again."""

import re
import sys
from pathlib import Path

import pyarrow.compute as pc
import pytest

from ingest.reading.sandbox.client import read_file

KILOBYTES = 4_000


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere files are read in the process itself")
def test_cells_that_were_let_go_are_what_they_were(tmp_path):
    path = tmp_path / "clientes.csv"
    path.write_text("Nombre,Nota\n" + "".join(f"Cliente {n},{n:0100}\n" for n in range(10 * KILOBYTES)))
    table = read_file(path)
    cells = [column.to_pylist() for column in table.frame.columns]
    looked_at = _shared_kilobytes()
    table.let_go()
    assert _shared_kilobytes() < looked_at - KILOBYTES * 3 // 4
    assert [column.to_pylist() for column in table.frame.columns] == cells
    table.let_go()
    assert pc.sum(pc.utf8_length(table.frame.column("Nota"))).as_py() == 1_000 * KILOBYTES


def _shared_kilobytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    found = re.search(r"RssShmem:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1])
