"""The command line in this process, on the tests' own database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from pymeai.cli.application import run
from pymeai.settings import Settings, get_settings


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The tests' settings in the environment, where the commands read them."""
    monkeypatch.setenv("PYMEAI_HOME", str(settings.home))
    monkeypatch.setenv("PYMEAI_DATABASE_URL", str(settings.database_url))
    monkeypatch.setenv("PYMEAI_SECRET_KEY", settings.secret_key.get_secret_value() if settings.secret_key else "")
    monkeypatch.setenv("PYMEAI_TODAY", str(settings.today))
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()
    yield monkeypatch
    get_settings.cache_clear()


@pytest.fixture
def pymeai(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `pymeai <arguments>`."""

    def command(*arguments: str) -> Ended:
        code = run(list(arguments))
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return command
