"""A real PostgreSQL for all tests: the embedded one, or the server that PYMEAI_DATABASE_URL names.

Each worker has a database of its own in that server, a copy of one that was migrated once (tests/prepared.py).
"""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from pymeai.settings import Settings
from pymeai.tenancy.provisioning import provision
from pymeai.tenancy.tenant import Tenant
from tests.prepared import Prepared
from tests.run_folder import new_run_folder

OwnDatabase = Callable[[str], AbstractContextManager[Settings]]

# A machine with other work to do is slow, not wrong; the same examples in every run, so that a red test is red again.
hypothesis_settings.register_profile("pymeai", deadline=None, derandomize=True)
hypothesis_settings.load_profile("pymeai")

TODAY = date(2026, 11, 16)
SECRET = "a secret that only tests have, the same for all their workers"
LONGEST = (
    "tests/main_job/",
    "tests/openapi/",
    "tests/crm_api/test_webhooks",
    "tests/orchestration/test_import_job.py",
    "tests/crm_api/test_isolation.py",
    "tests/crm_api/test_robustness.py",
    "tests/dbt/test_refresh.py",
    "tests/orchestration/test_refresh.py",
    "tests/kula/test_hostile.py",
    "tests/kula/test_answers.py",
    "tests/metrics/test_answers.py",
    "tests/dashboards/test_pages.py",
    "tests/ingest/loading/",
    "tests/crm_api/",
    "tests/dashboards/",
    "tests/orchestration/",
)
"""The files that take longest, in this order: begun last, one would keep a single worker busy while others have done.

The first two take minutes, the first of them mostly waiting: they are begun by different workers.
"""
FEW = 300
"""A run of so few tests makes the marts where it needs them: seconds that a single test should not wait for."""
FOLDER = pytest.StashKey[Path]()
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def prepared(request: pytest.FixtureRequest) -> Iterator[Prepared]:
    """The server that all workers share, with the database that theirs are copies of."""
    shared = _prepared(request.config)
    shared.make(marts=len(request.session.items) > FEW)
    yield shared
    shared.leave()


@pytest.fixture(scope="session")
def own_database(prepared: Prepared) -> OwnDatabase:
    """A platform in a folder and a database of its own, at the newest schema and without tenants; removed after."""
    return lambda name: prepared.database(f"{os.environ.get('PYTEST_XDIST_WORKER', 'gw0')}_{name}")


@pytest.fixture(scope="session")
def settings(own_database: OwnDatabase) -> Iterator[Settings]:
    """Settings of a platform in a folder and a database of this worker's own."""
    with own_database("main") as ours:
        yield ours


@pytest.fixture(scope="session")
def new_tenant(settings: Settings) -> Callable[[str], Tenant]:
    """Make a tenant with the given name."""
    return lambda name: provision(settings, name=name)


@pytest.fixture(scope="module")
def tenant_a(new_tenant: Callable[[str], Tenant]) -> Tenant:
    """A company of this module's own."""
    return new_tenant("Ferretería de prueba")


@pytest.fixture(scope="module")
def tenant_b(new_tenant: Callable[[str], Tenant]) -> Tenant:
    """Another company, whose data nobody else may see."""
    return new_tenant("Tours de prueba")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data with known totals; skips where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder of real data (../shared/data) is not here")
    return SHARED_DATA


def pytest_configure(config: pytest.Config) -> None:
    """The folder of this run, known to all its workers."""
    told = getattr(config, "workerinput", {}).get("folder")
    config.stash[FOLDER] = Path(told) if told else new_run_folder()
    # What is imported and collected stays to the end: looking through it again and again for garbage, while it grows, took
    # 5 of the 18 CPU seconds of collecting.
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on the garbage collector works, on what the tests make."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker."""
    node.workerinput["folder"] = str(node.config.stash[FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Nothing of the run stays."""
    if not hasattr(config, "workerinput"):
        _prepared(config).remove()


def _prepared(config: pytest.Config) -> Prepared:
    folder = config.stash[FOLDER]
    given = os.environ.get("PYMEAI_DATABASE_URL")
    return Prepared(folder, Settings(home=folder, database_url=given, secret_key=SECRET, today=TODAY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; otherwise as collected."""
    places = {prefix: place for place, prefix in enumerate(LONGEST)}
    items.sort(key=lambda item: next((place for prefix, place in places.items() if item.nodeid.startswith(prefix)), 99))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests counted (record_property("counted", …)), with the cases of the isolation matrix, below everything."""
    reports = terminalreporter.getreports("passed")
    counted = [str(value) for report in reports for name, value in report.user_properties if name == "counted"]
    isolation = [report for report in reports if "crm_api/test_isolation" in report.nodeid]
    if isolation:
        # A case that tries several people says how many.
        cases = sum(int(dict(report.user_properties).get("isolation", 1)) for report in isolation)
        counted.append(f"isolation matrix: {cases} cases")
    for line in counted:
        terminalreporter.write_line(line)
