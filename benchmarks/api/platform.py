"""A platform to measure: its own PostgreSQL and API, one large company among so many, and what is asked of it."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import local
from urllib.parse import quote
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.api.dataset import PASSWORD, fill_large, grow_to, some_customers
from crm_api.board import repository as board
from crm_api.board.repository import Wanted
from pymeai.clock import business_today
from pymeai.database import embedded
from pymeai.database.connections import engine_for
from pymeai.database.migrate import migrate
from pymeai.processes.programs import free_port
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant

EMAIL = "duena@grande.example"
CARDS = 20
SEARCHES = ("rosa vargas", "quesada 0123", "zuniga", "6001-2345", "jimnez", "cliente777@")

Call = Callable[[int], None]
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Platform:
    """A running platform, and the large company in it."""

    settings: Settings
    tenant: Tenant
    customers: list[UUID]
    pipeline: UUID
    stage: UUID
    get: Callable[[str], None]

    def customer(self, number: int) -> None:
        """GET one customer, another each time."""
        self.get(f"/api/customers/{self.customers[number % len(self.customers)]}")

    def board(self, _number: int) -> None:
        """GET the board with the first cards of each stage."""
        self.get(f"/api/pipelines/{self.pipeline}/board?limit={CARDS}")

    def stage_page(self, _number: int) -> None:
        """GET the first cards of one stage."""
        self.get(f"/api/pipelines/{self.pipeline}/board/{self.stage}?limit={CARDS}")

    def search(self, number: int) -> None:
        """GET the customers that have some words, digits, or a typing error."""
        self.get(f"/api/customers?q={quote(SEARCHES[number % len(SEARCHES)])}")

    def sign_in(self, _number: int) -> None:
        """POST the e-mail and the password."""
        body = {"email": EMAIL, "password": PASSWORD}
        url = f"http://127.0.0.1:{self.settings.api_port}/api/auth/login"
        httpx.post(url, json=body, trust_env=False, timeout=30).raise_for_status()


@contextmanager
def running_platform(home: Path, tenants: int) -> Iterator[Platform]:
    """A platform of so many companies, one of them large, in a folder of its own; it ends with the block."""
    settings = Settings(home=home, api_port=free_port(), dagster_port=free_port())
    started = time.perf_counter()
    migrate(settings)
    try:
        tenant = fill_large(settings, EMAIL)
        grow_to(settings, tenants, lambda number: print(f"  {number} tenants", flush=True))
        _analyze(settings)
        print(f"{tenants} tenants, one of them large: ready in {time.perf_counter() - started:.0f} s", flush=True)
        with tenant_connection(settings, tenant) as connection:
            customers = some_customers(connection, 2_000)
            one = connection.execute(text("select pipeline_id, stage_id from stages where kind = 'open' limit 1")).one()
        with _server(settings) as url:
            yield Platform(settings, tenant, customers, one.pipeline_id, one.stage_id, _getter(settings, url))
    finally:
        engine_for(settings, "api").dispose()
        engine_for(settings, "owner").dispose()
        embedded.stop(settings)


def bare_customer(platform: Platform) -> Call:
    """SELECT one customer through the pool, as the API would."""
    settings, tenant, customers = platform.settings, platform.tenant, platform.customers
    statement = text(f'select * from "{tenant.schema}".customers where customer_id = :id')

    def select(number: int) -> None:
        with engine_for(settings, "owner").connect() as connection:
            connection.execute(statement, {"id": customers[number % len(customers)]}).one()

    return select


def bare_board(platform: Platform) -> Call:
    """The two statements that read a board, as the API sends them: its stages with their totals, and their first cards as JSON."""

    def read(session: Session) -> None:
        board.columns(session, platform.pipeline, Wanted(), "CRC")
        board.cards(session, platform.pipeline, Wanted(), business_today(platform.settings), CARDS + 1)

    return _bare(platform, read)


def bare_stage(platform: Platform) -> Call:
    """The statement that reads the first cards of one stage as JSON, as the API sends it."""

    def read(session: Session) -> None:
        today = business_today(platform.settings)
        board.cards(session, platform.pipeline, Wanted(), today, CARDS + 1, stage_id=platform.stage)

    return _bare(platform, read)


def _bare(platform: Platform, read: Callable[[Session], None]) -> Call:
    def select(_number: int) -> None:
        with engine_for(platform.settings, "owner").connect() as connection:
            own = connection.execution_options(schema_translate_map={None: platform.tenant.schema})
            with Session(own) as session:
                read(session)

    return select


@contextmanager
def _server(settings: Settings) -> Iterator[str]:
    url = f"http://127.0.0.1:{settings.api_port}"
    command = [sys.executable, "-m", "uvicorn", "crm_api.main:create_app", "--factory", "--no-access-log"]
    # Longer than a connection rests while others have their turn.
    command += ["--timeout-keep-alive", "60"]
    environment = {
        **os.environ,
        "PYMEAI_HOME": str(settings.home),
        "PYMEAI_API_PORT": str(settings.api_port),
        "PYMEAI_DAGSTER_PORT": str(settings.dagster_port),
    }
    with (settings.home / "api.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--port", str(settings.api_port)], env=environment, stdout=log, stderr=log
        )
        try:
            while True:
                if process.poll() is not None:
                    raise RuntimeError("the API ended; see api.log")
                try:
                    httpx.get(f"{url}/healthz", trust_env=False)
                    break
                except httpx.TransportError:
                    time.sleep(0.2)
            yield url
        finally:
            process.terminate()
            process.wait(20)


def _getter(settings: Settings, url: str) -> Callable[[str], None]:
    answer = httpx.post(f"{url}/api/auth/login", json={"email": EMAIL, "password": PASSWORD}, trust_env=False)
    token = answer.raise_for_status().json()["access_token"]
    kept = local()

    def get(path: str) -> None:
        if not hasattr(kept, "connection"):
            # A socket, one a thread: of what is measured httpx takes a millisecond, the standard library's client half of one.
            kept.connection = socket.create_connection((settings.host, settings.api_port), timeout=60)
            kept.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request = f"GET {path} HTTP/1.1\r\nHost: {settings.host}\r\nAuthorization: Bearer {token}\r\n\r\n"
        kept.connection.sendall(request.encode())
        head, body = _received(kept.connection)
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"{head!r} {body[:500]!r}")

    return get


def _received(connection: socket.socket) -> tuple[bytes, bytes]:
    """The head and the body of an answer that says how long it is, as all of these do."""
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += _piece(connection)
    head, body = received[:end], received[end + 4 :]
    length = _LENGTH.search(head)
    if length is None:
        raise RuntimeError(f"an answer of unknown length: {head!r}")
    while len(body) < int(length[1]):
        body += _piece(connection)
    return head, body


def _piece(connection: socket.socket) -> bytes:
    piece = connection.recv(1 << 16)
    if not piece:
        raise RuntimeError("the API closed the connection")
    return piece


def _analyze(settings: Settings) -> None:
    with engine_for(settings, "owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze"))
