"""PostgreSQL stops in the middle of an import, and the same file comes twenty times at once: nothing, or all of it once."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from uuid import UUID

import psutil
import pytest

from ingest import imports
from pymeai.database import embedded
from pymeai.database.connections import engine_for
from pymeai.database.migrate import migrate
from pymeai.errors import Unavailable
from pymeai.settings import Settings
from pymeai.tenancy.provisioning import provision
from tests.ingest.loading import killed
from tests.ingest.loading.conftest import Company
from tests.ingest.loading.killed import ALL, NOTHING

TOGETHER = 20
SEED = 20_261_123


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A server of this test's own, to be stopped at will; with its safety on, unlike the one that the other tests share."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PYMEAI_DATABASE_URL", "PYMEAI_SECRET_KEY"):
            patch.delenv(name, raising=False)
        settings = Settings(home=tmp_path_factory.mktemp("outage") / "home", database_url=None, secret_key=None)
        migrate(settings)
        yield settings
        _forget_connections(settings)
        embedded.stop(settings)


@pytest.mark.parametrize("outages", [5, pytest.param(20, marks=pytest.mark.torture)])
def test_a_database_that_stops_in_the_middle_of_an_import(own: Settings, outages: int) -> None:
    companies = [Company(own, provision(own, name=name)) for name in ("Se apaga", "También se apaga")]
    seconds, port = _seconds_of_one(companies[0]), embedded.ensure_running(own)
    chosen, cut = random.Random(SEED), 0
    for attempt in range(3 * outages):
        company, prefix = companies[attempt % 2], f"A{attempt}"
        import_id = killed.queued(company, prefix)
        begun = Event()
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(_run_once, company, import_id, begun)
            begun.wait()
            _stop_after(own, chosen.uniform(0, 0.8 * seconds))
            ended = running.result()
        _forget_connections(own)
        # Where the pools of all other processes look for it.
        assert embedded.ensure_running(own) == port
        after = killed.rows(company, import_id, prefix)
        assert after in (NOTHING, ALL), attempt
        # What was said to be done is there.
        assert after == ALL or not ended, attempt
        killed.run(own, company, import_id)
        assert killed.rows(company, import_id, prefix) == ALL, attempt
        assert imports.get_import(own, company.tenant, import_id).status == "done"
        cut += not ended
        if cut == outages:
            break
    for company in companies:
        assert killed.left_behind(company) == []
    assert cut == outages


def test_the_same_file_twenty_times_at_once_is_loaded_once(company: Company) -> None:
    import_ids = [killed.queued(company, "J") for _ in range(TOGETHER)]

    with killed.processes().Pool(TOGETHER) as pool:
        said = Counter(
            pool.starmap(killed.code_of_run, [(company, import_id) for import_id in import_ids], chunksize=1)
        )
    assert said == {"loaded": 1, "already_imported": TOGETHER - 1}
    [loaded] = [
        each for each in import_ids if imports.get_import(company.settings, company.tenant, each).status == "done"
    ]
    assert killed.rows(company, loaded, "J") == ALL
    assert company.value("select count(*) from import_changes") == ALL.changes


def _seconds_of_one(company: Company) -> float:
    # The first one warms what the others find warm.
    killed.run(company.settings, company, killed.queued(company, "M0"))
    import_id = killed.queued(company, "M1")
    begun = time.perf_counter()
    killed.run(company.settings, company, import_id)
    return time.perf_counter() - begun


def _run_once(company: Company, import_id: UUID, begun: Event) -> bool:
    """Whether it ended before the database stopped; that it did not is said as such, and never as a fault of the file's."""
    begun.set()
    try:
        killed.run(company.settings, company, import_id)
    except Unavailable:
        return False
    return True


def _stop_after(settings: Settings, seconds: float) -> None:
    """Let the server run so long, then stop it as a power cut would: no session ends its transaction."""
    lines = Path(settings.home_path / "postgres/data/postmaster.pid").read_text().splitlines()
    server = psutil.Process(int(lines[0]))
    with pytest.raises(psutil.TimeoutExpired):
        server.wait(seconds)
    os.kill(server.pid, signal.SIGQUIT)
    server.wait(30)


def _forget_connections(settings: Settings) -> None:
    """As the process of another attempt would: none of the connections that broke."""
    for role in ("api", "owner"):
        engine_for(settings, role).dispose()
