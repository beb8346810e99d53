"""Spanish phrases for periods -> days. Works on folded tokens; nothing here knows of questions or plans.

`dateparser` failed on 15 of 31 such phrases, among them "últimos 90 días" and "la quincena pasada"; hence our own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from kula.normalise import Token, tokenise
from kula.periods.atoms import ATOMS, CONNECTED_TAIL
from kula.periods.period import FIRST_DAY, LAST_DAY, Period

_CHAIN = 6


@dataclass(frozen=True)
class Match:
    """One or more periods found in tokens[start:end]."""

    periods: tuple[Period, ...]
    end: int


class _Text:
    """Tokens as one string, with the way back from a character to a token."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.starts: list[int] = []
        parts: list[str] = []
        length = 0
        for token in tokens:
            self.starts.append(length)
            parts.append(token.folded)
            length += len(token.folded) + 1
        self.text = " ".join(parts)
        self.at_end = {
            start + len(part): index + 1 for index, (start, part) in enumerate(zip(self.starts, parts, strict=True))
        }
        self.at_start = {start: index for index, start in enumerate(self.starts)}

    def position(self, token: int) -> int:
        """The character at which a token starts; past the last one, the end."""
        return self.starts[token] if token < len(self.starts) else len(self.text) + 1


def match_at(tokens: Sequence[Token], start: int, today: date) -> Match | None:
    """The longest period, range or list of periods that starts at a token; None where none does."""
    return _chain(_Text(tokens), start, today)


def parse_periods(phrase: str, today: date) -> list[Period]:
    """The periods that a whole phrase names, in the order said; empty where it is not (only) that."""
    tokens = tokenise(phrase)
    if not tokens:
        return []
    text = _Text(tokens)
    for start in range(min(len(tokens), 3)):
        if all(token.folded in _LEADING for token in tokens[:start]):
            found = _chain(text, start, today)
            if found is not None and found.end == len(tokens):
                return list(found.periods)
    return []


_LEADING = frozenset(["en", "de", "del", "durante", "el", "la", "los", "las", "para", "por", "a", "al"])
_RANGE_START = re.compile(r"(?:entre|desde|de|del|a partir de|a partir del)(?: (?:el|la|los|las|dia|mes de))* ")
_RANGE_JOIN = re.compile(r"(?:y|a|al|hasta)(?: (?:el|la|los|las|dia|mes de|fin de))* ")
_SINCE = re.compile(r"(?:desde|a partir de|a partir del)(?: (?:el|la|los|las|mes de))* ")
_AFTER = re.compile(r"(?:despues de|despues del|posterior a|posteriores a)(?: (?:el|la|los|las))* ")
_UNTIL = re.compile(r"(?:hasta)(?: (?:el|la|los|las|fin de|finales de))* ")
_BEFORE = re.compile(r"(?:antes de|antes del|anterior a|anteriores a|previo a)(?: (?:el|la|los|las))* ")
_AND = re.compile(r"(?:, y|y|e|,)(?: (?:en|de|del|el|la|los|las))* ")


def _chain(text: _Text, start: int, today: date) -> Match | None:
    first = _single(text, start, today)
    if first is None:
        return None
    periods, end = [first[0]], first[1]
    while len(periods) < _CHAIN and not periods[-1].is_all:
        joined = _join(text, _AND, end)
        following = _single(text, joined, today) if joined is not None else None
        if following is None:
            break
        periods.append(following[0])
        end = following[1]
    return Match(tuple(carry_year(periods)), end)


def carry_year(periods: Sequence[Period]) -> list[Period]:
    """Gives a period without a year that of the nearest one that names it: "marzo y febrero de 2017"."""
    result = list(periods)
    named = [index for index, period in enumerate(result) if period.explicit_year]
    if not named:
        return result
    for index, period in enumerate(result):
        if not period.explicit_year:
            nearest = min(named, key=lambda other: (abs(other - index), other < index))
            result[index] = period.in_year(result[nearest].start.year)
    return result


def _single(text: _Text, start: int, today: date) -> tuple[Period, int] | None:
    """A range, an open-ended period or one atom: whichever covers most tokens."""
    found = [result for reader in (_atom, _range, _open_ended) if (result := reader(text, start, today)) is not None]
    return max(found, key=lambda result: result[1], default=None)


def _join(text: _Text, pattern: re.Pattern[str], token: int) -> int | None:
    """The token after a connector that starts at a token."""
    match = pattern.match(text.text, text.position(token))
    return text.at_start.get(match.end()) if match else None


def _atom(text: _Text, start: int, today: date) -> tuple[Period, int] | None:
    best: tuple[Period, int] | None = None
    position = text.position(start)
    for pattern, build in ATOMS:
        match = pattern.match(text.text, position)
        if match is None or match.end() not in text.at_end:
            continue
        end = text.at_end[match.end()]
        if best is not None and end <= best[1]:
            continue
        try:
            period = build(match, today)
        except (ValueError, OverflowError):  # the 31st of February, the year 0
            continue
        if period is not None:
            best = (period, end)
    return best


def _range(text: _Text, start: int, today: date) -> tuple[Period, int] | None:
    """Entre A y B, de A a B, del 1 al 15 de marzo, desde A hasta B; also "enero a marzo" without an opening word."""
    opened = _join(text, _RANGE_START, start)
    first_token = opened if opened is not None else start
    between = text.text.startswith("entre ", text.position(start))
    for first, end in _range_starts(text, first_token, today):
        joined = _join(text, _RANGE_JOIN, end)
        if joined is None:
            continue
        connector = text.text[text.position(end) :].split(" ", 1)[0]
        if (connector == "y") != between:
            continue
        last = _atom(text, joined, today)
        if last is None:
            continue
        period = _spanning(first, last[0])
        if period is not None:
            return period, last[1]
    return None


_BARE_DAY = re.compile(r"(?:dia )?(?P<day>\d{1,2}|primero|uno)")


def _range_starts(text: _Text, start: int, today: date) -> list[tuple[Period | int, int]]:
    starts: list[tuple[Period | int, int]] = []
    atom = _atom(text, start, today)
    if atom is not None:
        starts.append(atom)
    match = _BARE_DAY.match(text.text, text.position(start))
    if match and match.end() in text.at_end:
        word = match["day"]
        starts.append((1 if word in ("primero", "uno") else int(word), text.at_end[match.end()]))
    return starts


def _spanning(first: Period | int, last: Period) -> Period | None:
    """From the first day of one to the last day of the other."""
    if last.is_all:
        return None
    if isinstance(first, int):
        # "del 1 al 15 de marzo": the month is said once, at the end.
        if last.unit != "day" or not 1 <= first <= last.end.day:
            return None
        return replace(last, start=last.end.replace(day=first), unit="span")
    if first.is_all:
        return None
    first, last = _of_one_stretch(first, last)
    if first.start > last.end:
        first, last = last, first
    explicit = first.explicit_year and last.explicit_year
    return Period(first.start, last.end, "span", explicit_year=explicit)


def _of_one_stretch(first: Period, last: Period) -> tuple[Period, Period]:
    """Both ends with their years: said at one end, it holds for the other; "de noviembre a febrero" spans two."""
    if first.explicit_year and not last.explicit_year:
        last = last.in_year(first.start.year)
        return first, last if last.end >= first.start else last.in_year(first.start.year + 1)
    if not first.explicit_year:
        first = replace(first.in_year(last.end.year), explicit_year=last.explicit_year)
        if first.start > last.end:
            first = replace(first.in_year(last.end.year - 1), explicit_year=last.explicit_year)
    return first, last


def _open_ended(text: _Text, start: int, today: date) -> tuple[Period, int] | None:
    for pattern in (_SINCE, _AFTER, _UNTIL, _BEFORE):
        joined = _join(text, pattern, start)
        if joined is None:
            continue
        atom = _atom(text, joined, today)
        if atom is None or atom[0].is_all:
            continue
        period, end = atom
        tail = CONNECTED_TAIL.match(text.text, text.position(end))
        if tail and tail.end() in text.at_end:
            end = text.at_end[tail.end()]
        if pattern is _SINCE:
            return Period(period.start, max(today, period.start)), end
        if pattern is _AFTER:
            return Period(min(period.end, LAST_DAY - timedelta(days=1)) + timedelta(days=1), LAST_DAY), end
        if pattern is _UNTIL:
            return Period(FIRST_DAY, period.end), end
        return Period(FIRST_DAY, period.start - timedelta(days=1)), end
    return None
