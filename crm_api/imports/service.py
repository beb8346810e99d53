"""Imports over HTTP: what ingest.imports does, and the asking of Dagster to start it."""

from dataclasses import asdict
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from crm_api.access import Permission
from crm_api.custom_fields import repository as custom_fields
from crm_api.dependencies import Caller
from crm_api.imports import repository
from crm_api.imports.launcher import launch_import
from crm_api.imports.schemas import (
    CommitAnswer,
    DryRunAnswer,
    ImportAnswer,
    ImportCreated,
    MappingChange,
    TargetAnswer,
    UndoneAnswer,
)
from crm_api.imports.upload import Upload
from crm_api.listing import ListRequest, Slice, fetch_slice
from crm_api.search import contains_words, folded
from ingest import imports
from ingest.model import Kind
from ingest.targets import CUSTOM_ENTITIES, ENTITIES_OF, REQUIRED, custom_target, targets_for
from ingest.undoing.undo import undo_import
from pymeai.database.tables.workspace import AuditLog, Import
from pymeai.errors import NotFound
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session

SORTABLE = {"created_at": Import.created_at, "file_name": Import.file_name, "finished_at": Import.finished_at}
MAX_LISTED = 1000
"""Rejected rows and warnings in a dry run's answer; the counts count all, and the file of rejected rows has all."""

GROUPS = {
    "customer": "Cliente",
    "sale": "Venta",
    "line": "Línea de la venta",
    "opportunity": "Oportunidad",
    "interaction": "Interacción",
}
NOT_FOUND = "No existe esa importación."


def create_import(settings: Settings, caller: Caller, upload: Upload) -> ImportCreated:
    """Keep a file and propose where its columns go. Raises Invalid, TooLarge, BadRequest, UnsupportedFile.

    This and what follows take no session: a large workbook is read for a minute, and no transaction stays open that long.
    """
    import_id = imports.create_import(
        settings,
        caller.tenant,
        kind=upload.kind,
        file_name=upload.file_name,
        stream=upload.stream,
        user_id=caller.user_id,
    )
    notes = _read(settings, caller, import_id).mapping.get("notes", [])
    return ImportCreated(id=import_id, notices=[str(note) for note in notes])


def list_imports(session: Session, request: ListRequest) -> Slice[Import]:
    """One page of imports."""
    statement = repository.every()
    if request.q:
        statement = statement.where(*contains_words(folded([Import.file_name]), request.q))
    return fetch_slice(session, statement, request, key=Import.import_id, sortable=SORTABLE, default_sort="-created_at")


def answer(caller: Caller, found: Import) -> ImportAnswer:
    """The import as it goes out: without samples of its file for who may not import, who may not see all customers either."""
    shown = ImportAnswer.model_validate(found)
    if caller.may(Permission.IMPORT):
        return shown
    columns = [column | {"samples": []} for column in shown.mapping.get("columns", [])]
    return shown.model_copy(update={"mapping": shown.mapping | {"columns": columns}})


def get_import(session: Session, import_id: UUID) -> Import:
    """One import. Raises NotFound, for another tenant's as well."""
    found = repository.find(session, import_id)
    if found is None:
        raise NotFound(NOT_FOUND, code="import_not_found")
    return found


def set_mapping(settings: Settings, caller: Caller, import_id: UUID, request: MappingChange) -> ImportAnswer:
    """Take what the user agreed to. Raises NotFound, Conflict, Invalid."""
    columns = [column.model_dump() for column in request.columns]
    imports.set_mapping(settings, caller.tenant, import_id, columns, request.options)
    return _read(settings, caller, import_id)


def choose_sheet(settings: Settings, caller: Caller, import_id: UUID, sheet: str) -> ImportAnswer:
    """Read another sheet of the workbook and propose where its columns go. Raises NotFound, Conflict, BadRequest."""
    imports.propose(settings, caller.tenant, import_id, sheet=sheet)
    return _read(settings, caller, import_id)


def dry_run(settings: Settings, caller: Caller, import_id: UUID) -> DryRunAnswer:
    """What a commit would do. Raises NotFound, Invalid."""
    report = asdict(imports.dry_run(settings, caller.tenant, import_id))
    truncated = max(len(report["rejected"]), len(report["warnings"])) > MAX_LISTED
    cut = {name: report[name][:MAX_LISTED] for name in ("rejected", "warnings")}
    return DryRunAnswer.model_validate(report | cut | {"truncated": truncated})


def commit(settings: Settings, caller: Caller, import_id: UUID) -> CommitAnswer:
    """Put an import into the queue and ask Dagster to take it. Raises NotFound, Conflict, Invalid, Unavailable.

    The queue is the database's: Unavailable says that Dagster does not answer; the import is queued all the same and a
    sensor finds it when Dagster is back. Asking again asks Dagster again, and never twice for one run.
    """
    before = imports.get_import(settings, caller.tenant, import_id)
    queued = imports.queue(settings, caller.tenant, import_id)
    if before.status in ("queued", "running") and before.run_id is not None:
        return CommitAnswer(import_id=import_id, status=queued.status, run_id=queued.run_id)
    claim = f"launching-{uuid4()}"
    if not _exchange_run(settings, caller, import_id, before.run_id, claim):
        # Somebody else asked at the same moment and has it.
        return CommitAnswer(import_id=import_id, status=queued.status, run_id=None)
    run_id = None
    try:
        run_id = launch_import(settings, caller.tenant, import_id)
    finally:
        _exchange_run(settings, caller, import_id, claim, run_id)
    return CommitAnswer(import_id=import_id, status=queued.status, run_id=run_id)


def undo(session: Session, caller: Caller, import_id: UUID) -> UndoneAnswer:
    """Take back what an import did, but for what was changed since. Raises NotFound, Conflict."""
    done = undo_import(session.connection(), import_id)
    kept_total = sum(done.kept.values())
    session.add(
        AuditLog(
            user_id=caller.user_id,
            api_key_id=caller.api_key_id,
            request_id=caller.request_id,
            action="undone",
            entity="import",
            entity_id=import_id,
            after={"restored": done.restored, "removed": done.removed, "kept": done.kept},
        )
    )
    session.flush()
    record = get_import(session, import_id)
    counts = asdict(done) | {"kept_total": kept_total}
    return UndoneAnswer(import_id=import_id, status=record.status, undone_at=record.undone_at, **counts)


def rejected_file(settings: Settings, caller: Caller, import_id: UUID) -> bytes:
    """The rejected rows as CSV. Raises NotFound."""
    return imports.rejected_csv(settings, caller.tenant, import_id)


def targets(session: Session, kind: Kind) -> list[TargetAnswer]:
    """Where the columns of a file of this kind can go, the organization's own fields included."""
    required = {group[0] for group in REQUIRED[kind] if len(group) == 1}
    found = [
        TargetAnswer(name=name, label=target.label, group=GROUPS[target.entity], required=name in required)
        for name, target in targets_for(kind).items()
    ]
    for entity in CUSTOM_ENTITIES:
        if entity in ENTITIES_OF[kind]:
            found += [
                TargetAnswer(
                    name=custom_target(entity, field.field_name),
                    label=field.label,
                    group=f"{GROUPS[entity]}: campos propios",
                    required=False,
                )
                for field in custom_fields.in_use(session, entity)
            ]
    return found


def _read(settings: Settings, caller: Caller, import_id: UUID) -> ImportAnswer:
    with tenant_session(settings, caller.tenant) as session:
        return ImportAnswer.model_validate(get_import(session, import_id))


def _exchange_run(
    settings: Settings, caller: Caller, import_id: UUID, expected: str | None, run_id: str | None
) -> bool:
    # Transactions of its own: nothing stays open while Dagster is asked.
    with tenant_session(settings, caller.tenant) as session:
        return repository.exchange_run(session, import_id, expected, run_id)
