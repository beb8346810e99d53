"""Search without accents, by all words in any order; and by words that are nearly so."""

import re
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, text, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from pymeai.costa_rica.text import fold
from pymeai.database.tables.tenant import Customer

CUSTOMER_SEARCHED: ColumnElement[str] = Customer.__table__.columns["search_text"]
"""Name, e-mail, telephones, identification and code of a customer, folded."""
MAX_WORDS = 10
MIN_DIGITS = 4
"""Fewer digits than this are no search for a telephone or an identification."""
NEARNESS = 0.5
"""The least word similarity (pg_trgm, 0 to 1) that counts as a typing error: `vargs` for `Vargas` has 0.67."""
SAMPLE = 200
"""Rows off which is read how a word is spelled right."""
MAX_SPELLINGS = 20
_SHORT = 3
_LETTERS = re.compile(r"[a-z]+")
_SOUND_ALIKE = re.compile(r"[szcxjgbvkqyi]")
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


def matches_beside_customer(
    key: InstrumentedAttribute[UUID],
    searched: ColumnElement[str],
    customer_id: InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None],
    query: str,
) -> list[ColumnElement[bool]]:
    """What `query` asks of a row and its customer together: each word is in `searched`, or in the customer's own.

    The word that says most is asked of both search indexes; joined to their customers, all rows would be read. The others
    are asked of what it found.
    """
    words = [query] if contains_digits(searched, query) is not None else query.split()[:MAX_WORDS]
    telling = max(words, key=lambda word: (any(character.isdigit() for character in word), len(word)), default=None)
    conditions: list[ColumnElement[bool]] = []
    for word in words:
        own, theirs = and_(*matches(searched, word)), and_(*matches(CUSTOMER_SEARCHED, word))
        if word == telling:
            customers = select(Customer.customer_id).where(theirs).correlate(None)
            by_row, by_customer = select(key).where(own), select(key).where(customer_id.in_(customers))
            conditions.append(key.in_(union_all(by_row.correlate(None), by_customer.correlate(None))))
        else:
            theirs_has = select(Customer.customer_id).where(Customer.customer_id == customer_id, theirs)
            conditions.append(or_(own, theirs_has.correlate(key.class_).exists()))
    return conditions


def sounds_like(searched: ColumnElement[str], query: str) -> list[ColumnElement[bool]]:
    """One condition a word of `query`: `searched` has it or one that sounds the same here (Gonsales, González)."""
    conditions = []
    for word in query.split()[:MAX_WORDS]:
        alike = _sounding_alike(word)
        conditions.append(searched.like(alike, escape="\\") if alike else _has_word(searched, word))
    return conditions


def spelled_right(
    session: Session, searched: ColumnElement[str], query: str, rows: Sequence[ColumnElement[bool]]
) -> list[ColumnElement[bool]] | None:
    """One condition a word of `query`: `searched` has it, or a word of these `rows` that one slip makes of it.

    A slip is a letter left out, added, or mistaken, or two in the wrong order (Perdo, Pdro, Pedor, Pedrro): Damerau's four.
    What the words are is read off SAMPLE of the rows that have such a word. To ask all rows for the slips themselves took six
    times as long (320 ms for one customer in ten of 100,000). None where there is no such row.
    """
    words = query.split()[:MAX_WORDS]
    slips = [_one_slip(fold(word)) for word in words]
    conditions = [
        or_(_has_word(searched, word), *(searched.op("~", is_comparison=True)(rf"\m({half})\M") for half in halves))
        for word, halves in zip(words, slips, strict=True)
    ]
    texts = session.execute(select(searched).where(*rows, *conditions).limit(SAMPLE)).scalars().all()
    if not texts:
        return None
    known = {word for found in texts for word in _LETTERS.findall(found)}
    return [_has_one_of(searched, word, halves, known) for word, halves in zip(words, slips, strict=True)]


def _has_one_of(
    searched: ColumnElement[str], word: str, halves: Sequence[str], known: Collection[str]
) -> ColumnElement[bool]:
    meant = sorted(other for other in known if any(re.fullmatch(half, other) for half in halves))
    return or_(*(_has_word(searched, other) for other in [word, *meant[:MAX_SPELLINGS]]))


def resembles(session: Session, searched: ColumnElement[str], query: str) -> list[ColumnElement[bool]]:
    """One condition a word of `query`: it is nearly in `searched`, which a trigram index serves.

    Sets the transaction's threshold of word similarity.
    """
    set_threshold = text("select set_config('pg_trgm.word_similarity_threshold', :nearness, true)")
    session.execute(set_threshold, {"nearness": str(NEARNESS)})
    conditions: list[ColumnElement[bool]] = []
    for word in query.split()[:MAX_WORDS]:
        if len(word) >= _SHORT and any(character.isalpha() for character in word):
            conditions.append(func.platform.fold(literal(word)).op("<%", is_comparison=True)(searched))
        else:
            # Two letters have no trigrams to err in, and another number is another customer.
            conditions.append(_has_word(searched, word))
    return conditions


def folded(columns: Iterable[InstrumentedAttribute[str] | InstrumentedAttribute[str | None]]) -> ColumnElement[str]:
    """Several columns as one folded text."""
    return func.platform.fold(func.concat_ws(" ", *columns))


def _one_slip(word: str) -> Sequence[str]:
    """Regular expressions of the words that are one slip in the first or the second half away from a word of letters.

    One for each half: in one for both, pg_trgm loses the trigrams of the half that is right, and reads the whole table.
    """
    if len(word) <= _SHORT or not _LETTERS.fullmatch(word):
        return ()
    halves: tuple[list[str], list[str]] = ([], [])
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        slips = [f"{before}[a-z]{after}"]
        if after:
            slips += [f"{before}[a-z]{after[1:]}", before + after[1:]]
        if len(after) > 1:
            slips.append(before + after[1] + after[0] + after[2:])
        halves[place * 2 // (len(word) + 1)].extend(slips)
    return ["|".join(dict.fromkeys(half)) for half in halves]


def _sounding_alike(word: str) -> str | None:
    """A LIKE pattern of the words that sound the same here: Gonsales, González; Gimenes, Jiménez; Baldelomar.

    Two such letters are all that trigrams allow for. None where too little would be left to go by.
    """
    pattern = _SOUND_ALIKE.sub("_", _escaped(fold(word)))
    return f"%{pattern}%" if "_" in pattern and any(len(part) >= _SHORT for part in pattern.split("_")) else None


def _has_word(searched: ColumnElement[str], word: str) -> ColumnElement[bool]:
    if len(word) < _SHORT and word.isalnum():
        # A trigram index knows nothing shorter than three letters but where words begin.
        start = func.platform.fold(f"{word}%")
        return or_(searched.like(start), searched.like(literal("% ").op("||")(start)))
    return searched.like(func.platform.fold(f"%{_escaped(word)}%"), escape="\\")


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
