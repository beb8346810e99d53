"""pymeai doctor and migrate; the platform itself is started by the browser tests."""

import json
import socket

import pytest

from pymeai.database.migrate import newest_revision
from pymeai.processes.programs import free_port
from pymeai.settings import get_settings
from tests.cli.conftest import Command


@pytest.fixture(autouse=True)
def _own_ports(environment: pytest.MonkeyPatch) -> None:
    for name in ("API", "DASHBOARD", "DAGSTER"):
        environment.setenv(f"PYMEAI_{name}_PORT", str(free_port()))
    get_settings.cache_clear()


def test_migrating_again_says_the_revision(pymeai: Command) -> None:
    assert pymeai("migrate").out == f"Esquema: {newest_revision()}\n"


def test_doctor_finds_nothing_amiss_in_a_sound_platform(pymeai: Command) -> None:
    ended = pymeai("doctor")
    assert ended.code == 0, ended.out
    assert "FALTA" not in ended.out
    assert f"OK     Puerto {get_settings().api_port} (la API): libre" in ended.out


def test_doctor_names_a_taken_port_and_what_to_do(pymeai: Command) -> None:
    port = get_settings().api_port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        ended = pymeai("doctor")
    assert ended.code == 1
    assert f"FALTA  Puerto {port} (la API): ocupado" in ended.out
    assert "PYMEAI_API_PORT" in ended.out


def test_doctor_says_when_the_server_is_not_there(pymeai: Command, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PYMEAI_DATABASE_URL", "postgresql://nobody:nothing@127.0.0.1:1/none")
    get_settings.cache_clear()
    ended = pymeai("doctor", "--json")
    assert ended.code == 1
    first = json.loads(ended.out)[0]
    assert (first["name"], first["holds"]) == ("Conexión a PostgreSQL", False)
    assert "PYMEAI_DATABASE_URL" in first["remedy"]
