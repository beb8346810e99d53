"""The run server's socket: answers, long paths, nobody there. Runs themselves are in tests/main_job."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.run_server import SOCKET_NAME, RunServer, request


@pytest.fixture(params=["short", "longer/than/the/hundred/bytes/of/an/address/" + "x" * 90])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    folder = tmp_path / request.param
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def server(folder: Path) -> Iterator[RunServer]:
    server = RunServer(folder)
    listening = threading.Event()
    thread = threading.Thread(target=server.serve, kwargs={"ready": listening.set})
    thread.start()
    assert listening.wait(5)
    yield server
    server.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert not (folder / SOCKET_NAME).exists()


def test_a_run_that_is_not_there_does_not_live(server: RunServer, folder: Path) -> None:
    assert request(folder, {"action": "status", "run_id": "x"}) == {"alive": False, "exit_code": None}
    assert request(folder, {"action": "terminate", "run_id": "x"}) == {"alive": False}


@pytest.mark.parametrize("message", [{"action": "dance", "run_id": "x"}, {"action": "status"}, {}])
def test_a_request_that_says_nothing_gets_no_answer_and_does_no_harm(
    server: RunServer, folder: Path, message: dict[str, str]
) -> None:
    with pytest.raises(ConnectionError):
        request(folder, message)
    assert request(folder, {"action": "status", "run_id": "x"})["alive"] is False


def test_only_its_owner_may_speak_to_it(server: RunServer, folder: Path) -> None:
    assert (folder / SOCKET_NAME).stat().st_mode & 0o777 == 0o600


def test_nobody_there_is_an_os_error(folder: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        request(folder, {"action": "status", "run_id": "x"})
    (folder / SOCKET_NAME).touch()
    with pytest.raises(ConnectionRefusedError):
        request(folder, {"action": "status", "run_id": "x"})
