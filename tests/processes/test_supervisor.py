"""The supervisor with small real programs: they start, are watched, and none survives it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from pymeai.errors import PymeError, Unavailable
from pymeai.processes.log import Log
from pymeai.processes.programs import PROJECT, Endpoint, Program, free_port
from pymeai.processes.supervisor import StopRequested, Supervisor, answers, refuse_taken_ports, supervised
from pymeai.settings import Settings

SECONDS = 20
# A server of one answer that starts a child of its own, and says the child's id first.
PARENT = """
import http.server, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print("child", child.pid, flush=True)
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *arguments): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


@pytest.fixture
def external(tmp_path: Path) -> Settings:
    """A platform whose database is somebody else's, so that only processes are at stake."""
    return Settings(
        home=tmp_path, database_url="postgresql://nobody@127.0.0.1:1/none", secret_key="only for this test, really"
    )


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path / "logs" / "pymeai.log")
    yield log
    log.close()


def server(name: str = "web", **arguments: object) -> Program:
    port = free_port()
    return Program(
        name,
        "el servidor de prueba",
        "cyan",
        (sys.executable, "-c", PARENT, str(port)),
        Endpoint("127.0.0.1", port, "PYMEAI_API_PORT", "/"),
        **arguments,  # type: ignore[arg-type]
    )


def eventually(condition: Callable[[], object]) -> None:
    done = threading.Event()
    for _ in range(SECONDS * 20):
        if condition():
            return
        done.wait(0.05)
    pytest.fail("it did not happen")


def child_of(log: Log) -> int:
    lines = [line for line in log.path.read_text().splitlines() if "| child " in line]
    return int(lines[-1].rpartition(" ")[2])


def pid_of(supervisor: Supervisor, name: str = "web") -> int:
    return supervisor._running[name].process.pid


def await_another(supervisor: Supervisor, before: int) -> None:
    eventually(lambda: pid_of(supervisor) != before)


def test_programs_are_ready_and_gone_afterwards_with_their_children(external: Settings, log: Log) -> None:
    program = server()
    with supervised(external, log, print) as supervisor:
        supervisor.start([program])
        assert program.endpoint is not None
        assert answers(program.endpoint)
        parent, child = pid_of(supervisor), child_of(log)
        assert psutil.pid_exists(child)
    assert not psutil.pid_exists(parent)
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_a_program_waits_for_the_tasks_and_programs_it_names(external: Settings, log: Log) -> None:
    order: list[str] = []
    first = server("first", after=("prepared",))
    second = server("second", after=("first",))
    with supervised(external, log, print) as supervisor:
        supervisor.start([second, first], {"prepared": lambda: order.append("prepared")})
        born = {name: psutil.Process(pid_of(supervisor, name)).create_time() for name in ("first", "second")}
    assert order == ["prepared"]
    assert born["first"] < born["second"]


def test_a_task_that_fails_stops_the_start_with_its_own_error(external: Settings, log: Log) -> None:
    def fail() -> None:
        raise Unavailable("Los modelos no se pudieron leer.")

    with (
        pytest.raises(PymeError, match="Los modelos no se pudieron leer"),
        supervised(external, log, print) as supervisor,
    ):
        supervisor.start([server(after=("prepared",))], {"prepared": fail})


def test_a_program_that_dies_at_the_start_is_named_with_its_last_word(external: Settings, log: Log) -> None:
    command = (sys.executable, "-c", "import sys; print('no hay memoria'); sys.exit(3)")
    program = Program("web", "el servidor de prueba", "cyan", command, Endpoint("127.0.0.1", free_port()))
    with supervised(external, log, print) as supervisor, pytest.raises(Unavailable) as raised:
        supervisor.start([program])
    assert raised.value.message == "El servidor de prueba terminó con el código 3 («no hay memoria»)."


def test_a_program_that_dies_later_is_said_so_and_started_again(external: Settings, log: Log) -> None:
    said: list[str] = []
    program = server()
    with supervised(external, log, said.append) as supervisor:
        supervisor.start([program])
        first, orphan = pid_of(supervisor), child_of(log)
        os.kill(first, signal.SIGKILL)
        await_another(supervisor, first)
        eventually(lambda: program.endpoint is not None and answers(program.endpoint))
        eventually(lambda: not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE)
    assert len(said) == 1
    assert said[0].startswith("El servidor de prueba terminó con la señal 9")
    assert said[0].endswith("Se enciende de nuevo.")


def test_a_program_that_dies_again_and_again_stops_everything(external: Settings, log: Log) -> None:
    program = server()

    def kill_until_it_gives_up(supervisor: Supervisor) -> None:
        while True:
            before = pid_of(supervisor)
            os.kill(before, signal.SIGKILL)
            await_another(supervisor, before)

    with supervised(external, log, print) as supervisor:
        supervisor.start([program])
        with pytest.raises(StopRequested) as raised:
            kill_until_it_gives_up(supervisor)
    assert raised.value.failure is not None
    assert "terminó con la señal 9" in raised.value.failure


def test_an_interrupt_asks_to_stop(external: Settings, log: Log) -> None:
    program = server()
    with supervised(external, log, print) as supervisor:
        supervisor.start([program])
        with pytest.raises(StopRequested) as raised:
            os.kill(os.getpid(), signal.SIGINT)
    assert raised.value.failure is None
    assert program.endpoint is not None
    assert not answers(program.endpoint)


def test_a_second_platform_in_the_same_home_is_refused(external: Settings, log: Log) -> None:
    second = supervised(external, log, print)
    with supervised(external, log, print), pytest.raises(Unavailable, match="ya está encendido"):
        second.__enter__()


def test_a_taken_port_is_named_with_its_setting(external: Settings, log: Log) -> None:
    program = server()
    with supervised(external, log, print) as supervisor:
        supervisor.start([program])
        with pytest.raises(Unavailable) as raised:
            refuse_taken_ports([program])
    port = program.endpoint.port if program.endpoint else 0
    assert raised.value.message == (
        f"El puerto {port} (el servidor de prueba) está ocupado por otro programa: ciérrelo o elija otro con "
        "PYMEAI_API_PORT."
    )


SUPERVISOR = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_supervisor import server
from pymeai.processes.log import Log
from pymeai.processes.supervisor import supervised
from pymeai.settings import Settings
home = Path({home!r})
settings = Settings(home=home, database_url="postgresql://nobody@127.0.0.1:1/none", secret_key="only for this test, really")
with supervised(settings, Log(home / "logs" / "pymeai.log"), print) as supervisor:
    supervisor.start([server()])
    print("ready", supervisor._running["web"].process.pid, flush=True)
    signal.pause()
"""


def test_nothing_survives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    script = SUPERVISOR.format(tests=str(Path(__file__).parent), home=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=PROJECT) as supervisor:
        assert supervisor.stdout is not None
        words = supervisor.stdout.readline().split()
        assert words[0] == "ready"
        supervisor.kill()
        supervisor.wait()
        log_text = (tmp_path / "logs" / "pymeai.log").read_text()
    pids = [int(words[1]), int(log_text.split("| child ")[1].split()[0])]
    alive = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    left = psutil.wait_procs(alive, timeout=SECONDS)[1]
    assert [process for process in left if process.status() != psutil.STATUS_ZOMBIE] == []
