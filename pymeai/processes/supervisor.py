"""Starts the platform's processes, waits until they answer, watches them, and ends them all."""

import contextlib
import fcntl
import functools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from pymeai.database import embedded
from pymeai.errors import PymeError, Unavailable
from pymeai.processes.guardian import GRACE_SECONDS, is_alive
from pymeai.processes.log import Log
from pymeai.processes.programs import PROJECT, Endpoint, Program, environment, is_free
from pymeai.settings import Settings

READY_SECONDS = 180.0
POLL_SECONDS = 0.2
# A program that dies again and again has a reason that starting it again does not mend.
RESTARTS = 3
RESTARTS_WITHIN_SECONDS = 300.0
LOCK_FILE = "platform.lock"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Say = Callable[[str], None]


class StopRequested(BaseException):
    """Somebody asked the platform to end, with Ctrl-C or a signal; or it cannot go on, and `failure` says why."""

    def __init__(self, failure: str | None = None) -> None:
        super().__init__(failure)
        self.failure = failure


@dataclass
class _Running:
    program: Program
    process: subprocess.Popen[str]
    reader: threading.Thread
    deaths: deque[float] = field(default_factory=deque)


class Supervisor:
    """The processes of one PYMEAI_HOME. Used within `supervised`."""

    def __init__(self, settings: Settings, log: Log, say: Say) -> None:
        self._settings = settings
        self._log = log
        self._say = say
        self._environment = environment(settings)
        self._running: dict[str, _Running] = {}
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._guardian: subprocess.Popen[str] | None = None
        self.failure: str | None = None

    def start(self, programs: Sequence[Program], tasks: Mapping[str, Callable[[], None]] | None = None) -> None:
        """Do the tasks and start the programs, each after those it names, all else at once; return when all are ready.

        Raises what a task raises, and Unavailable when a program does not start.
        """
        gates = {name: threading.Event() for name in (*(tasks or {}), *(program.name for program in programs))}
        faults: list[Exception] = []

        def bring_up(program: Program) -> None:
            for name in program.after:
                self._await(gates[name].is_set, program)
            begun = time.monotonic()
            self._launch(program)
            if not program.background:
                self._await(lambda: self._is_ready(program), program)
                self._log.write("pymeai", "white", f"{program.title}: {time.monotonic() - begun:.1f} s")

        def attempt(name: str, work: Callable[[], None]) -> None:
            try:
                work()
                gates[name].set()
            except Exception as fault:  # noqa: BLE001 - raised again in the caller's thread
                faults.append(fault)
                self._stopping.set()

        jobs = {**(tasks or {}), **{program.name: functools.partial(bring_up, program) for program in programs}}
        threads = [threading.Thread(target=attempt, args=job, daemon=True) for job in jobs.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            # In steps: a signal is answered between them.
            while thread.is_alive():
                thread.join(POLL_SECONDS)
        if faults:
            raise faults[0]
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    def await_ready(self, name: str) -> None:
        """Wait for a program that the start did not wait for. Raises Unavailable when it does not get ready."""
        program = self._running[name].program
        self._await(lambda: self._is_ready(program), program)

    def stop(self) -> None:
        """End every process and wait until they are gone. The guardian does it, as it would if we were killed."""
        self._stopping.set()
        with self._lock:
            guardian, self._guardian = self._guardian, None
        if guardian is None:
            return
        if guardian.stdin is not None:
            guardian.stdin.close()
        begun = time.monotonic()
        left = dict(self._running)
        while guardian.poll() is None and time.monotonic() < begun + GRACE_SECONDS + 40:
            # Buried, so that the guardian sees that they are gone.
            for name in [name for name, running in left.items() if running.process.poll() is not None]:
                title = left.pop(name).program.title
                self._log.write("pymeai", "white", f"{title}: se detuvo en {time.monotonic() - begun:.1f} s")
            with contextlib.suppress(subprocess.TimeoutExpired):
                guardian.wait(POLL_SECONDS / 4)
        for running in self._running.values():
            running.process.poll()
            running.reader.join(1)
        if self._settings.embedded:
            embedded.stop(self._settings)

    def _launch(self, program: Program) -> None:
        with self._lock:
            if self._stopping.is_set():
                raise Unavailable("La plataforma se está deteniendo.", code="stopping")
            if program.ready_file is not None:
                program.ready_file.unlink(missing_ok=True)
            process = subprocess.Popen(
                program.command,
                cwd=PROJECT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                # A session of its own: Ctrl-C reaches us alone, and a signal to the group reaches its children too.
                start_new_session=True,
            )
            self._tell_guardian(f"+{process.pid}")
            stream: IO[str] = process.stdout  # type: ignore[assignment]
            reader = self._log.follow(program.name, program.color, stream)
            known = self._running.get(program.name)
            deaths = known.deaths if known else deque()
            self._running[program.name] = _Running(program, process, reader, deaths)

    def _tell_guardian(self, line: str) -> None:
        if self._guardian is None:
            self._guardian = subprocess.Popen(
                [sys.executable, "-m", "pymeai.processes.guardian", str(self._settings.home_path),
                 "embedded" if self._settings.embedded else "external"],
                cwd=PROJECT,
                env=self._environment,
                stdin=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )  # fmt: skip
        pipe: IO[str] = self._guardian.stdin  # type: ignore[assignment]
        with contextlib.suppress(BrokenPipeError):
            pipe.write(line + "\n")
            pipe.flush()

    def _await(self, condition: Callable[[], bool], program: Program) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not condition():
            if self._stopping.is_set():
                raise Unavailable("La plataforma se está deteniendo.", code="stopping")
            running = self._running.get(program.name)
            if running is not None and running.process.poll() is not None:
                running.reader.join(1)
                raise Unavailable(self._obituary(running), code="process_died")
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"{_capital(program.title)} no respondió en {READY_SECONDS:.0f} segundos. Revise {self._log.path}.",
                    code="process_silent",
                )
            self._stopping.wait(POLL_SECONDS)

    def _is_ready(self, program: Program) -> bool:
        if program.ready_file is not None:
            return program.ready_file.exists()
        return program.endpoint is None or answers(program.endpoint)

    def _watch(self) -> None:
        while not self._stopping.wait(POLL_SECONDS * 2):
            for running in list(self._running.values()):
                if running.process.poll() is not None and not self._stopping.is_set():
                    self._revive(running)
            if self._settings.embedded:
                self._keep_database()

    def _revive(self, running: _Running) -> None:
        running.reader.join(1)
        now = time.monotonic()
        running.deaths.append(now)
        while running.deaths and now - running.deaths[0] > RESTARTS_WITHIN_SECONDS:
            running.deaths.popleft()
        obituary = self._obituary(running)
        if is_alive(running.process.pid):
            # Its children must not hold what the new one needs.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.process.pid, signal.SIGKILL)
        with self._lock:
            self._tell_guardian(f"-{running.process.pid}")
        if len(running.deaths) > RESTARTS:
            self._fail(obituary)
            return
        self._say(f"{obituary} Se enciende de nuevo.")
        with contextlib.suppress(Unavailable):
            self._launch(running.program)

    def _keep_database(self) -> None:
        if embedded.running_port(self._settings.home_path / "postgres") is not None:
            return
        self._say("PostgreSQL se detuvo. Se enciende de nuevo.")
        try:
            embedded.ensure_running(self._settings)
        except PymeError as error:
            self._fail(error.message)

    def _fail(self, message: str) -> None:
        self.failure = message
        self._stopping.set()
        os.kill(os.getpid(), signal.SIGTERM)

    def _obituary(self, running: _Running) -> str:
        code = running.process.poll()
        how = f"la señal {-code}" if code is not None and code < 0 else f"el código {code}"
        word = self._log.last_word(running.program.name)
        return f"{_capital(running.program.title)} terminó con {how}" + (f" («{word}»)." if word else ".")


@contextlib.contextmanager
def supervised(settings: Settings, log: Log, say: Say) -> Iterator[Supervisor]:
    """A supervisor that has this PYMEAI_HOME for itself; at the end every process of it is gone.

    Inside, SIGINT, SIGTERM and SIGHUP raise StopRequested in the main thread. Raises Unavailable where another platform
    runs in the same PYMEAI_HOME.
    """
    settings.home_path.mkdir(parents=True, exist_ok=True)
    with (settings.home_path / LOCK_FILE).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Unavailable(
                f"PymeAI ya está encendido en {settings.home_path}: deténgalo antes, o use otra carpeta con PYMEAI_HOME.",
                code="already_running",
            ) from None
        supervisor = Supervisor(settings, log, say)
        with _signals_as_stop(supervisor):
            try:
                yield supervisor
            finally:
                _ignore_signals()
                supervisor.stop()


def refuse_taken_ports(programs: Sequence[Program]) -> None:
    """Raise Unavailable, naming the port and how to change it, where a program's port is taken."""
    for program in programs:
        endpoint = program.endpoint
        if endpoint is not None and not is_free(endpoint):
            remedy = f" o elija otro con {endpoint.setting}" if endpoint.setting else ""
            raise Unavailable(
                f"El puerto {endpoint.port} ({program.title}) está ocupado por otro programa: ciérrelo{remedy}.",
                code="port_taken",
            )


def answers(endpoint: Endpoint) -> bool:
    """Whether a server answers: with 200 where it has a health address, else by accepting a connection."""
    if endpoint.health_path is None:
        try:
            socket.create_connection((endpoint.reachable_host, endpoint.port), timeout=1).close()
        except OSError:
            return False
        return True
    # Straight to loopback, whatever proxy the environment names.
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(endpoint.url + endpoint.health_path, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError, ValueError):
        return False


def is_platform_running(settings: Settings) -> bool:
    """Whether a platform runs in this PYMEAI_HOME."""
    path = settings.home_path / LOCK_FILE
    if not path.exists():
        return False
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def log_path(settings: Settings) -> Path:
    """Where the platform's log is."""
    return settings.home_path / "logs" / "pymeai.log"


@contextlib.contextmanager
def _signals_as_stop(supervisor: Supervisor) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        # Once: a second one would interrupt the stopping itself.
        _ignore_signals()
        raise StopRequested(supervisor.failure)

    before = {number: signal.signal(number, stop) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _capital(title: str) -> str:
    return title[:1].upper() + title[1:]
