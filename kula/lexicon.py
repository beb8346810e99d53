"""What each word or phrase may mean: metrics and dimensions of the catalogue, cues of the grammar, values."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kula.normalise import Token, fold_word, phrase_stems
from kula.periods import atoms
from kula.vocabulary import (
    ARTICLES,
    CUES,
    DIMENSION_PHRASES,
    IGNORABLE,
    IGNORABLE_PHRASES,
    METRIC_PHRASES,
    VALUE_PHRASES,
    VERB_WORDS,
    VERBS,
)
from pymeai.metrics.catalogue import Catalogue, DimensionInfo

_VERB_PATTERNS = {name: re.compile(pattern) for name, pattern in VERBS.items()}

# A title is one opportunity: nothing to split by.
_NOT_SPLIT = frozenset(("opportunity__title",))
_OUTCOME_VERBS = frozenset(["gano", "ganamos", "perdio", "perdimos"])


@dataclass
class Entry:
    """The readings of one phrase; more than one where the word is ambiguous ("compra": a verb and a count)."""

    metric: str | None = None
    dimensions: tuple[str, ...] = ()
    value: tuple[str, str] | None = None
    cues: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    ignorable: bool = False


@dataclass
class Lexicon:
    """Phrases by their first stem, for one catalogue."""

    catalogue: Catalogue
    phrases: dict[str, list[tuple[tuple[str, ...], Entry]]] = field(default_factory=dict)
    entries: dict[tuple[str, ...], Entry] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    # What a typo may have meant: any word, and the words for what is measured, split or named.
    words_of_all: tuple[str, ...] = ()
    content_words: tuple[str, ...] = ()

    def at(self, tokens: Sequence[Token], start: int) -> list[tuple[Entry, int]]:
        """Every phrase that starts at a token, with the position after it; articles inside a phrase are passed over."""
        found = []
        for stems, entry in self.phrases.get(tokens[start].stem, ()):
            end = _match(stems, tokens, start)
            if end is not None:
                found.append((entry, end))
        return found

    def verbs(self, token: Token) -> frozenset[str]:
        """What a word says as a verb, if it is one."""
        return frozenset(name for name, pattern in _VERB_PATTERNS.items() if pattern.fullmatch(token.folded))

    def knows(self, token: Token) -> bool:
        """Whether the word itself, in any phrase, is one of ours."""
        return (
            token.folded in IGNORABLE
            or token.stem in self.words
            or token.folded in self.words
            or bool(self.verbs(token))
        )

    def entry(self, phrase: str) -> Entry:
        """The entry of a phrase, made where there is none."""
        stems = phrase_stems(phrase)
        entry = self.entries.get(stems)
        if entry is None:
            entry = self.entries[stems] = Entry()
        return entry


def _match(stems: tuple[str, ...], tokens: Sequence[Token], start: int) -> int | None:
    position = start
    for index, stem in enumerate(stems):
        while index and position < len(tokens) and tokens[position].stem != stem:
            if tokens[position].folded not in ARTICLES:
                return None
            position += 1
        if position >= len(tokens) or tokens[position].stem != stem:
            return None
        position += 1
    return position


def build_lexicon(catalogue: Catalogue) -> Lexicon:
    """The lexicon of a catalogue: its labels and synonyms, our own phrases for the names it has, and the cues."""
    lexicon = Lexicon(catalogue)
    # The first who claims a phrase keeps it: ours before the catalogue's, then the catalogue's order.
    for name, phrases in METRIC_PHRASES.items():
        if name in catalogue.metrics:
            _add_metric(lexicon, name, phrases)
    for metric in catalogue.metrics.values():
        _add_metric(lexicon, metric.name, [metric.label, *filter(_is_noun, metric.synonyms)])
    for names, phrases in DIMENSION_PHRASES:
        known = tuple(name for name in names if name in catalogue.dimensions)
        if known:
            _add_dimensions(lexicon, known, phrases)
    for dimension in catalogue.dimensions.values():
        _add_catalogue_dimension(lexicon, dimension)
    _add_own_words(lexicon)
    _index(lexicon)
    return lexicon


def _add_own_words(lexicon: Lexicon) -> None:
    for dimension_name, text, phrases in VALUE_PHRASES:
        if dimension_name in lexicon.catalogue.dimensions:
            for phrase in phrases:
                lexicon.entry(phrase).value = (dimension_name, text)
    for cue, phrases in CUES.items():
        for phrase in phrases:
            lexicon.entry(phrase).cues |= {cue}
    for phrase in IGNORABLE_PHRASES:
        lexicon.entry(phrase).ignorable = True


def _add_catalogue_dimension(lexicon: Lexicon, dimension: DimensionInfo) -> None:
    phrases = [dimension.label, *dimension.synonyms]
    if dimension.format == "boolean":
        # "en riesgo", "estancadas": the phrase is the condition itself.
        for phrase in phrases:
            lexicon.entry(phrase).value = (dimension.name, "true")
    elif dimension.type == "categorical" and dimension.name not in _NOT_SPLIT:
        _add_dimensions(lexicon, (dimension.name,), phrases)
        for code, label in dimension.values.items():
            entry = lexicon.entry(label)
            entry.value = entry.value or (dimension.name, code)


def _index(lexicon: Lexicon) -> None:
    content: set[str] = set()
    for stems, entry in lexicon.entries.items():
        if stems:
            lexicon.phrases.setdefault(stems[0], []).append((stems, entry))
        if entry.metric or entry.dimensions or entry.value:
            content.update(stems)
    lexicon.words = frozenset(stem for stems in lexicon.entries for stem in stems)
    own = VERB_WORDS | atoms.VOCABULARY
    lexicon.content_words = _targets((content - IGNORABLE) | own)
    lexicon.words_of_all = _targets(lexicon.words | own)


def _targets(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(word for word in set(words) if len(word) >= 4 and word.isalpha()))


def _is_noun(synonym: str) -> bool:
    """Whether a synonym can stand as it is: verbs and "cuántas…" are the grammar's business, not a noun's."""
    words = [fold_word(word) for word in synonym.split()]
    verbal = any(pattern.fullmatch(words[0]) for pattern in _VERB_PATTERNS.values())
    return not verbal and not words[0].startswith("cuant") and not any(word in _OUTCOME_VERBS for word in words)


def _add_metric(lexicon: Lexicon, name: str, phrases: Iterable[str]) -> None:
    for phrase in phrases:
        entry = lexicon.entry(phrase)
        # A word for a dimension ("clientes") stays one; what counts it is read from the question.
        if entry.metric is None and not entry.dimensions:
            entry.metric = name


def _add_dimensions(lexicon: Lexicon, names: tuple[str, ...], phrases: Iterable[str]) -> None:
    for phrase in phrases:
        entry = lexicon.entry(phrase)
        entry.dimensions = tuple(dict.fromkeys((*entry.dimensions, *names)))


def unaccented(text: str) -> str:
    """A text folded word by word, for comparing with folded tokens."""
    return " ".join(fold_word(word) for word in text.split())
