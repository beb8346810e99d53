"""`make bench-api`: the API's latencies beside those of the same SELECT without it. 2 cores hold all of it together."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import local
from urllib.parse import quote
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.api.dataset import PASSWORD, fill_large, grow_to, some_customers
from benchmarks.api.load import Beside, Latencies, in_turns
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
RATE, SECONDS = 100.0, 20.0
FEW, MANY = 10, 1_000
CARDS = 20
SEARCHES = ("rosa vargas", "quesada 0123", "zuniga", "6001-2345", "jimnez", "cliente777@")


def main() -> int:
    """Measure with few tenants and with many, and print the table."""
    arguments = argparse.ArgumentParser(prog="benchmarks.api")
    arguments.add_argument("--tenants", type=int, default=MANY)
    arguments.add_argument("--seconds", type=float, default=SECONDS)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="pymeai-bench-api-") as folder:
        settings = Settings(home=Path(folder) / "home", api_port=free_port(), dagster_port=free_port())
        migrate(settings)
        try:
            started = time.perf_counter()
            tenant = fill_large(settings, EMAIL)
            grow_to(settings, FEW, _silent)
            _analyze(settings)
            print(f"{FEW} tenants, one of them of 100,000 customers: ready in {time.perf_counter() - started:.0f} s")
            few = _measure(settings, tenant, chosen.seconds)
            grow_to(settings, chosen.tenants, lambda number: print(f"  {number} tenants", flush=True))
            _analyze(settings)
            many = _measure(settings, tenant, chosen.seconds)
            _table(few, many, chosen.tenants)
        finally:
            engine_for(settings, "api").dispose()
            embedded.stop(settings)
    return 0


def _measure(settings: Settings, tenant: Tenant, seconds: float) -> dict[str, Latencies]:
    with tenant_connection(settings, tenant) as connection:
        customers = some_customers(connection, 2_000)
        one = connection.execute(text("select pipeline_id, stage_id from stages where kind = 'open' limit 1")).one()
        pipeline, stage = one.pipeline_id, one.stage_id
    measured: dict[str, Latencies] = {}
    with _server(settings) as url:
        get = _getter(settings, url)

        def measure(works: Mapping[str, Callable[[int], None]], per_second: float = RATE) -> None:
            found = in_turns(works, per_second=per_second, seconds=seconds)
            for name, latencies in found.items():
                print(f"  {name:38} {latencies.line()}", flush=True)
            measured.update(found)

        def customer(number: int) -> None:
            get(f"/api/customers/{customers[number % len(customers)]}")

        measure({"SELECT by id, bare": _bare_customer(settings, tenant, customers), "GET customer by id": customer})
        measure(
            {
                "SELECT of a stage's page, bare": _bare_stage(settings, tenant, pipeline, stage),
                "GET a stage's page": lambda _: get(f"/api/pipelines/{pipeline}/board/{stage}?limit={CARDS}"),
            }
        )
        measure(
            {
                "SELECT of a board, bare": _bare_board(settings, tenant, pipeline),
                "GET board": lambda _: get(f"/api/pipelines/{pipeline}/board?limit={CARDS}"),
            }
        )
        searches = {
            "GET customers?q=…": lambda number: get(f"/api/customers?q={quote(SEARCHES[number % len(SEARCHES)])}")
        }
        measure(searches, per_second=20.0)
        with Beside(_signer(url), per_second=5) as signing:
            measure({"GET customer by id, beside sign-ins": customer})
        print(f"  ({signing.done} sign-ins beside)")
    return measured


def _table(few: dict[str, Latencies], many: dict[str, Latencies], tenants: int) -> None:
    def line(name: str, figure: float, limit: float, unit: str) -> None:
        print(f"{name:62} {figure:8.2f} {unit:3} {'ok' if figure <= limit else 'OVER'} (at most {limit:g})")

    print("\np99 against p99, in one run on the same machine")
    line("GET by id : bare SELECT", many["GET customer by id"].p99 / many["SELECT by id, bare"].p99, 5, "x")
    line("board : bare SELECTs", many["GET board"].p99 / many["SELECT of a board, bare"].p99, 5, "x")
    stage = many["GET a stage's page"].p99 / many["SELECT of a stage's page, bare"].p99
    line("a stage's page of the board : bare SELECT", stage, 5, "x")
    line("list with search", many["GET customers?q=…"].p99, 150, "ms")
    for name in ("GET customer by id", "GET board", "GET a stage's page", "GET customers?q=…"):
        line(f"{name}: {tenants} tenants : {FEW}", many[name].p99 / few[name].p99, 1.25, "x")
    beside = many["GET customer by id, beside sign-ins"].p99 / many["GET customer by id"].p99
    line("GET by id beside 5 sign-ins a second : alone", beside, 2, "x")


@contextmanager
def _server(settings: Settings) -> Iterator[str]:
    url = f"http://127.0.0.1:{settings.api_port}"
    command = [sys.executable, "-m", "uvicorn", "crm_api.main:create_app", "--factory", "--no-access-log"]
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
    headers = {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}
    kept = local()

    def get(path: str) -> None:
        if not hasattr(kept, "connection"):
            # The standard library's client, in one connection a thread: httpx takes a millisecond of the cores measured.
            kept.connection = HTTPConnection(settings.host, settings.api_port, timeout=60)
        kept.connection.request("GET", path, headers=headers)
        response = kept.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"{response.status} {body[:500]!r}")

    return get


def _signer(url: str) -> Callable[[int], None]:
    def sign_in(_number: int) -> None:
        body = {"email": EMAIL, "password": PASSWORD}
        httpx.post(f"{url}/api/auth/login", json=body, trust_env=False, timeout=30)

    return sign_in


def _bare_customer(settings: Settings, tenant: Tenant, customers: list[UUID]) -> Callable[[int], None]:
    statement = text(f'select * from "{tenant.schema}".customers where customer_id = :id')

    def select(number: int) -> None:
        with engine_for(settings, "owner").connect() as connection:
            connection.execute(statement, {"id": customers[number % len(customers)]}).one()

    return select


def _bare_board(settings: Settings, tenant: Tenant, pipeline: UUID) -> Callable[[int], None]:
    """The two statements that read a board, as the API sends them: its stages' totals, and their first cards as JSON."""

    def select(_number: int) -> None:
        with engine_for(settings, "owner").connect() as connection:
            own = connection.execution_options(schema_translate_map={None: tenant.schema})
            with Session(own) as session:
                board.totals(session, pipeline, Wanted(), "CRC")
                board.cards(session, pipeline, Wanted(), business_today(settings), CARDS + 1)

    return select


def _bare_stage(settings: Settings, tenant: Tenant, pipeline: UUID, stage: UUID) -> Callable[[int], None]:
    """The statement that reads the first cards of one stage as JSON, as the API sends it."""

    def select(_number: int) -> None:
        with engine_for(settings, "owner").connect() as connection:
            own = connection.execution_options(schema_translate_map={None: tenant.schema})
            with Session(own) as session:
                board.cards(session, pipeline, Wanted(), business_today(settings), CARDS + 1, stage_id=stage)

    return select


def _analyze(settings: Settings) -> None:
    with engine_for(settings, "owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze"))


def _silent(_number: int) -> None:
    """For the few tenants, which are made in a moment."""


if __name__ == "__main__":
    sys.exit(main())
