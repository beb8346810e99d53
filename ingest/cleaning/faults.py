"""What is wrong with which cells, and which rows that costs."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from ingest.cleaning.column import Indices, Mask, Problem, as_text
from ingest.model import RawTable, Reason, RejectedRow
from pymeai.costa_rica.money import format_number

LISTED = 20_000
"""Warnings of one kind in one column that are listed one by one; the last of them says how many more there are."""


def row_numbers(table: RawTable) -> Indices:
    """The file's number of each row of a table."""
    if table.row_numbers is not None:
        numbers: Indices = np.asarray(table.row_numbers, dtype=np.int64)
        return numbers
    return np.arange(1, table.frame.num_rows + 1, dtype=np.int64)


@dataclass(frozen=True)
class Fault:
    """One problem of one column's cells. `rows` are 0-based. `source` is None for what no single column has."""

    rows: Indices
    source: str | None
    target: str | None
    problem: Problem


@dataclass
class Faults:
    """All that was found in one table."""

    table: RawTable
    # The file's number of each row.
    numbers: Indices
    found: list[Fault] = field(default_factory=list)

    def add(self, rows: Indices, source: str | None, target: str | None, problem: Problem) -> None:
        """Records a problem in some rows, if there are any."""
        if len(rows):
            self.found.append(Fault(np.asarray(rows, dtype=np.int64), source, target, problem))

    def bad_rows(self, targets: frozenset[str]) -> Mask:
        """The rows in which a cell of one of the targets could not be read."""
        mask: Mask = np.zeros(self.table.frame.num_rows, dtype=bool)
        for fault in self.found:
            if fault.target in targets and not fault.problem.kept:
                mask[fault.rows] = True
        return mask

    def rejected(self, rows: Mask) -> list[RejectedRow]:
        """The rows that do not go in, each with all its reasons and its cells as the file has them."""
        places = np.flatnonzero(rows)
        if not len(places):
            return []
        reasons: dict[int, list[Reason]] = {int(place): [] for place in places}
        by_number = dict(zip(self.numbers[places].tolist(), places.tolist(), strict=True))
        for reason in self.table.broken:
            if reason.row_number in by_number:
                reasons[by_number[reason.row_number]].append(reason)
        for fault in self.found:
            here = fault.rows[rows[fault.rows]]
            for row, value in zip(here.tolist(), self._cells(fault.source, here), strict=True):
                reasons[row].append(self._reason(fault, row, value))
        cells = [self._cells(name, places) for name in self.table.header]
        return [
            RejectedRow(number, dict(zip(self.table.header, values, strict=True)), reasons[place])
            for number, place, values in zip(
                self.numbers[places].tolist(), places.tolist(), zip(*cells, strict=True), strict=True
            )
        ]

    def warnings(self, kept: Mask) -> list[Reason]:
        """What was left out of, or noted on, the rows that go in; in the order of the rows."""
        listed: list[Reason] = []
        for fault in self.found:
            here = fault.rows[kept[fault.rows]]
            shown = here[:LISTED]
            values = self._cells(fault.source, shown)
            listed += [self._reason(fault, row, value) for row, value in zip(shown.tolist(), values, strict=True)]
            if len(here) > LISTED:
                more = format_number(len(here) - LISTED)
                number = int(self.numbers[here[LISTED]])
                message = f"{fault.problem.message} (y {more} filas más con lo mismo)"
                listed.append(Reason(number, fault.source, None, fault.problem.code, message, fault.problem.suggestion))
        return sorted(listed, key=lambda reason: reason.row_number)

    def _cells(self, source: str | None, rows: Indices) -> list[str | None]:
        if source is None or not len(rows):
            return [None] * len(rows)
        column = self.table.frame.column(self.table.header.index(source))
        cells: list[str | None] = as_text(column.take(pa.array(rows))).to_pylist()
        return cells

    def _reason(self, fault: Fault, row: int, value: str | None) -> Reason:
        problem = fault.problem
        number = int(self.numbers[row])
        return Reason(number, fault.source, value, problem.code, problem.message, problem.suggestion)
