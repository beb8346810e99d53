"""Orchestration reads its settings from the environment, as Dagster's processes do."""

from collections.abc import Iterator

import pytest

from pymeai.settings import Settings, get_settings


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The tests' settings as the settings of this process."""
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    assert get_settings() == settings
    yield
    monkeypatch.undo()
    get_settings.cache_clear()


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment that gives a process these settings."""
    assert settings.database_url is not None
    assert settings.secret_key is not None
    assert settings.today is not None
    return {
        "PYMEAI_HOME": str(settings.home),
        "PYMEAI_DATABASE_URL": settings.database_url,
        "PYMEAI_SECRET_KEY": settings.secret_key.get_secret_value(),
        "PYMEAI_TODAY": settings.today.isoformat(),
    }
