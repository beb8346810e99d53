"""The table while it is being cleaned."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from ingest.cleaning.cells import Cells
from ingest.cleaning.faults import Faults
from ingest.model import ColumnReading, ImportOptions, Kind, RawTable
from pymeai.custom_fields.definition import FieldDefinition


@dataclass
class Sheet:
    """One array a target, one value a row of the file, and what was found wrong with the cells."""

    table: RawTable
    kind: Kind
    options: ImportOptions
    today: dt.date
    faults: Faults
    # Target -> the custom field that the tenant has under it; a target that is not here makes a new one.
    fields: Mapping[str, FieldDefinition] = field(default_factory=dict)
    columns: dict[str, pa.Array] = field(default_factory=dict)
    # What the same cells tell besides: target -> {"currency" | "phone_alt" | "type" | "percent": one value a row}.
    extras: dict[str, dict[str, pa.Array]] = field(default_factory=dict)
    # Target -> the (first) column that was mapped to it.
    sources: dict[str, str] = field(default_factory=dict)
    readings: list[ColumnReading] = field(default_factory=list)

    def chosen(self, source: str) -> str | None:
        """The reading that somebody chose for a column."""
        return self.options.readings.get(source)

    def keep(self, target: str, source: str, cells: Cells) -> None:
        """Takes a target's values, problems and reading."""
        self.columns[target] = cells.values
        self.extras[target] = cells.extra
        self.sources[target] = source
        for rows, problem in cells.faults:
            self.faults.add(rows, source, target, problem)
        if cells.reading is not None:
            self.readings.append(cells.reading)

    def told(self, target: str, name: str) -> pa.Array | None:
        """What a target's cells tell besides, where one of them does."""
        values = self.extras.get(target, {}).get(name)
        return values if values is not None and values.null_count < len(values) else None
