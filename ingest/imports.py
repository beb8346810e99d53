"""The life of an import: uploaded -> ready -> queued -> running -> done or failed."""

import csv
import io
import logging
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Lookup
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import UUID

from sqlalchemy import Connection, select

from ingest import records, storage
from ingest.cleaning.clean import clean
from ingest.loading.load import LOCK, load
from ingest.loading.rates import Rates
from ingest.mapping.proposal import ExistingField, propose_mapping
from ingest.model import (
    IGNORE,
    KINDS,
    Cleaned,
    ColumnMapping,
    Counts,
    DryRunReport,
    ImportOptions,
    Kind,
    Mapping,
    RawTable,
)
from ingest.reading.table import read_table
from ingest.records import ImportRecord, get_import, list_imports
from ingest.targets import CUSTOM_ENTITIES, REQUIRED, TARGETS, is_target
from pymeai.clock import COSTA_RICA, business_today, utc_now
from pymeai.database.tables.platform import ExchangeRate, Organization
from pymeai.database.tables.tenant import CustomField
from pymeai.database.tables.workspace import Import, ImportChange
from pymeai.errors import Conflict, FieldError, Invalid, PymeError, Unavailable
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session, tenant_connection
from pymeai.tenancy.tenant import Tenant

if TYPE_CHECKING:
    from ingest.gate import GateResult

__all__ = [
    "Prepared",
    "commit",
    "create_import",
    "dry_run",
    "fail",
    "get_import",
    "list_imports",
    "prepare",
    "propose",
    "queue",
    "rejected_csv",
    "set_mapping",
]

LOGGER = logging.getLogger(__name__)

Progress = Callable[[str, float], None]
"""Called with the step, in Spanish, and the share of the whole import that is done, 0 to 1."""

_BEFORE_RUN = ("uploaded", "ready", "failed")
_UNEXPECTED = "La importación falló por un error nuestro; no se guardó nada. Intente de nuevo o avísenos."
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


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


def create_import(
    settings: Settings, tenant: Tenant, *, kind: str, file_name: str, stream: BinaryIO, user_id: UUID | None
) -> UUID:
    """Keep an uploaded file and propose a mapping for it; returns the import's id (status `uploaded`).

    Raises Invalid (unknown kind), TooLarge, BadRequest and UnsupportedFile (nothing to read); nothing is kept then.
    """
    known = next((each for each in KINDS if each == kind), None)
    if known is None:
        raise Invalid(
            f"No se puede importar «{kind}»: elija {', '.join(KINDS)}.",
            code="unknown_kind",
            errors=[FieldError("kind", f"Elija {', '.join(KINDS)}.")],
        )
    stored = storage.store(settings, tenant, stream, file_name)
    try:
        table = read_table(stored.path, file_name=file_name, max_bytes=settings.max_upload_bytes)
        options = ImportOptions(currency=_currency(settings, tenant))
        with tenant_connection(settings, tenant, user_id=user_id) as connection:
            mapping = _proposed(connection, table, known)
            notes = [*table.notes, *_loaded_before(connection, stored.sha256, known, None)]
            return records.add(
                connection,
                file_hash=stored.sha256,
                file_name=file_name,
                kind=known,
                mapping=_mapping_json(mapping, table, notes),
                options=options,
                created_by=user_id,
            )
    except BaseException:
        stored.discard()
        raise


def _mapping_json(mapping: Mapping, table: RawTable, notes: list[str]) -> dict[str, Any]:
    return records.mapping_json(
        mapping,
        header=table.header,
        notes=notes,
        sheet=table.sheet,
        sheets=list(table.sheets),
        rows=table.frame.num_rows,
    )


def _currency(settings: Settings, tenant: Tenant) -> str:
    with platform_session(settings) as session:
        found = session.scalar(
            select(Organization.settings).where(Organization.organization_id == tenant.organization_id)
        )
    return "USD" if (found or {}).get("currency") == "USD" else "CRC"


def _proposed(connection: Connection, table: RawTable, kind: Kind) -> Mapping:
    fields = connection.execute(
        select(CustomField.entity_type, CustomField.field_name, CustomField.label).where(
            CustomField.archived_at.is_(None)
        )
    )
    existing = [
        ExistingField(entity, row.field_name, row.label)
        for row in fields
        for entity in CUSTOM_ENTITIES
        if entity == row.entity_type
    ]
    saved = connection.scalar(
        select(Import.mapping)
        .where(Import.kind == kind, Import.status == "done", Import.mapping["header"] == table.header)
        .order_by(Import.finished_at.desc())
        .limit(1)
    )
    chosen = {column["source"]: column["target"] for column in (saved or {}).get("columns", [])}
    return propose_mapping(table, kind, saved=chosen, custom_fields=existing)


def _loaded_before(connection: Connection, file_hash: str, kind: Kind, sheet: str | None) -> list[str]:
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


def propose(settings: Settings, tenant: Tenant, import_id: UUID, *, sheet: str | None = None) -> Mapping:
    """The mapping proposed for an import; with `sheet`, of that sheet of the workbook, which becomes the import's."""
    with tenant_connection(settings, tenant) as connection:
        record = records.read(connection, import_id)
        if sheet is None or sheet == record.mapping.get("sheet"):
            return record.columns()
        _changeable(record)
        table = _table(settings, tenant, record, replace(record.options, sheet=sheet))
        mapping = _proposed(connection, table, record.kind)
        records.change(
            connection,
            import_id,
            mapping=_mapping_json(mapping, table, list(table.notes)),
            options=replace(record.options, sheet=sheet),
            status="uploaded",
        )
        return mapping


def set_mapping(
    settings: Settings,
    tenant: Tenant,
    import_id: UUID,
    columns: Sequence[ColumnMapping | Lookup[str, Any]],
    options: ImportOptions | Lookup[str, Any] | None = None,
) -> ImportRecord:
    """Take what the user agreed to; the import is `ready` then. Columns not named keep no target.

    Raises Invalid with one error a field: unknown columns or targets, targets taken twice, required ones missing.
    """
    chosen = {
        (column.source if isinstance(column, ColumnMapping) else str(column.get("source"))): (
            column.target if isinstance(column, ColumnMapping) else column.get("target")
        )
        for column in columns
    }
    with tenant_connection(settings, tenant) as connection:
        record = records.read(connection, import_id)
        _changeable(record)
        agreed = records.options_of(options, record.options)
        proposed = record.columns()
        mapping = Mapping(record.kind, [_agreed(column, chosen) for column in proposed.columns])
        errors = _mapping_errors(mapping, chosen)
        if errors:
            raise Invalid(errors[0].message, code="invalid_mapping", errors=errors)
        kept = {name: value for name, value in record.mapping.items() if name != "columns"}
        records.change(
            connection,
            import_id,
            mapping=records.mapping_json(mapping, **kept),
            options=agreed,
            status="ready",
            error=None,
        )
        return records.read(connection, import_id)


def _changeable(record: ImportRecord) -> None:
    if record.status not in _BEFORE_RUN:
        raise Conflict("Esta importación ya empezó; no se puede cambiar.", code="import_started")


def _agreed(column: ColumnMapping, chosen: dict[str, Any]) -> ColumnMapping:
    target = chosen.get(column.source)
    if target == column.target:
        return column
    return replace(
        column, target=target, confidence=1.0 if target else 0.0, reason="Elegido por usted" if target else ""
    )


def _mapping_errors(mapping: Mapping, chosen: dict[str, Any]) -> list[FieldError]:
    sources = {column.source for column in mapping.columns}
    errors = [
        FieldError(f"columns.{source}", f"El archivo no tiene una columna «{source}».")
        for source in chosen
        if source not in sources
    ]
    errors += [
        FieldError(f"columns.{source}", f"No existe el destino «{target}» para este tipo de importación.")
        for source, target in chosen.items()
        if target is not None and not (isinstance(target, str) and is_target(target, mapping.kind))
    ]
    repeatable = frozenset([IGNORE, *(target.name for target in TARGETS.values() if target.repeats)])
    errors += [
        FieldError("columns", f"Hay dos columnas para «{TARGETS[target].label if target in TARGETS else target}».")
        for target in records.duplicate_targets(mapping.columns, repeatable)
    ]
    mapped = {column.target for column in mapping.columns}
    if not errors and not (mapped - {None, IGNORE}):
        return [FieldError("columns", "Ninguna columna tiene destino: elija al menos las obligatorias.")]
    for group in REQUIRED[mapping.kind]:
        if not mapped & set(group):
            labels = " o ".join(f"«{TARGETS[name].label}»" for name in group)
            errors.append(FieldError("columns", f"Falta la columna de {labels}."))
    return errors


def dry_run(settings: Settings, tenant: Tenant, import_id: UUID) -> DryRunReport:
    """What a commit would do: the same code, rolled back at the end."""
    record = get_import(settings, tenant, import_id)
    _check_required(record)
    table = _table(settings, tenant, record, record.options)
    cleaned = clean(table, record.columns(), record.kind, record.options, today=business_today(settings))
    with tenant_connection(settings, tenant) as connection:
        again = [] if record.options.repeat else _again(connection, record)
        attempt = connection.begin_nested()
        loaded = load(
            connection,
            import_id,
            cleaned,
            record.kind,
            record.options,
            headers=_headers(record),
            rates=_rates(settings, record),
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


def _again(connection: Connection, record: ImportRecord) -> list[str]:
    return _loaded_before(connection, record.file_hash, record.kind, record.options.sheet)


def _check_required(record: ImportRecord) -> None:
    errors = _mapping_errors(record.columns(), {})
    if errors:
        raise Invalid(errors[0].message, code="invalid_mapping", errors=errors)


def _table(settings: Settings, tenant: Tenant, record: ImportRecord, options: ImportOptions) -> RawTable:
    path = storage.path_of(settings, tenant, record.file_hash)
    return read_table(
        path,
        sheet=options.sheet,
        file_name=record.file_name,
        max_bytes=max(settings.max_upload_bytes, path.stat().st_size),
    )


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


def queue(settings: Settings, tenant: Tenant, import_id: UUID) -> ImportRecord:
    """Ask for the run of an import (status `queued`); asking again changes nothing.

    Raises Conflict where the same content was loaded before (unless options.repeat), Invalid without a mapping.
    """
    with tenant_connection(settings, tenant) as connection:
        record = records.read(connection, import_id)
        if record.status in ("queued", "running"):
            return record
        if record.status not in _BEFORE_RUN:
            raise Conflict("Esta importación ya se cargó.", code="already_imported")
        _check_required(record)
        _refuse_again(connection, record)
        records.change(
            connection,
            import_id,
            status="queued",
            queued_at=utc_now(),
            error=None,
            progress={"step": "En cola", "done": 0.0},
        )
        return records.read(connection, import_id)


def _refuse_again(connection: Connection, record: ImportRecord) -> None:
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
        empty = Cleaned(_no_rows(), [], [], [])
        return Prepared(import_id, record.kind, empty, record.options, None, already=records.counts_of(record.counts))
    tell = _teller(settings, tenant, import_id, progress)
    try:
        _check_required(record)
        with tenant_connection(settings, tenant) as connection:
            _refuse_again(connection, record)
            records.change(connection, import_id, status="running", error=None)
        tell("Leyendo el archivo", 0.02)
        table = _table(settings, tenant, record, record.options)
        tell("Interpretando fechas, montos y nombres", 0.15)
        cleaned = clean(table, record.columns(), record.kind, record.options, today=business_today(settings))
        gate = None
        if with_gate:
            tell("Revisando la calidad", 0.3)
            gate = _checked(cleaned, record.kind, settings)
        return Prepared(import_id, record.kind, cleaned, record.options, gate, _headers(record), list(table.notes))
    except BaseException as error:
        _fail_unless_transient(settings, tenant, import_id, error)
        raise


def _no_rows() -> Any:
    import pyarrow as pa

    return pa.table({"row_number": pa.array([], pa.int64())})


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
        if prepared.gate is not None and not prepared.gate.success:
            failed = [e.message for e in prepared.gate.expectations if not e.success and e.severity == "critical"]
            raise Invalid(f"Los datos no pasaron la revisión de calidad: {' '.join(failed)}", code="gate_failed")
        record = get_import(settings, tenant, prepared.import_id)
        rates = _rates(settings, record)
        with tenant_connection(settings, tenant, user_id=record.created_by) as connection:
            connection.exec_driver_sql(LOCK)
            record = records.read(connection, prepared.import_id)
            if record.status == "done":
                return records.counts_of(record.counts)
            _refuse_again(connection, record)
            loaded = load(
                connection,
                prepared.import_id,
                prepared.cleaned,
                prepared.kind,
                prepared.options,
                lambda step, done: tell(step, 0.4 + 0.59 * done),
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
                error=None,
            )
    except BaseException as error:
        _fail_unless_transient(settings, tenant, prepared.import_id, error)
        raise
    if progress is not None:
        progress("Listo", 1.0)
    return loaded.counts


def _teller(settings: Settings, tenant: Tenant, import_id: UUID, progress: Progress | None) -> Progress:
    """Progress to the caller and into the import's row, in a short transaction of its own."""

    def tell(step: str, done: float) -> None:
        with tenant_connection(settings, tenant) as connection:
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
            records.change(connection, import_id, status="failed", error=message, finished_at=_now())


def _now() -> datetime:
    return utc_now()


def rejected_csv(settings: Settings, tenant: Tenant, import_id: UUID) -> bytes:
    """The rejected rows as CSV (UTF-8 with mark, for Excel): the file's columns and `motivo`, ready to be imported again.

    Cells that a spreadsheet would take for a formula are prefixed with an apostrophe.
    """
    with tenant_connection(settings, tenant) as connection:
        record = records.read(connection, import_id)
        rows = connection.execute(
            select(ImportChange.original, ImportChange.reasons)
            .where(ImportChange.import_id == import_id, ImportChange.action == "rejected")
            .order_by(ImportChange.row_number)
        ).all()
    header = [str(name) for name in record.mapping.get("header", [])]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_harmless(name) for name in [*header, "motivo"]])
    for original, reasons in rows:
        cells = [_harmless((original or {}).get(name) or "") for name in header]
        writer.writerow([*cells, _harmless(_why(reasons or []))])
    return out.getvalue().encode("utf-8-sig")


def _why(reasons: list[dict[str, Any]]) -> str:
    return " ".join(
        f"{reason['column']}: {reason['message']}" if reason.get("column") else str(reason["message"])
        for reason in reasons
    )


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
