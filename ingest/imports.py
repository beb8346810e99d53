"""The life of an import: uploaded -> ready -> queued -> running -> done, and then perhaps undone, or failed."""

from collections.abc import Mapping as Lookup
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import Connection, select

from ingest import records, storage
from ingest.mapping.agreement import agreed, chosen_targets, mapping_errors
from ingest.mapping.proposal import ExistingField, propose_mapping
from ingest.model import (
    KINDS,
    ColumnMapping,
    ImportOptions,
    Kind,
    Mapping,
    RawTable,
)
from ingest.records import ImportRecord, get_import, list_imports
from ingest.rejected import REASONS, rejected_csv
from ingest.running import (
    Prepared,
    check_required,
    commit,
    dry_run,
    fail,
    loaded_before,
    prepare,
    refuse_again,
    table_of,
)
from ingest.source import organization_settings, read_source
from ingest.targets import CUSTOM_ENTITIES
from pymeai.clock import utc_now
from pymeai.database.tables.tenant import CustomField
from pymeai.database.tables.workspace import Import
from pymeai.errors import Conflict, FieldError, Invalid
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant

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

_BEFORE_RUN = ("uploaded", "ready", "failed")


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
        table = read_source(settings, tenant, stored.path, kind=known, file_name=file_name)
        own = organization_settings(settings, tenant)
        options = ImportOptions(currency="USD" if own.get("currency") == "USD" else "CRC")
        with tenant_connection(settings, tenant, user_id=user_id) as connection:
            mapping = _proposed(connection, table, known)
            notes = [*table.notes, *loaded_before(connection, stored.sha256, known, None)]
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
        encoding=table.encoding,
        delimiter=table.delimiter,
        header_row=table.header_row,
    )


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
        .where(
            Import.kind == kind,
            Import.status == "done",
            Import.mapping["header"].in_([table.header, [name for name in table.header if name != REASONS]]),
        )
        .order_by(Import.finished_at.desc())
        .limit(1)
    )
    chosen = {column["source"]: column["target"] for column in (saved or {}).get("columns", [])}
    return propose_mapping(table, kind, saved=chosen, custom_fields=existing)


def propose(settings: Settings, tenant: Tenant, import_id: UUID, *, sheet: str | None = None) -> Mapping:
    """The mapping proposed for an import; with `sheet`, of that sheet of the workbook, which becomes the import's."""
    with tenant_connection(settings, tenant) as connection:
        record = records.read(connection, import_id)
        if sheet is None or sheet == record.mapping.get("sheet"):
            return record.columns()
        _changeable(record)
    # Reading asks the platform's tables, with a connection of its own.
    table = table_of(settings, tenant, record, replace(record.options, sheet=sheet))
    with tenant_connection(settings, tenant) as connection:
        _changeable(records.read(connection, import_id))
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
    chosen = chosen_targets(columns)
    with tenant_connection(settings, tenant) as connection:
        record = records.read(connection, import_id)
        _changeable(record)
        agreed_options = records.options_of(options, record.options)
        proposed = record.columns()
        mapping = Mapping(record.kind, [agreed(column, chosen) for column in proposed.columns])
        errors = mapping_errors(mapping, chosen)
        if errors:
            raise Invalid(errors[0].message, code="invalid_mapping", errors=errors)
        kept = {name: value for name, value in record.mapping.items() if name != "columns"}
        records.change(
            connection,
            import_id,
            mapping=records.mapping_json(mapping, **kept),
            options=agreed_options,
            status="ready",
            error=None,
        )
        return records.read(connection, import_id)


def _changeable(record: ImportRecord) -> None:
    if record.status not in _BEFORE_RUN:
        raise Conflict("Esta importación ya empezó; no se puede cambiar.", code="import_started")


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
        check_required(record)
        refuse_again(connection, record)
        records.change(
            connection,
            import_id,
            status="queued",
            queued_at=utc_now(),
            error=None,
            progress={"step": "En cola", "done": 0.0},
        )
        return records.read(connection, import_id)
