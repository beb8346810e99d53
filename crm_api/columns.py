"""Columns of texts that people read, which lists sort and compare as readers do."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, func
from sqlalchemy.orm import InstrumentedAttribute


@dataclass(frozen=True)
class Folded:
    """A column without its accents and capitals: Álvaro beside ana, and not after Zulma as its bytes would have it.

    In the collation C, which every server has and no upgrade changes: an index in an order that has changed under it
    finds only some of its rows. Written as the indexes of pymeai.database.tables.tenant are, or they do not serve.
    """

    column: InstrumentedAttribute[Any] | ColumnElement[Any]

    @property
    def text(self) -> ColumnElement[str]:
        """What is sorted and compared."""
        return func.platform.fold(self.column, type_=Text()).collate("C")

    def met(self, values: tuple[str, ...]) -> ColumnElement[bool]:
        """That the column is one of the values, however they are written."""
        one_of = self.text.in_([func.platform.fold(value) for value in values])
        # The index has no empty rows: without this the planner does not know that none is asked for.
        return self.column.is_not(None) & one_of
