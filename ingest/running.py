"""The run of an import: read, clean, check, load; and its rehearsal."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection, func, select

from ingest import records, storage
from ingest.cleaning.clean import clean
from ingest.cleaning.incomplete import without
from ingest.loading import kinds
from ingest.loading.load import LOCK, Loaded, load
from ingest.loading.rates import Rates
from ingest.loading.required import Incomplete
from ingest.mapping.agreement import mapping_errors
from ingest.model import Cleaned, Counts, DryRunReport, ImportOptions, Kind, RawTable
from ingest.records import ImportRecord, get_import
from ingest.source import read_source
from ingest.targets import custom_target
from pymeai.clock import COSTA_RICA, business_today, utc_now
from pymeai.custom_fields.definition import definition_of
from pymeai.database.tables.platform import ExchangeRate
from pymeai.database.tables.tenant import CustomField
from pymeai.database.tables.workspace import Import
from pymeai.errors import Conflict, Invalid, PymeError, Unavailable
from pymeai.settings import Settings
from pymeai.tenancy.sessions import connection_beside, platform_session, tenant_connection
from pymeai.tenancy.tenant import Tenant

if TYPE_CHECKING:
    from ingest.gate import GateResult

LOGGER = logging.getLogger(__name__)

Progress = Callable[[str, float], None]
"""Called with the step, in Spanish, and the share of the whole import that is done, 0 to 1."""

_NO_ROWS = pa.table({"row_number": pa.array([], pa.int64())})
_UNEXPECTED = "La importación falló por un error nuestro; no se guardó nada. Intente de nuevo o avísenos."


@dataclass(frozen=True)
class Prepared:
    """A file read, cleaned and checked, ready to be committed; `already` has the counts of one that was, before."""

    import_id: UUID
    kind: Kind
    cleaned: Cleaned
    options: ImportOptions
    gate: "GateResult | None"
    # Target -> header of the file.
    headers: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    already: Counts | None = None


def loaded_before(connection: Connection, file_hash: str, kind: Kind, sheet: str | None) -> list[str]:
    """A sentence on when the same content was loaded, where it was."""
    found = connection.execute(
        select(Import.finished_at, Import.options["sheet"].astext.label("sheet"))
        .where(Import.file_hash == file_hash, Import.kind == kind, Import.status == "done", Import.undone_at.is_(None))
        .order_by(Import.finished_at.desc())
    ).all()
    when = next((row.finished_at for row in found if row.sheet == sheet), None)
    if when is None:
        return []
    return [f"Este mismo archivo ya se importó el {when.astimezone(COSTA_RICA):%d/%m/%Y a las %H:%M}."]


def dry_run(settings: Settings, tenant: Tenant, import_id: UUID) -> DryRunReport:
    """What a commit would do: the same code, rolled back at the end."""
    record = get_import(settings, tenant, import_id)
    check_required(record)
    table = table_of(settings, tenant, record, record.options)
    cleaned = _cleaned(settings, tenant, record, table)
    rates = _rates(settings, record)
    with tenant_connection(settings, tenant) as connection:
        again = [] if record.options.repeat else _again(connection, record)
        attempt = connection.begin_nested()
        cleaned, loaded = _load_whole(
            connection,
            import_id,
            cleaned,
            record.kind,
            record.options,
            headers=_headers(record),
            rates=rates,
        )
        attempt.rollback()
    return DryRunReport(
        loaded.counts,
        cleaned.rejected,
        cleaned.warnings,
        cleaned.readings,
        loaded.proposals,
        [*table.notes, *loaded.notes, *again],
    )


def _cleaned(settings: Settings, tenant: Tenant, record: ImportRecord, table: RawTable) -> Cleaned:
    with tenant_connection(settings, tenant) as connection:
        rows = connection.execute(select(CustomField.__table__)).all()
        of_kinds = kinds.by_name(connection.exec_driver_sql(kinds.OWN_FIELDS).scalars())
    fields = {custom_target("interaction", name): field for name, field in of_kinds.items()} | {
        custom_target(row.entity_type, row.field_name): definition_of(row) for row in rows
    }
    return clean(table, record.columns(), record.kind, record.options, today=business_today(settings), fields=fields)


def _load_whole(
    connection: Connection,
    import_id: UUID,
    cleaned: Cleaned,
    kind: Kind,
    options: ImportOptions,
    *,
    headers: dict[str, str],
    rates: Rates,
    progress: Progress | None = None,
) -> tuple[Cleaned, Loaded]:
    """Load the rows whose new records have what they must; the others are rejected. What was loaded, and what came of it.

    Without some rows others may be somebody else's, so it begins anew; once for each entity and a few times at most, as
    every time some rows fewer are left.
    """
    notes: list[str] = []
    while True:
        try:
            with connection.begin_nested():
                loaded = load(connection, import_id, cleaned, kind, options, progress, headers=headers, rates=rates)
        except Incomplete as incomplete:
            cleaned, found = without(cleaned, incomplete.rows, headers)
            notes += found
        else:
            return cleaned, replace(loaded, notes=[*notes, *loaded.notes])


def _again(connection: Connection, record: ImportRecord) -> list[str]:
    return loaded_before(connection, record.file_hash, record.kind, record.options.sheet)


def check_required(record: ImportRecord) -> None:
    """Raises Invalid where the mapping cannot be used."""
    errors = mapping_errors(record.columns(), {})
    if errors:
        raise Invalid(errors[0].message, code="invalid_mapping", errors=errors)


def table_of(settings: Settings, tenant: Tenant, record: ImportRecord, options: ImportOptions) -> RawTable:
    """The table in an import's file."""
    path = storage.path_of(settings, tenant, record.file_hash)
    return read_source(settings, tenant, path, kind=record.kind, file_name=record.file_name, sheet=options.sheet)


def _headers(record: ImportRecord) -> dict[str, str]:
    return {column.target: column.source for column in reversed(record.columns().columns) if column.target}


def _rates(settings: Settings, record: ImportRecord) -> Rates:
    """The exchange rates known, for amounts in another currency without their own."""
    if record.options.exchange_rate or record.kind not in ("sales", "opportunities"):
        return []
    with platform_session(settings) as session:
        found = session.execute(
            select(ExchangeRate.day, ExchangeRate.currency, ExchangeRate.rate).order_by(ExchangeRate.day)
        )
        return [(row.day, row.currency, row.rate) for row in found]


def refuse_again(connection: Connection, record: ImportRecord) -> None:
    """Raises Conflict where the same content was loaded before, unless it is to be loaded again."""
    again = [] if record.options.repeat else _again(connection, record)
    if again:
        raise Conflict(f"{again[0]} Si quiere cargarlo otra vez, márquelo en las opciones.", code="already_imported")


def prepare(
    settings: Settings, tenant: Tenant, import_id: UUID, progress: Progress | None = None, *, with_gate: bool = True
) -> Prepared:
    """Read, clean and check the file of an import; it is `running` from now on.

    Of an import that is done already, what was counted then. A PymeError marks it `failed` and goes on up.
    """
    record = get_import(settings, tenant, import_id)
    if record.status in ("done", "undone"):
        empty = Cleaned(_NO_ROWS, [], [], [])
        return Prepared(import_id, record.kind, empty, record.options, None, already=records.counts_of(record.counts))
    tell = _teller(settings, tenant, import_id, progress)
    try:
        check_required(record)
        with tenant_connection(settings, tenant) as connection:
            refuse_again(connection, record)
            records.change(connection, import_id, status="running", error=None)
        tell("Leyendo el archivo", 0.02)
        table = table_of(settings, tenant, record, record.options)
        tell("Interpretando fechas, montos y nombres", 0.15)
        cleaned = _cleaned(settings, tenant, record, table)
        gate = None
        if with_gate:
            tell("Revisando la calidad", 0.3)
            gate = _checked(cleaned, record.kind, settings)
        return Prepared(import_id, record.kind, cleaned, record.options, gate, _headers(record), list(table.notes))
    except BaseException as error:
        _fail_unless_transient(settings, tenant, import_id, error)
        raise


def _checked(cleaned: Cleaned, kind: Kind, settings: Settings) -> "GateResult":
    from ingest.gate import check

    return check(cleaned, kind, today=business_today(settings))


def commit(settings: Settings, tenant: Tenant, prepared: Prepared, progress: Progress | None = None) -> Counts:
    """Load what was prepared in one transaction and mark the import `done`; committing it again changes nothing.

    Raises Invalid where the gate did not pass, Conflict where the same content was loaded before.
    """
    if prepared.already is not None:
        return prepared.already
    tell = _teller(settings, tenant, prepared.import_id, progress)
    try:
        _check_gate(prepared)
        record = get_import(settings, tenant, prepared.import_id)
        rates = _rates(settings, record)
        with tenant_connection(settings, tenant, user_id=record.created_by) as connection:
            connection.exec_driver_sql(LOCK)
            record = records.read(connection, prepared.import_id)
            if record.status in ("done", "undone"):
                return records.counts_of(record.counts)
            refuse_again(connection, record)
            _, loaded = _load_whole(
                connection,
                prepared.import_id,
                prepared.cleaned,
                prepared.kind,
                prepared.options,
                progress=lambda step, done: tell(step, 0.4 + 0.59 * done),
                headers=prepared.headers,
                rates=rates,
            )
            records.change(
                connection,
                prepared.import_id,
                status="done",
                counts={**asdict(loaded.counts), "notes": [*prepared.notes, *loaded.notes]},
                progress={"step": "Listo", "done": 1.0},
                finished_at=utc_now(),
                loaded_at=func.now(),
                error=None,
            )
    except BaseException as error:
        _fail_unless_transient(settings, tenant, prepared.import_id, error)
        raise
    if progress is not None:
        progress("Listo", 1.0)
    return loaded.counts


def _check_gate(prepared: Prepared) -> None:
    if prepared.gate is not None and not prepared.gate.success:
        failed = [e.message for e in prepared.gate.expectations if not e.success and e.severity == "critical"]
        raise Invalid(f"Los datos no pasaron la revisión de calidad: {' '.join(failed)}", code="gate_failed")


def _teller(settings: Settings, tenant: Tenant, import_id: UUID, progress: Progress | None) -> Progress:
    """Progress to the caller and into the import's row, in a short transaction of its own."""

    def tell(step: str, done: float) -> None:
        # A commit tells it from within its own transaction.
        with connection_beside(settings, tenant) as connection:
            records.change(connection, import_id, progress={"step": step, "done": round(done, 3)})
        if progress is not None:
            progress(step, done)

    return tell


def _fail_unless_transient(settings: Settings, tenant: Tenant, import_id: UUID, error: BaseException) -> None:
    """A database that is down for a moment fails no import: it stays queued or running, and is tried again."""
    if isinstance(error, Unavailable):
        return
    message = error.message if isinstance(error, PymeError) else _UNEXPECTED
    try:
        fail(settings, tenant, import_id, message)
    except Exception:
        LOGGER.exception("could not mark import %s as failed", import_id)


def fail(settings: Settings, tenant: Tenant, import_id: UUID, message: str) -> None:
    """Mark an import `failed`, with what to tell its owner; one that is done stays done."""
    with tenant_connection(settings, tenant) as connection:
        if records.read(connection, import_id).status not in ("done", "undone"):
            records.change(connection, import_id, status="failed", error=message, finished_at=utc_now())
