"""The values of a tenant's dimensions (customers, products, categories, …), found by their words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from kula.normalise import phrase_stems

SURE = 92.0
"""From this similarity on (0-100), a text is taken for a value; from ASK on it is asked back."""
ASK = 80.0
_PART_OF_NAME = 6.0

SUBSTRING_DIMENSIONS = frozenset({"sale_line__product", "sale_line__category", "opportunity__product"})
"""Where a word stands for all values that contain it: "cemento" is every cement. A person's name never does."""


@dataclass(frozen=True)
class Value:
    """One value of one dimension, as the marts spell it."""

    dimension: str
    text: str


@dataclass
class ValueIndex:
    """Values by their stems. Built once per tenant and refresh; reading it is safe from several threads."""

    values: list[Value] = field(default_factory=list)
    stems: list[tuple[str, ...]] = field(default_factory=list)
    by_stem: dict[str, set[int]] = field(default_factory=dict)
    by_dimension: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def build(cls, values: Mapping[str, Iterable[str]]) -> "ValueIndex":
        """An index of the values of each dimension; empty texts are left out."""
        index = cls()
        for dimension, texts in values.items():
            for text in texts:
                stems = phrase_stems(text)
                if not stems:
                    continue
                number = len(index.values)
                index.values.append(Value(dimension, text))
                index.stems.append(stems)
                index.by_dimension.setdefault(dimension, []).append(number)
                for stem in set(stems):
                    index.by_stem.setdefault(stem, set()).add(number)
        return index

    def containing(self, stems: Sequence[str], dimension: str | None = None) -> list[int]:
        """The values that have all these stems, whole matches first."""
        found: set[int] | None = None
        for stem in stems:
            having = self.by_stem.get(stem, set())
            found = set(having) if found is None else found & having
            if not found:
                return []
        numbers = [n for n in found or () if dimension is None or self.values[n].dimension == dimension]
        return sorted(numbers, key=lambda n: (len(self.stems[n]) != len(stems), len(self.stems[n]), n))

    def is_whole(self, number: int, stems: Sequence[str]) -> bool:
        """Whether these stems are all of a value, in any order."""
        return sorted(self.stems[number]) == sorted(stems)

    def similar(self, text: str, dimensions: Iterable[str] | None = None, limit: int = 5) -> list[tuple[Value, float]]:
        """The values most like a text, with their similarity (ASK to 100), best first."""
        wanted = " ".join(phrase_stems(text))
        if len(wanted) < 4:
            return []
        numbers = (
            list(range(len(self.values)))
            if dimensions is None
            else [number for dimension in dimensions for number in self.by_dimension.get(dimension, ())]
        )
        scored: dict[int, float] = {}
        choices = {number: " ".join(self.stems[number]) for number in numbers}
        for scorer in (fuzz.ratio, fuzz.token_sort_ratio):
            for _, score, number in process.extract(wanted, choices, scorer=scorer, limit=limit, score_cutoff=ASK):
                scored[number] = max(scored.get(number, 0.0), score)
        if len(wanted) >= 5:
            # One misspelt word of a longer name: like enough to ask, never enough to be sure.
            words = {number: stem for number in numbers for stem in self.stems[number] if len(stem) >= 5}
            for _, score, number in process.extract(
                wanted, words, scorer=fuzz.ratio, limit=limit, score_cutoff=ASK + _PART_OF_NAME
            ):
                scored[number] = max(scored.get(number, 0.0), min(score, SURE) - _PART_OF_NAME)
        best = sorted(scored.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return [(self.values[number], score) for number, score in best]
