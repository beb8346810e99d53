"""What passes between the steps of an import: read -> map -> clean -> gate -> load."""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as LookUp
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

Kind = Literal["customers", "sales", "opportunities", "interactions"]
KINDS: tuple[Kind, ...] = ("customers", "sales", "opportunities", "interactions")

IGNORE = "ignore"
"""The target of a column that somebody chose to leave out."""


def _nothing_to_let_go() -> None:
    """For a table that lies nowhere else."""


@dataclass(frozen=True)
class RawTable:
    """A sheet as read: one record a row below the header, one column a header.

    `frame` columns are pa.string() holding the file's own text (null: an empty cell), or, where a workbook typed every
    cell of the column alike, pa.float64(), pa.timestamp("us") or pa.bool_().
    """

    header: list[str]
    frame: pa.Table
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    sheets: Sequence[str] = ()
    # 1-based row of the file in which the header stands.
    header_row: int = 1
    # Spanish sentences on what was left out: title rows, totals, empty columns.
    notes: Sequence[str] = ()
    # The number of each row (1: the first below the header), where rows were left out in between; None: 1, 2, 3, …
    row_numbers: pa.Array | None = None
    # Rows with more cells than the header names, which stay in `frame`, cut; and documents that cannot be read. They are
    # not to be loaded.
    broken: Sequence["Reason"] = ()
    # Header -> which rows of a column of text are figures of the workbook: their decimal point is nobody's writing.
    figures: LookUp[str, pa.Array] = field(default_factory=dict)
    # Header -> target, where the format itself says what a column is.
    targets: LookUp[str, str] = field(default_factory=dict)
    # Gives back the memory of the cells that were looked at; whoever looks again has them again.
    let_go: Callable[[], None] = field(default=_nothing_to_let_go, compare=False)


@dataclass(frozen=True)
class ColumnMapping:
    """Where one column goes.

    `target` is a name of ingest.targets ("customer.email"), "customer.custom:<field_name>" (likewise sale., opportunity.,
    interaction.) for a custom field, IGNORE, or None while nobody has decided. `confidence` is 0 to 1.
    """

    source: str
    target: str | None
    confidence: float
    samples: list[str] = field(default_factory=list)
    # Why, in Spanish: "Nombre exacto", "Sinónimo", "Por la forma de los valores".
    reason: str = ""


@dataclass(frozen=True)
class Mapping:
    """All columns of a table, in its order."""

    kind: Kind
    columns: list[ColumnMapping]

    def source_of(self, target: str) -> str | None:
        """The column mapped to `target`, if there is one."""
        return next((column.source for column in self.columns if column.target == target), None)


@dataclass(frozen=True)
class Reason:
    """What is wrong with one cell, said so that its owner can mend it."""

    row_number: int
    column: str | None
    value: str | None
    code: str
    message: str
    suggestion: str | None = None


@dataclass(frozen=True)
class RejectedRow:
    """A row that does not go in: its number (1 is the first below the header), its cells as in the file, and why."""

    row_number: int
    original: dict[str, str | None]
    reasons: list[Reason]


@dataclass(frozen=True)
class MissingField:
    """A required custom field that a new record of `entity` lacks: the target that would fill it, and its label."""

    entity: str
    target: str
    label: str
    # Whether it is a field of one type of contact: those have no initial value.
    of_type: bool = False


@dataclass(frozen=True)
class ColumnReading:
    """How a column's text was read, and whether another reading was possible."""

    column: str
    # "d/m/yyyy", "m/d/yyyy", "iso", "1.234,50", "1,234.50", …
    reading: str
    ambiguous: bool = False
    # In Spanish, when ambiguous: what to ask, with the default and its reason.
    question: str | None = None
    alternatives: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Cleaned:
    """Rows ready to load.

    `frame` has "row_number" (int64) and one typed column a mapped target, named as the target: text pa.string(), money and
    numbers pa.decimal128(28, 8), dates pa.timestamp("us", "UTC") (a date without an hour is midnight in Costa Rica),
    booleans pa.bool_(). Phones are E.164, identifications digits alone, e-mails lower case.
    """

    frame: pa.Table
    rejected: list[RejectedRow]
    warnings: list[Reason]
    readings: list[ColumnReading]
    # What was cleaned: the cells of rows that are refused later on, as the file has them.
    table: RawTable | None = None


@dataclass(frozen=True)
class ImportOptions:
    """What the user chose for one import; JSON in imports.options."""

    # Currency and rate of amounts that do not say their own.
    currency: str = "CRC"
    exchange_rate: str | None = None
    # Column -> reading chosen where it was ambiguous.
    readings: dict[str, str] = field(default_factory=dict)
    # Target -> "fill" (only blanks), "overwrite" or "never".
    policies: dict[str, str] = field(default_factory=dict)
    default_policy: str = "overwrite"
    reject_rows_with_warnings: bool = False
    # Load the same content again.
    repeat: bool = False
    sheet: str | None = None


@dataclass
class Counts:
    """How many rows of the file became what. Entities are customers, sales, sale_lines, opportunities, interactions."""

    rows: int = 0
    rejected: int = 0
    warnings: int = 0
    duplicates: int = 0
    inserted: dict[str, int] = field(default_factory=dict)
    updated: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DryRunReport:
    """What a commit would do, with every problem at once."""

    counts: Counts
    rejected: list[RejectedRow]
    warnings: list[Reason]
    readings: list[ColumnReading]
    # Lists' values that will be matched or created: [{"target", "value", "proposal", "matched"}].
    proposals: list[dict[str, str | bool | None]]
    notes: list[str]
