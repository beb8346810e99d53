"""`make bench-import`: a million customers through the importer, beside a bare COPY and upsert of the same rows."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.api.load import Latencies, at_rate
from benchmarks.api.platform import Platform, running_platform
from benchmarks.files import retail_workbook
from benchmarks.importing.bare import seconds_to_copy, seconds_to_copy_and_upsert
from benchmarks.importing.dataset import CustomerFiles, write_customers
from benchmarks.memory import PeakMemory
from ingest import imports
from pymeai.settings import Settings
from pymeai.tenancy.provisioning import NewUser, provision
from pymeai.tenancy.tenant import Tenant

ROWS, MORE_ROWS = 1_000_000, 10_000
RATE, IDLE_SECONDS = 50.0, 20.0
LOAD_THREADS = 24


@dataclass(frozen=True)
class Whole:
    """One import from the queue to its end: seconds, the largest memory of a process, and what was counted."""

    seconds: float
    peak_bytes: int
    counts: dict[str, object]


def main() -> int:
    """Measure and print the table."""
    arguments = argparse.ArgumentParser(prog="benchmarks.importing")
    arguments.add_argument("--rows", type=int, default=ROWS)
    rows = arguments.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="pymeai-bench-import-") as name:
        folder = Path(name)
        files = write_customers(folder, rows, seed=1)
        more = write_customers(folder, MORE_ROWS, seed=2, first=rows - MORE_ROWS // 2)
        print(f"{rows:,} rows, {files.messy.stat().st_size / 1e6:.0f} MB, {files.people:,} people", flush=True)
        with running_platform(folder / "home", 10) as platform:
            _measure(platform, files, more)
    _decode()
    return 0


def _measure(platform: Platform, files: CustomerFiles, more: CustomerFiles) -> None:
    settings = platform.settings
    tenants = [_tenant(settings, name) for name in ("Copia", "Copia y guarda", "Importa")]
    copied = seconds_to_copy(settings, tenants[0], files.messy)
    upserted = seconds_to_copy_and_upsert(settings, tenants[1], files.clean)
    with ThreadPoolExecutor(LOAD_THREADS) as pool:
        at_rate(pool, platform.customer, per_second=RATE, seconds=2)
        idle = Latencies(tuple(at_rate(pool, platform.customer, per_second=RATE, seconds=IDLE_SECONDS)))
    whole = _import(settings, tenants[2], files.messy)
    size = files.messy.stat().st_size
    _line("bare COPY into staging", copied, "s")
    _line("bare COPY and upsert", upserted, "s")
    _line("the whole import", whole.seconds, "s")
    _line("speed of the import : COPY and upsert", upserted / whole.seconds, "x", least=0.6)
    _line("peak memory : file", whole.peak_bytes / size, "x", most=5)
    _line("peak memory", whole.peak_bytes / 1e6, "MB", most=400)
    print(f"  {whole.counts}")
    another = _import(settings, tenants[2], more.messy)
    _line(f"{MORE_ROWS:,} rows into {files.people:,} customers", another.seconds, "s", most=5)
    print(f"  {another.counts}", flush=True)
    beside = _beside(platform, tenants[2], files.messy)
    _line("GET by id, p99, idle", idle.p99, "ms")
    _line("GET by id, p99, while it imports", beside.p99, "ms")
    _line("p99 while it imports : idle", beside.p99 / idle.p99, "x", most=2)


def _import(settings: Settings, tenant: Tenant, path: Path) -> Whole:
    with PeakMemory(os.getpid()) as memory:
        said = json.loads(_started(settings, tenant, path).communicate()[0])
    return Whole(said["seconds"], memory.peak_bytes, said["counts"])


def _beside(platform: Platform, tenant: Tenant, path: Path) -> Latencies:
    """Latencies of another company's requests for as long as the file is imported once more."""
    process = _started(platform.settings, tenant, path)
    found: list[float] = []
    with ThreadPoolExecutor(LOAD_THREADS) as pool:
        while process.poll() is None:
            found += at_rate(pool, platform.customer, per_second=RATE, seconds=1)
    process.communicate()
    return Latencies(tuple(found))


def _started(settings: Settings, tenant: Tenant, path: Path) -> subprocess.Popen[bytes]:
    """A process that imports the file: what a run of Dagster does between its first line and its last."""
    with path.open("rb") as stream:
        import_id = imports.create_import(
            settings, tenant, kind="customers", file_name=path.name, stream=stream, user_id=None
        )
    columns = [
        {"source": column.source, "target": column.target or "customer.custom:limite_de_credito"}
        for column in imports.propose(settings, tenant, import_id).columns
    ]
    imports.set_mapping(settings, tenant, import_id, columns, {"repeat": True})
    imports.queue(settings, tenant, import_id)
    command = [sys.executable, "-m", "benchmarks.importing.whole", str(tenant.organization_id), str(import_id)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYMEAI_HOME": str(settings.home)})


def _tenant(settings: Settings, name: str) -> Tenant:
    return provision(settings, name=name, owner=NewUser(f"{name.replace(' ', '')}@correo.example", "x"))


def _decode() -> None:
    """The XLSX of Online Retail beside the bare decode of its cells."""
    workbook = retail_workbook()
    if workbook is None:
        print("Online Retail: skipped, the folder of real data (../shared/data) is not here")
        return
    from python_calamine import CalamineWorkbook

    from ingest.reading.sandbox import client as sandbox

    # As the API does: before the first file comes.
    sandbox.start()
    begun = time.perf_counter()
    CalamineWorkbook.from_path(workbook).get_sheet_by_index(0).to_python()
    bare = time.perf_counter() - begun
    begun = time.perf_counter()
    sandbox.read_file(workbook)
    read = time.perf_counter() - begun
    _line("Online Retail XLSX, bare decode", bare, "s")
    _line("Online Retail XLSX, read", read, "s")
    _line("speed of the reading : bare decode", bare / read, "x", least=0.5)


def _line(name: str, figure: float, unit: str, *, least: float | None = None, most: float | None = None) -> None:
    verdict = ""
    if least is not None:
        verdict = f"{'ok' if figure >= least else 'UNDER'} (at least {least:g})"
    elif most is not None:
        verdict = f"{'ok' if figure <= most else 'OVER'} (at most {most:g})"
    print(f"{name:56} {figure:10.2f} {unit:3} {verdict}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
