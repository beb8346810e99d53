"""Imports as they come in and go out."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from crm_api.schemas import Answer, JsonObject, Schema
from ingest.model import Kind


class ImportCreated(Answer):
    """The new import, and what there is to say of its file: that it was imported before, which rows are no data."""

    id: UUID
    notices: list[str]


class ColumnChoice(Schema):
    """Where one column of the file goes: a target of GET /api/imports/targets, "ignore", or null while undecided."""

    source: Annotated[str, Field(max_length=1000)]
    target: Annotated[str | None, Field(max_length=200)] = None


class MappingChange(Schema):
    """What the user agreed to. Columns that are not named get no target."""

    columns: Annotated[list[ColumnChoice], Field(max_length=2000)]
    options: JsonObject | None = None


class SheetChoice(Schema):
    """Which sheet of a workbook is meant."""

    sheet: Annotated[str, Field(min_length=1, max_length=200)]


class ImportAnswer(Answer):
    """A file that somebody handed in, and what became of it.

    `status`: uploaded, ready, queued, running, done, failed or undone. `progress`: {"step", "done": 0 to 1}.
    `mapping`: {"columns": [{source, target, confidence, samples, reason}], "header", "notes", "sheet", "sheets", "rows",
    "encoding", "delimiter", "header_row"}; the last three say how the file was read, `header_row` counted from 1.
    """

    import_id: UUID
    file_name: str
    kind: Kind
    status: str
    mapping: dict[str, Any]
    options: dict[str, Any]
    counts: dict[str, Any]
    progress: dict[str, Any]
    error: str | None
    run_id: str | None
    created_by: UUID | None
    created_at: datetime
    queued_at: datetime | None
    finished_at: datetime | None
    undone_at: datetime | None


class CommitAnswer(Answer):
    """The import is in the queue; `run_id` is Dagster's run, null while another request is asking for it."""

    import_id: UUID
    status: str
    run_id: str | None


class KeptAnswer(Answer):
    """A row that an undo left as it is. `reason`: changed, deleted, gone, in_use, taken or missing; `message` says it."""

    table: str
    row_id: UUID
    name: str
    reason: Literal["changed", "deleted", "gone", "in_use", "taken", "missing"]
    message: str


class UndoneAnswer(Answer):
    """What an undo did, in rows by table (customers, sales, opportunities, interactions, stages, pipelines, custom_fields).

    `kept` counts all rows that stay as they are, `kept_total` those of all tables; `kept_rows` lists the first hundred.
    """

    import_id: UUID
    status: str
    undone_at: datetime
    restored: dict[str, int]
    removed: dict[str, int]
    kept: dict[str, int]
    kept_total: int
    kept_rows: list[KeptAnswer]


class ProblemAnswer(Answer):
    """What is wrong with one cell. `row_number` 1 is the first row below the header."""

    row_number: int
    column: str | None
    value: str | None
    code: str
    message: str
    suggestion: str | None


class RejectedRowAnswer(Answer):
    """A row that does not go in, and why."""

    row_number: int
    original: dict[str, str | None]
    reasons: list[ProblemAnswer]


class ReadingAnswer(Answer):
    """How a column's text was read; `question` asks where another reading was possible."""

    column: str
    reading: str
    ambiguous: bool
    question: str | None
    alternatives: list[str]


class CountsAnswer(Answer):
    """How many rows of the file become what, by entity."""

    rows: int
    rejected: int
    warnings: int
    duplicates: int
    inserted: dict[str, int]
    updated: dict[str, int]
    unchanged: dict[str, int]


class DryRunAnswer(Answer):
    """What a commit would do, with every problem at once."""

    counts: CountsAnswer
    rejected: list[RejectedRowAnswer]
    warnings: list[ProblemAnswer]
    readings: list[ReadingAnswer]
    proposals: list[dict[str, Any]]
    notes: list[str]
    truncated: bool = False


class TargetAnswer(Answer):
    """A place that a column can go to. `required`: without it nothing can be imported."""

    name: str
    label: str
    group: str
    required: bool


class TargetList(Answer):
    """All places for one kind of import."""

    items: list[TargetAnswer]
    total: int
