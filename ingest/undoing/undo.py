"""An import undone: what it changed is as it was, what it made is gone, and what somebody changed since stays."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import OperationalError

from ingest import records
from ingest.loading.load import LOCK
from ingest.records import ImportRecord
from ingest.undoing.context import Undo
from ingest.undoing.definitions import hold_definitions, undo_definitions
from ingest.undoing.entities import undo_entities
from ingest.undoing.kept import KeptRow, kept_rows
from pymeai.clock import COSTA_RICA
from pymeai.database.tables.workspace import Import
from pymeai.errors import Conflict

LOCK_TIMEOUT_SECONDS = 30
_BUSY = (
    "En este momento se está guardando otra importación o un cambio grande. Espere a que termine e intente de nuevo."
)
_LOCKED_OUT = frozenset({"55P03", "40P01"})
"""lock_not_available and deadlock_detected: somebody else has what is needed."""
_NOTHING_TO_UNDO = {
    "uploaded": "Esta importación no ha guardado nada todavía: no hay nada que deshacer.",
    "ready": "Esta importación no ha guardado nada todavía: no hay nada que deshacer.",
    "queued": "Esta importación está en cola y no ha guardado nada todavía: no hay nada que deshacer.",
    "running": "Esta importación se está guardando. Espere a que termine para deshacerla.",
    "failed": "Esta importación falló y no guardó nada: no hay nada que deshacer.",
}


@dataclass(frozen=True)
class Undone:
    """What an undo did: rows by table, and those that stay as they are (the first ingest.undoing.kept.MOST_LISTED)."""

    restored: dict[str, int]
    removed: dict[str, int]
    kept: dict[str, int]
    kept_rows: list[KeptRow]


def undo_import(connection: Connection, import_id: UUID) -> Undone:
    """Undo an import within a transaction of its tenant's; the caller commits.

    Raises NotFound, and Conflict: it is not done, was undone before, or others hold what it needs for too long.
    """
    try:
        record = _held(connection, import_id)
        return _undone(connection, record)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) not in _LOCKED_OUT:
            raise
        raise Conflict(_BUSY, code="import_busy") from error


def _held(connection: Connection, import_id: UUID) -> ImportRecord:
    """The import, ours until the transaction ends: of two undos at once the second finds it undone."""
    connection.execute(text(f"set local lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'"))
    # Not the key: a rehearsal of the same import notes its changes under it and holds the lock below.
    held = select(Import.import_id).where(Import.import_id == import_id).with_for_update(key_share=True)
    connection.execute(held)
    record = records.read(connection, import_id)
    if record.status == "undone" and record.undone_at is not None:
        when = f"{record.undone_at.astimezone(COSTA_RICA):%d/%m/%Y a las %H:%M}"
        raise Conflict(f"Esta importación ya se deshizo el {when}.", code="already_undone")
    if record.status in _NOTHING_TO_UNDO:
        raise Conflict(_NOTHING_TO_UNDO[record.status], code="import_not_done")
    connection.exec_driver_sql(LOCK)
    return record


def _undone(connection: Connection, record: ImportRecord) -> Undone:
    connection.execute(text("set local jit = off"))
    # The import's own record is in import_changes; a line a row in the audit log would be the file once more.
    connection.execute(text("set local pymeai.unaudited = 'undo'"))
    written_at = record.loaded_at or record.finished_at
    assert written_at is not None, "an import that is done has ended"
    undone_since = connection.execute(
        select(Import.import_id, Import.undone_at)
        .where(Import.undone_at > written_at)
        .order_by(Import.undone_at.desc())
    )
    undo = Undo(
        connection,
        record.import_id,
        written_at,
        exact=record.loaded_at is not None,
        undone_since=[(later, undone_at) for later, undone_at in undone_since if undone_at is not None],
    )
    hold_definitions(undo)
    undo_entities(undo)
    undo_definitions(undo)
    kept, listed = kept_rows(undo)
    # now() is what the rows' updated_at became: an earlier import's undo knows by it whose doing that was.
    connection.execute(
        update(Import).where(Import.import_id == record.import_id).values(status="undone", undone_at=func.now())
    )
    connection.execute(text("set local pymeai.unaudited = ''"))
    return Undone(_positive(undo.restored), _positive(undo.removed), kept, listed)


def _positive(counts: dict[str, int]) -> dict[str, int]:
    return {table: number for table, number in counts.items() if number}
