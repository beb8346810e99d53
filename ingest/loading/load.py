"""Cleaned rows into the tenant's tables: one transaction, set-based, all of it or nothing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from uuid import UUID

import psycopg
from sqlalchemy import Connection

from ingest.loading.context import Load, Progress
from ingest.loading.customers import load_customers
from ingest.loading.interactions import load_interactions
from ingest.loading.lists import one_spelling
from ingest.loading.opportunities import load_opportunities
from ingest.loading.rates import Rates
from ingest.loading.sales import load_sales
from ingest.model import Cleaned, Counts, ImportOptions, Kind, RejectedRow
from pymeai.errors import Unavailable
from pymeai.tenancy.sessions import DATABASE_DOWN

LOCK = "select pg_advisory_xact_lock(hashtextextended(current_schema() || ' import', 0))"
"""Imports of one tenant wait for each other: two that bring the same customer must not both make it."""


@dataclass(frozen=True)
class Loaded:
    """What a load did: counts, what lists' values were matched or made, and what a person should know, in Spanish."""

    counts: Counts
    proposals: list[dict[str, str | bool | None]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def load(
    connection: Connection,
    import_id: UUID,
    cleaned: Cleaned,
    kind: Kind,
    options: ImportOptions,
    progress: Progress | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    rates: Rates = (),
) -> Loaded:
    """Write `cleaned` for the tenant whose transaction `connection` is in, and record what undo needs.

    `headers` maps targets to the file's headers (labels of new custom fields); `rates` are the known exchange rates.
    The caller commits. Progress runs from 0 to 1.
    """
    report = progress or _silent
    counts = Counts(
        rows=cleaned.frame.num_rows + len(cleaned.rejected),
        rejected=len(cleaned.rejected),
        warnings=len(cleaned.warnings),
    )
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    try:
        with driver.cursor() as cursor:
            load_ = Load(cursor, import_id, options, counts, headers=dict(headers or {}))
            load_.run(LOCK)
            # The planner knows nothing of rows that this transaction brings: nested loops over them would take hours.
            load_.run("set local jit = off")
            # import_changes is the record of what an import did; the audit log would be as large as the file again.
            load_.run("set local pymeai.unaudited = 'import'")
            report("Guardando clientes", 0.1)
            frame = one_spelling(load_, cleaned.frame)
            people = load_customers(load_, frame, count_duplicates=kind == "customers")
            report("Guardando registros", 0.4)
            if kind == "sales":
                load_sales(load_, frame, people, rates)
            elif kind == "opportunities":
                load_opportunities(load_, frame, people, rates)
            elif kind == "interactions":
                load_interactions(load_, frame, people)
            report("Guardando filas rechazadas", 0.9)
            _record_rejected(load_, cleaned.rejected)
    except psycopg.OperationalError as error:
        # The driver's own error, which SQLAlchemy has not seen: a connection that broke is no fault of the file's.
        if driver.closed or driver.broken:
            raise Unavailable(DATABASE_DOWN, code="database_unavailable") from error
        raise
    report("Listo", 1.0)
    return Loaded(counts, load_.proposals, load_.notes)


def _silent(_step: str, _done: float) -> None:
    """For callers who do not care how far it is."""


def _record_rejected(load_: Load, rejected: Sequence[RejectedRow]) -> None:
    if not rejected:
        return
    statement = "copy import_changes (import_id, action, row_number, original, reasons) from stdin"
    with load_.cursor.copy(statement) as copy:
        for row in _rejected_rows(load_.import_id, rejected):
            copy.write_row(row)


def _rejected_rows(import_id: UUID, rejected: Sequence[RejectedRow]) -> Iterator[tuple[object, ...]]:
    for row in rejected:
        original = {name: value.replace("\0", "") if value else value for name, value in row.original.items()}
        reasons = json.dumps([asdict(reason) for reason in row.reasons], ensure_ascii=False).replace("\\u0000", "")
        yield import_id, "rejected", row.row_number, json.dumps(original, ensure_ascii=False), reasons
