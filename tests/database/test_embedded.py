"""The embedded server: shared by processes, stopped with the last, back on the same port."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from pymeai.database import embedded
from pymeai.database.bootstrap import bootstrap, connection_string
from pymeai.database.connections import administrator_url, role_password, role_url
from pymeai.settings import Settings

HOLD = """
import sys
from pathlib import Path
from pymeai.database import embedded
from pymeai.settings import Settings
print(embedded.ensure_running(Settings(home=Path(sys.argv[1]))), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    # A server of one's own, where the tests were given one, is not what is tried here.
    for name in ("PYMEAI_DATABASE_URL", "PYMEAI_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings(home=tmp_path / "home", database_url=None, secret_key=None)
    yield settings
    embedded.stop(settings)


def hold(settings: Settings) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(settings.home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def release(process: subprocess.Popen[str]) -> None:
    process.communicate()
    assert process.returncode == 0


def test_two_processes_share_one_server_and_the_last_stops_it(own: Settings) -> None:
    first, first_port = hold(own)
    second, second_port = hold(own)
    folder = own.home_path / "postgres"
    assert first_port == second_port == embedded.running_port(folder)
    release(first)
    assert embedded.running_port(folder) == second_port
    release(second)
    assert embedded.running_port(folder) is None


def test_a_killed_server_comes_back_on_its_port(own: Settings) -> None:
    port = embedded.ensure_running(own)
    pid = int((own.home_path / "postgres/data/postmaster.pid").read_text().splitlines()[0])
    server = psutil.Process(pid)
    children = server.children(recursive=True)
    server.kill()
    psutil.wait_procs([server, *children], timeout=20)
    assert embedded.ensure_running(own) == port


def test_even_the_administrator_needs_a_password(own: Settings) -> None:
    embedded.ensure_running(own)
    url = administrator_url(own).set(database="postgres")
    with psycopg.connect(connection_string(url)) as connection:
        assert connection.execute("show password_encryption").fetchone() == ("scram-sha-256",)
        lines = connection.execute("select auth_method from pg_hba_file_rules").fetchall()
        assert {line[0] for line in lines} == {"scram-sha-256"}
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(connection_string(url.set(password="postgres")))


def test_passwords_that_nobody_can_guess_are_hashed_once(own: Settings) -> None:
    bootstrap(own)
    with psycopg.connect(connection_string(administrator_url(own))) as connection:
        kept = connection.execute("select rolpassword from pg_authid where rolname = 'pymeai_api'").fetchone()
    assert kept is not None
    assert kept[0].startswith("SCRAM-SHA-256$1:")
    assert len(role_password(own, "pymeai_api")) == 64
    psycopg.connect(connection_string(role_url(own, "pymeai_api"))).close()


def test_the_secret_is_kept_and_readable_by_its_owner_alone(own: Settings) -> None:
    assert own.derive("a") == Settings(home=own.home).derive("a") != own.derive("b")
    assert (own.home_path / "secret_key").stat().st_mode & 0o777 == 0o600
