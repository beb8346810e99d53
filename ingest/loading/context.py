"""What the parts of one load share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from ingest.model import Counts, ImportOptions

Progress = Callable[[str, float], None]
"""Called with what is being done, in Spanish, and the share of the whole that is done, 0 to 1."""

OVERWRITE, FILL, NEVER = "overwrite", "fill", "never"

KEYS = {"custom_fields": "field_id", "pipelines": "pipeline_id", "stages": "stage_id"}
"""The key of each table that an import may add to beside the records themselves."""


_OWN_UUIDV7 = 180_000


@dataclass
class Load:
    """One running load: the cursor of its transaction, what the user chose, and what has been counted."""

    cursor: psycopg.Cursor[Any]
    import_id: UUID
    options: ImportOptions
    counts: Counts
    # Header of the file by target, for the labels of new custom fields.
    headers: dict[str, str] = field(default_factory=dict)
    # Lists' values that were matched or created: {"target", "value", "proposal", "matched"}.
    proposals: list[dict[str, str | bool | None]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def new_key(self) -> str:
        """SQL of a new UUIDv7, for statements that make one for each of many rows.

        PostgreSQL 18 has its own: it costs a tenth of platform.uuid_v7, and each is larger than the one before, so that rows
        with such keys lie in their indexes in the order in which they were made.
        """
        return "uuidv7()" if self.cursor.connection.info.server_version >= _OWN_UUIDV7 else "platform.uuid_v7()"

    def policy(self, target: str) -> str:
        """What to do with a target's value where the row has one already: overwrite, fill or never."""
        return self.options.policies.get(target, self.options.default_policy)

    def run(self, statement: str, parameters: tuple[Any, ...] | None = None) -> int:
        """Execute one statement; returns how many rows it touched."""
        self.cursor.execute(statement.encode(), parameters)
        return self.cursor.rowcount

    def rows(self, statement: str, parameters: tuple[Any, ...] | None = None) -> list[tuple[Any, ...]]:
        """The rows of one query."""
        self.cursor.execute(statement.encode(), parameters)
        return self.cursor.fetchall()

    def value(self, statement: str, parameters: tuple[Any, ...] | None = None) -> Any:
        """The first value of the first row of one query; None where there is none."""
        rows = self.rows(statement, parameters)
        return rows[0][0] if rows else None

    def record_insert(self, table: str, row_id: UUID) -> None:
        """Note for an undo that the import made this row."""
        self.run(
            "insert into import_changes (import_id, action, table_name, row_id) values (%s, 'insert', %s, %s)",
            (self.import_id, table, row_id),
        )

    def record_update(self, table: str, condition: str, parameters: tuple[Any, ...]) -> None:
        """Note for an undo what the rows of a pipeline's, stage's or custom field's table are before they change."""
        self.run(
            f"""
            insert into import_changes (import_id, action, table_name, row_id, before)
            select %s, 'update', '{table}', t.{KEYS[table]}, to_jsonb(t) from {table} t where {condition}
            """,
            (self.import_id, *parameters),
        )

    def count(self, entity: str, inserted: int, updated: int, unchanged: int) -> None:
        """Add to the counts of an entity (customers, sales, sale_lines, opportunities, interactions)."""
        for counts, number in (
            (self.counts.inserted, inserted),
            (self.counts.updated, updated),
            (self.counts.unchanged, unchanged),
        ):
            counts[entity] = counts.get(entity, 0) + number
