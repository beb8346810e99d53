"""Imports in processes of their own that are killed; children of one that has the importer loaded, so that each starts at once."""

import multiprocessing
import random
import time
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from uuid import UUID

from ingest import imports
from ingest.loading.load import LOCK
from pymeai.errors import Conflict
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from tests.ingest.loading.conftest import Company

CUSTOMERS, SALES = 12, 30
_WAIT_SECONDS = 60


def queued(company: Company, prefix: str) -> UUID:
    """An import of that sheet, which waits to be run."""
    import_id = company.upload("sales", content(prefix))
    company.agree(import_id)
    imports.queue(company.settings, company.tenant, import_id)
    return import_id


@dataclass(frozen=True)
class Rows:
    """What an import's rows are, by the prefix of their codes; `changes` counts what undo would need."""

    customers: int
    sales: int
    lines: int
    changes: int


NOTHING = Rows(0, 0, 0, 0)
ALL = Rows(CUSTOMERS, SALES, SALES, CUSTOMERS + SALES)


def content(prefix: str) -> str:
    """A sheet of sales and their customers, whom no other prefix has."""
    lines = ["Factura,Fecha,Código de cliente,Cliente,Producto,Total"]
    for number in range(SALES):
        person = number % CUSTOMERS
        lines.append(
            f"{prefix}-{number},{number % 28 + 1}/03/2025,{prefix}-{person},Cliente {prefix} {person},Clavo,{number}.5"
        )
    return "\n".join(lines)


def rows(company: Company, import_id: UUID, prefix: str) -> Rows:
    """What is there of an import, once whatever it began is over."""
    with tenant_connection(company.settings, company.tenant) as connection:
        # Its server process ends when it finds its client gone, and holds this until then.
        connection.exec_driver_sql(LOCK)

        def count(query: str) -> int:
            return int(connection.exec_driver_sql(query, {"like": f"{prefix}-%", "id": import_id}).scalar_one())

        return Rows(
            count("select count(*) from customers where external_id like %(like)s"),
            count("select count(*) from sales where external_key like %(like)s"),
            count("select coalesce(sum(jsonb_array_length(lines)), 0) from sales where external_key like %(like)s"),
            count("select count(*) from import_changes where import_id = %(id)s"),
        )


def left_behind(company: Company) -> list[str]:
    """Tables for the rows on their way that outlived their import: temporary ones, of whichever connection."""
    return [
        str(row[0]) for row in company.rows("select relname from pg_class where relpersistence = 't' and relkind = 'r'")
    ]


def run(settings: Settings, company: Company, import_id: UUID) -> None:
    """The whole run of an import, as Dagster's process does it."""
    imports.commit(settings, company.tenant, imports.prepare(settings, company.tenant, import_id, with_gate=False))


def code_of_run(company: Company, import_id: UUID) -> str:
    """What came of a run: "loaded", or the code of the conflict that it met."""
    try:
        run(company.settings, company, import_id)
    except Conflict as error:
        return error.code
    return "loaded"


def processes() -> ForkServerContext:
    """Where processes start that have the importer and its reading process already, and no connection of this one's."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.ingest.loading.warm"])
    return context


class Killer:
    """Starts imports and kills them after a random part of the time that one takes."""

    def __init__(self, settings: Settings, seed: int) -> None:
        self._settings = settings
        self._random = random.Random(seed)
        self._context = processes()
        self._seconds = 0.0

    def measure(self, company: Company, import_ids: list[UUID]) -> None:
        """How long an import takes that nobody kills: the last of these, as the first one starts the server of processes."""
        for import_id in import_ids:
            begun = time.perf_counter()
            process = self._start(company, import_id)
            process.join(_WAIT_SECONDS)
            assert process.exitcode == 0
            self._seconds = time.perf_counter() - begun

    def kill(self, company: Company, import_id: UUID) -> bool:
        """Kill an import somewhere on its way; whether it was still on it."""
        process = self._start(company, import_id)
        process.join(self._random.uniform(0, self._seconds))
        process.kill()
        process.join(_WAIT_SECONDS)
        assert process.exitcode in (0, -9)
        return process.exitcode == -9

    def _start(self, company: Company, import_id: UUID) -> multiprocessing.process.BaseProcess:
        process = self._context.Process(target=run, args=(self._settings, company, import_id))
        process.start()
        return process
