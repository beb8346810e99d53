"""What the parts of one undo share: the transaction, what was written when, and what was done to which row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

CHANGED, DELETED, GONE, IN_USE, TAKEN, MISSING = "changed", "deleted", "gone", "in_use", "taken", "missing"
"""Why a row is kept: edited, put in the bin or removed for good since; others need it; its former number or code is
somebody else's by now; what it belonged to is no longer there, or no longer what it was."""


@dataclass
class Undo:
    """One running undo within a transaction of the tenant's.

    `written_at` is the updated_at that the import gave to its rows; where `exact` is false (imports from before that was
    noted), it is the moment at which the import ended, and what was written by then counts as the import's.
    """

    connection: Connection
    import_id: UUID
    written_at: datetime
    exact: bool
    # Imports that were undone since, with the moment, the last first.
    undone_since: Sequence[tuple[UUID, datetime]] = ()
    # Table -> rows.
    restored: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)

    def run(self, statement: str, **parameters: Any) -> int:
        """Execute one statement; returns how many rows it touched."""
        return self.connection.execute(text(statement), {**self._known, **parameters}).rowcount

    @property
    def _known(self) -> Mapping[str, Any]:
        return {"import_id": self.import_id, "written_at": self.written_at}

    def count_restored(self, table: str, number: int) -> None:
        """Add to what was brought back."""
        self.restored[table] = self.restored.get(table, 0) + number

    def count_removed(self, table: str, number: int) -> None:
        """Add to what was taken out."""
        self.removed[table] = self.removed.get(table, 0) + number

    def begin(self, table: str, key: str, found: str) -> None:
        """Make the temporary table `undo_<table>`: row_id, action, before, change_id, version, and why the row is kept.

        `found` is SQL that sets `kept` (null: it is not) over `u` and the row `t`; of rows that are gone it is GONE. The rows
        are locked first: what is found of them holds until the transaction ends.
        """
        # Nobody has counted the rows of a fresh import for the planner: a table of its own, analyzed, keeps joins linear.
        self.run(
            f"""
            create temporary table undo_{table} on commit drop as
            select distinct on (row_id) row_id, action, before, change_id, null::timestamptz as version, '{GONE}' as kept
            from import_changes
            where import_id = :import_id and table_name = '{table}' and action in ('insert', 'update')
            order by row_id, action, change_id
            """
        )
        self.run(f"create index on undo_{table} (row_id)")
        self.run(f"analyze undo_{table}")
        self.run(
            f"select count(*) from (select from {table} t join undo_{table} u on t.{key} = u.row_id "
            f"order by t.{key} for update of t) held"
        )
        self.run(f"update undo_{table} u set {found} from {table} t where t.{key} = u.row_id")

    def keep(self, table: str, action: str, reason: str, condition: str) -> None:
        """Keep the rows that were to be removed ("insert") or restored ("update") for which `condition` holds, over `u`."""
        self.run(
            f"update undo_{table} u set kept = :reason where u.kept is null and u.action = :action and ({condition})",
            reason=reason,
            action=action,
        )

    def remove(self, table: str, key: str) -> None:
        """Delete for good what the import made and nothing keeps."""
        removed = self.run(
            f"delete from {table} t using undo_{table} u "
            f"where t.{key} = u.row_id and u.action = 'insert' and u.kept is null"
        )
        self.count_removed(table, removed)
