"""Search without accents, by all words in any order."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import InstrumentedAttribute


def contains_words(text: ColumnElement[str], query: str) -> list[ColumnElement[bool]]:
    """One condition a word of `query`: the folded `text` has it. `text` must be folded (platform.fold, search_text)."""
    return [text.like(func.platform.fold(f"%{_escaped(word)}%"), escape="\\") for word in query.split()[:10]]


def folded(columns: Iterable[InstrumentedAttribute[str] | InstrumentedAttribute[str | None]]) -> ColumnElement[str]:
    """Several columns as one folded text."""
    return func.platform.fold(func.concat_ws(" ", *columns))


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
