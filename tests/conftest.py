"""A real PostgreSQL for all tests: the embedded one, or the server that PYMEAI_DATABASE_URL names.

Each worker has a database of its own in that server, migrated once.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings
from psycopg import sql
from sqlalchemy import make_url

from pymeai.database import embedded
from pymeai.database.bootstrap import connection_string
from pymeai.database.connections import administrator_url
from pymeai.database.migrate import migrate
from pymeai.settings import Settings
from pymeai.tenancy.provisioning import provision
from pymeai.tenancy.tenant import Tenant

# A machine with other work to do is slow, not wrong; the same examples in every run, so that a red test is red again.
hypothesis_settings.register_profile("pymeai", deadline=None, derandomize=True)
hypothesis_settings.load_profile("pymeai")

TODAY = date(2026, 11, 16)
SECRET = "a secret that only tests have, the same for all their workers"
LONGEST = (
    "tests/openapi/",
    "tests/main_job/",
    "tests/orchestration/",
    "tests/crm_api/",
    "tests/dashboards/",
    "tests/kula/",
)
"""Where the files are that take longest: begun last, one of them would keep a single worker busy for minutes."""
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def settings() -> Iterator[Settings]:
    """Settings of a platform in a folder and a database of this worker's own, at the newest schema."""
    home = Path(tempfile.mkdtemp(prefix="pymeai-test-"))
    given = os.environ.get("PYMEAI_DATABASE_URL")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    server = Settings(home=home, database_url=given, secret_key=SECRET, today=TODAY)
    if given is None:
        _without_waiting_for_the_disk(server)
    with new_database(server, f"pymeai_test_{os.getpid()}_{worker}") as ours:
        yield ours
    embedded.stop(server)
    shutil.rmtree(home, ignore_errors=True)


def _without_waiting_for_the_disk(server: Settings) -> None:
    """What is in this server need not outlive the machine; the death of its processes it survives all the same."""
    url = administrator_url(server).set(database="postgres")
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        connection.execute("alter system set fsync = off")
        connection.execute("alter system set full_page_writes = off")
        connection.execute("select pg_reload_conf()")


@contextmanager
def new_database(server: Settings, name: str) -> Iterator[Settings]:
    """A database of this name at the newest schema, in the server of these settings; removed after."""
    url = administrator_url(server).set(database="postgres").render_as_string(hide_password=False)
    ours = administrator_url(server).set(database=name).render_as_string(hide_password=False)
    settings = server.model_copy(update={"database_url": ours})
    migrate(settings)
    yield settings
    drop_database(url, name)


def drop_database(url: str, name: str) -> None:
    """Remove a database of ours from the server that `url` leads to."""
    with psycopg.connect(connection_string(make_url(url)), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


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
