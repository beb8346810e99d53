"""Search without accents, by all words in any order; and by words that are nearly so."""

import re
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Float, func, literal, or_, text
from sqlalchemy.orm import InstrumentedAttribute, Session

MAX_WORDS = 10
MIN_DIGITS = 4
"""Fewer digits than this are no search for a telephone or an identification."""
NEARNESS = 0.4
"""The least word similarity (pg_trgm, 0 to 1) that counts as a typing error: `gonsales` for `González` has 0.44."""
_SHORT = 3
_NUMBER_LIKE = re.compile(r"[\d\s().+/-]+")


def contains_words(searched: ColumnElement[str], query: str) -> list[ColumnElement[bool]]:
    """One condition a word of `query`: the folded `searched` has it. It must be folded (platform.fold, customer_text)."""
    return [_has_word(searched, word) for word in query.split()[:MAX_WORDS]]


def contains_digits(searched: ColumnElement[str], query: str) -> ColumnElement[bool] | None:
    """That `searched` has the digits of a `query` that is a number, whatever stands between them; None where it is none."""
    digits = "".join(character for character in query if character in "0123456789")
    if len(digits) < MIN_DIGITS or not _NUMBER_LIKE.fullmatch(query):
        return None
    return searched.like(f"%{digits}%")


def matches(searched: ColumnElement[str], query: str) -> list[ColumnElement[bool]]:
    """What `query` asks of a text that holds numbers too: all its words, or its digits where it is a number."""
    digits = contains_digits(searched, query)
    if digits is None:
        return contains_words(searched, query)
    # As typed, too: codes have dashes of their own. Word by word it would look for each pair of digits.
    return [or_(digits, searched.like(func.platform.fold(f"%{_escaped(query)}%"), escape="\\"))]


def resembles(
    session: Session, searched: ColumnElement[str], query: str
) -> tuple[list[ColumnElement[bool]], ColumnElement[float]]:
    """Conditions that each word of `query` is nearly in `searched`, which a trigram index serves, and how near all are.

    Sets the transaction's threshold of word similarity.
    """
    session.execute(
        text("select set_config('pg_trgm.word_similarity_threshold', :nearness, true)"), {"nearness": str(NEARNESS)}
    )
    words = query.split()[:MAX_WORDS]
    conditions: list[ColumnElement[bool]] = []
    nearness: ColumnElement[float] = literal(0.0, Float)
    for word in words:
        folded_word = func.platform.fold(literal(word))
        if len(word) >= _SHORT and any(character.isalpha() for character in word):
            near: ColumnElement[bool] = folded_word.op("<%", is_comparison=True)(searched)
        else:
            # Two letters have no trigrams to err in, and another number is another customer.
            near = _has_word(searched, word)
        conditions.append(near)
        nearness = nearness + func.public.word_similarity(folded_word, searched)
    return conditions, nearness / max(len(words), 1)


def folded(columns: Iterable[InstrumentedAttribute[str] | InstrumentedAttribute[str | None]]) -> ColumnElement[str]:
    """Several columns as one folded text."""
    return func.platform.fold(func.concat_ws(" ", *columns))


def _has_word(searched: ColumnElement[str], word: str) -> ColumnElement[bool]:
    if len(word) < _SHORT and word.isalnum():
        # A trigram index knows nothing shorter than three letters but where words begin.
        start = func.platform.fold(f"{word}%")
        return or_(searched.like(start), searched.like(literal("% ").op("||")(start)))
    return searched.like(func.platform.fold(f"%{_escaped(word)}%"), escape="\\")


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
