"""`make bench`: imports on a running platform, from the click to the marts, beside a bare COPY of the same rows."""

import os
import secrets
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.bare_copy import seconds_to_copy
from benchmarks.files import RETAIL_COLUMNS, SMALL_COLUMNS, retail_rows, retail_workbook, small_rows, write_small
from benchmarks.memory import PeakMemory
from pymeai.cli.api_client import ApiClient, Registration
from pymeai.errors import PymeError
from pymeai.processes.platform import running
from pymeai.processes.programs import RUN_SERVER, free_port
from pymeai.processes.supervisor import StopRequested
from pymeai.settings import Settings

REPEATS = 5
POLL_SECONDS = 0.1
MARTS_SECONDS = 300.0


def main() -> int:
    """Run both measurements and print their figures."""
    with tempfile.TemporaryDirectory(prefix="pymeai-bench-") as folder:
        settings = Settings(
            home=Path(folder) / "home", api_port=free_port(), dashboard_port=free_port(), dagster_port=free_port()
        )
        # The platform's programs read their settings from the environment.
        for name in ("api_port", "dashboard_port", "dagster_port"):
            os.environ[f"PYMEAI_{name.upper()}"] = str(getattr(settings, name))
        try:
            with running(settings, print) as platform:
                print(f"platform: ready in {platform.seconds:.1f} s")
                platform.supervisor.await_ready(RUN_SERVER)
                _thousand_rows(settings, platform.api_url, Path(folder))
                _online_retail(settings, platform.api_url)
        except (PymeError, StopRequested) as error:
            print(f"benchmark: {getattr(error, 'message', None) or error}", file=sys.stderr)
            return 1
    return 0


def _thousand_rows(settings: Settings, api_url: str, folder: Path) -> None:
    taken = []
    with _signed_in(api_url, "Mil filas") as api:
        # The first one is not counted: it warms what a platform in use has warm.
        for seed in range(REPEATS + 1):
            path = folder / f"ventas-{seed}.csv"
            write_small(path, seed)
            address = api.prepare_import(path, "sales", _quiet)
            expected = (seed + 1) * len(small_rows(seed))
            taken.append(_seconds_to_marts(api, address, expected))
            print(f"  1,000-row CSV, {'warm-up' if seed == 0 else f'run {seed}'}: {taken[-1]:.2f} s")
    rows = [row for seed in range(1, REPEATS + 1) for row in small_rows(seed)]
    copy = seconds_to_copy(settings, SMALL_COLUMNS, rows) / REPEATS
    median = statistics.median(taken[1:])
    print(f"1,000-row CSV, commit call to refreshed marts: median {median:.2f} s of {REPEATS}")
    print(f"  bare COPY of the same rows: {copy * 1000:.1f} ms; ratio {median / copy:.0f}")


def _online_retail(settings: Settings, api_url: str) -> None:
    workbook = retail_workbook()
    if workbook is None:
        print("Online Retail: skipped, the folder of real data (../shared/data) is not here")
        return
    with _signed_in(api_url, "Online Retail") as api, PeakMemory(os.getpid()) as memory:
        begun = time.perf_counter()
        address = api.prepare_import(workbook, "sales", _quiet)
        prepared = time.perf_counter() - begun
        found = api.commit_import(address, _quiet)
        imported = time.perf_counter() - begun - prepared
        while not _sales_in_marts(api):
            time.sleep(POLL_SECONDS)
        refreshed = time.perf_counter() - begun - prepared
    print(f"Online Retail XLSX: in refreshed marts {refreshed:.1f} s after the commit call")
    decoded = time.perf_counter()
    rows = list(retail_rows(workbook))
    decoding = time.perf_counter() - decoded
    copy = seconds_to_copy(settings, RETAIL_COLUMNS, rows)
    print(f"Online Retail XLSX, {found['counts']['rows']:,} rows")
    print(f"  upload, mapping, dry run: {prepared:.1f} s")
    print(
        f"  commit call to the end of the import: {imported:.1f} s; peak memory of a process {memory.peak_bytes / 1e6:.0f} MB"
    )
    print(f"  bare decode of the workbook: {decoding:.1f} s; bare COPY of the same rows: {copy:.1f} s")
    print(f"  import / (decode + COPY): {imported / (decoding + copy):.1f}; import / COPY: {imported / copy:.1f}")


def _seconds_to_marts(api: ApiClient, address: str, expected: int) -> float:
    begun = time.perf_counter()
    api.commit_import(address, _quiet)
    while _sales_in_marts(api) != expected:
        if time.perf_counter() - begun > MARTS_SECONDS:
            raise PymeError(f"the marts did not reach {expected} sales")
        time.sleep(POLL_SECONDS)
    return time.perf_counter() - begun


def _sales_in_marts(api: ApiClient) -> float | None:
    try:
        return api.metric("sales_count")
    except PymeError as error:
        # Before the first refresh of a new platform.
        if error.code != "marts_not_ready":
            raise
        return None


def _signed_in(api_url: str, name: str) -> ApiClient:
    api = ApiClient(api_url)
    email = f"{name.lower().replace(' ', '.')}@bench.example"
    api.sign_in_or_register(Registration(name, "general", "CRC", email, secrets.token_urlsafe(12)))
    return api


def _quiet(_step: str, _done: float) -> None:
    return


if __name__ == "__main__":
    sys.exit(main())
