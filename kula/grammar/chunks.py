"""A sentence cut into known phrases: the cut that explains most words with fewest phrases."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from kula.lexicon import Entry, Lexicon, unaccented
from kula.normalise import Token
from kula.numbers import number_at
from kula.periods.grammar import Match, match_at
from kula.values import SUBSTRING_DIMENSIONS, ValueIndex
from kula.vocabulary import IGNORABLE

_LONGEST_VALUE = 12
_COMPARISONS = frozenset(("more_than", "at_least", "less_than", "at_most"))
_EMPTY = Entry()


@dataclass
class Chunk:
    """tokens[start:end] and what they may mean. `used` once a rule has taken it into the plan."""

    start: int
    end: int
    text: str
    entry: Entry = field(default_factory=Entry)
    verbs: frozenset[str] = frozenset()
    period: Match | None = None
    number: Decimal | None = None
    # Positions in the value index that have all these words, and whether the words are the whole value.
    values: tuple[int, ...] = ()
    whole_value: bool = False
    ignorable: bool = False
    # A word of the closed list that also is a cue ("que"): may stay unused.
    harmless: bool = False
    unknown: bool = False
    used: bool = False

    @property
    def folded_text(self) -> str:
        """The words in lower case without accents."""
        return unaccented(self.text)

    def cue(self, *names: str) -> bool:
        """Whether it can be one of these cues."""
        return any(name in self.entry.cues for name in names)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions it may name."""
        return self.entry.dimensions

    @property
    def metric(self) -> str | None:
        """The metric it may name."""
        return self.entry.metric


@dataclass
class _Best:
    cost: float
    chunk: Chunk | None = None
    previous: int = -1


@dataclass
class Cutter:
    """Cuts sentences of one tenant on one day."""

    lexicon: Lexicon
    values: ValueIndex
    today: date

    def cut(self, tokens: Sequence[Token]) -> list[Chunk]:
        """The chunks of a sentence, in order, covering every token."""
        best = [_Best(0.0)] + [_Best(float("inf")) for _ in tokens]
        for start in range(len(tokens)):
            for chunk, cost in self._chunks_at(tokens, start):
                total = best[start].cost + cost
                if total < best[chunk.end].cost - 1e-9:
                    best[chunk.end] = _Best(total, chunk, start)
        chunks: list[Chunk] = []
        position = len(tokens)
        while position > 0:
            step = best[position]
            assert step.chunk is not None
            chunks.append(step.chunk)
            position = step.previous
        return chunks[::-1]

    def _chunks_at(self, tokens: Sequence[Token], start: int) -> list[tuple[Chunk, float]]:
        found: list[tuple[Chunk, float]] = []
        token = tokens[start]

        def add(end: int, cost: float, **readings: object) -> None:
            text = " ".join(t.text for t in tokens[start:end])
            found.append((Chunk(start, end, text, **readings), cost))  # type: ignore[arg-type]

        verbs = self.lexicon.verbs(token)
        # "Tienda": a word for a dimension that is also one of its values.
        named = tuple(n for n in self.values.containing((token.stem,)) if len(self.values.stems[n]) == 1)
        single = _EMPTY
        for entry, end in self.lexicon.at(tokens, start):
            if end == start + 1:
                single = entry
                continue
            # A longer phrase says more than its words one by one.
            add(
                end,
                (1.15 if entry.ignorable else 1.0) - 0.01 * (end - start - 1),
                entry=entry,
                ignorable=entry.ignorable,
            )
        ignorable = token.folded in IGNORABLE or single.ignorable
        if (single is not _EMPTY and not single.ignorable) or verbs:
            add(start + 1, 1.0, entry=single, verbs=verbs, harmless=ignorable, values=named, whole_value=bool(named))
        elif ignorable or not any(c.isalnum() for c in token.folded):
            add(start + 1, 1.1, ignorable=True)
        else:
            add(start + 1, 10.0, unknown=True)
        period = match_at(tokens, start, self.today)
        if period is not None:
            add(period.end, 0.95, period=period)
        number = number_at(tokens, start)
        if number is not None:
            add(number[1], 1.05, number=number[0])
        self._add_values(tokens, start, found)
        return found

    def _add_values(self, tokens: Sequence[Token], start: int, found: list[tuple[Chunk, float]]) -> None:
        stems: list[str] = []
        content = 0
        for end in range(start + 1, min(len(tokens), start + _LONGEST_VALUE) + 1):
            token = tokens[end - 1]
            stems.append(token.stem)
            if token.folded not in IGNORABLE and not self.lexicon.knows(token) and not token.is_number:
                content += 1
            numbers = self.values.containing(stems)
            if not numbers:
                return
            whole = [number for number in numbers if self.values.is_whole(number, stems)]
            text = " ".join(t.text for t in tokens[start:end])
            if whole and (content or len(stems) > 1) and not all(t.is_number for t in tokens[start:end]):
                found.append((Chunk(start, end, text, values=tuple(whole), whole_value=True), 0.9))
            elif content and _long_enough(tokens[start:end], self.lexicon) and not _hangs(token):
                # Part of a name: good when nothing else explains the words.
                partial = tuple(n for n in numbers if n not in whole)
                if partial and not _hangs(tokens[start]):
                    found.append((Chunk(start, end, text, values=partial), 2.0))


def _hangs(token: Token) -> bool:
    """Whether a word is no beginning or end of a name."""
    return token.folded in IGNORABLE or token.folded in ("por", "y")


def _long_enough(tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    return any(len(token.stem) >= 3 and not lexicon.knows(token) for token in tokens)


def substring_only(chunk: Chunk, values: ValueIndex) -> bool:
    """Whether all that a chunk may name are products or categories, where a word stands for all that contain it."""
    return all(values.values[number].dimension in SUBSTRING_DIMENSIONS for number in chunk.values)
