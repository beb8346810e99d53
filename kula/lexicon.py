"""What each word or phrase may mean: metrics and dimensions of the catalogue, cues of the grammar, values."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kula.normalise import Token, fold_word, phrase_stems
from kula.periods import atoms
from kula.vocabulary import (
    CUES,
    DIMENSION_PHRASES,
    IGNORABLE,
    IGNORABLE_PHRASES,
    METRIC_PHRASES,
    VALUE_PHRASES,
    VERBS,
)
from pymeai.metrics.catalogue import Catalogue

_ARTICLES = frozenset("el la los las lo mi mis un una unos unas nuestro nuestra nuestros nuestras".split())
_VERB_PATTERNS = {name: re.compile(pattern) for name, pattern in VERBS.items()}
_VERB_WORDS = frozenset(
    "vendi vendio vendimos vendieron vende venden vendido vendiendo compro compraron compra compran comprado gano ganaron"
    " ganamos perdio perdieron facturo facturamos facture crecio crecieron".split()
)

_OUTCOME_VERBS = frozenset("gano ganamos perdio perdimos".split())


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
            token.folded in IGNORABLE or token.stem in self.words or token.folded in self.words or bool(self.verbs(token))
        )

    def _add(self, phrase: str) -> Entry:
        stems = phrase_stems(phrase)
        entry = self.entries.get(stems)
        if entry is None:
            entry = self.entries[stems] = Entry()
        return entry


def _match(stems: tuple[str, ...], tokens: Sequence[Token], start: int) -> int | None:
    position = start
    for index, stem in enumerate(stems):
        while index and position < len(tokens) and tokens[position].stem != stem:
            if tokens[position].folded not in _ARTICLES:
                return None
            position += 1
        if position >= len(tokens) or tokens[position].stem != stem:
            return None
        position += 1
    return position


def build_lexicon(catalogue: Catalogue) -> Lexicon:
    """The lexicon of a catalogue: its labels and synonyms, our own phrases for the names it has, and the cues."""
    lexicon = Lexicon(catalogue)
    for name, phrases in METRIC_PHRASES.items():
        if name in catalogue.metrics:
            _add_metric(lexicon, name, phrases.split("|"))
    for metric in catalogue.metrics.values():
        _add_metric(lexicon, metric.name, [metric.label, *filter(_is_noun, metric.synonyms)])
    for phrases, names in DIMENSION_PHRASES.items():
        known = tuple(name for name in names if name in catalogue.dimensions)
        if known:
            _add_dimensions(lexicon, known, phrases.split("|"))
    for dimension in catalogue.dimensions.values():
        if dimension.format == "boolean":
            # "en riesgo", "estancadas": the phrase is the condition itself.
            for phrase in (dimension.label, *dimension.synonyms):
                lexicon._add(phrase).value = (dimension.name, "true")
        elif dimension.type == "categorical" and dimension.name != "opportunity__title":
            _add_dimensions(lexicon, (dimension.name,), [dimension.label, *dimension.synonyms])
            for code, label in dimension.values.items():
                entry = lexicon._add(label)
                entry.value = entry.value or (dimension.name, code)
    for phrases, (dimension_name, text) in VALUE_PHRASES.items():
        if dimension_name in catalogue.dimensions:
            for phrase in phrases.split("|"):
                lexicon._add(phrase).value = (dimension_name, text)
    for cue, phrases in CUES.items():
        for phrase in phrases.split("|"):
            entry = lexicon._add(phrase)
            entry.cues |= {cue}
    for phrase in IGNORABLE_PHRASES.split("|"):
        lexicon._add(phrase).ignorable = True
    for stems, entry in lexicon.entries.items():
        if stems:
            lexicon.phrases.setdefault(stems[0], []).append((stems, entry))
    lexicon.words = frozenset(stem for stems in lexicon.entries for stem in stems) | frozenset(
        word for words in lexicon.entries for word in words
    )
    content = {
        stem
        for stems, entry in lexicon.entries.items()
        for stem in stems
        if entry.metric or entry.dimensions or entry.value
    } - IGNORABLE
    own = _VERB_WORDS | atoms.VOCABULARY
    lexicon.content_words = _targets(content | own)
    lexicon.words_of_all = _targets(lexicon.words | own)
    return lexicon


def _targets(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(word for word in set(words) if len(word) >= 4 and word.isalpha()))


def _is_noun(synonym: str) -> bool:
    """Whether a synonym can stand as it is: verbs and "cuántas…" are the grammar's business, not a noun's."""
    words = [fold_word(word) for word in synonym.split()]
    verbal = any(pattern.fullmatch(words[0]) for pattern in _VERB_PATTERNS.values())
    return not verbal and not words[0].startswith("cuant") and not any(word in _OUTCOME_VERBS for word in words)


def _add_metric(lexicon: Lexicon, name: str, phrases: Iterable[str]) -> None:
    for phrase in phrases:
        entry = lexicon._add(phrase)
        # The first who claims a phrase keeps it: ours before the catalogue's, then the catalogue's order. A word for a
        # dimension ("clientes") stays one; what counts it is read from the question.
        if entry.metric is None and not entry.dimensions:
            entry.metric = name


def _add_dimensions(lexicon: Lexicon, names: tuple[str, ...], phrases: Iterable[str]) -> None:
    for phrase in phrases:
        entry = lexicon._add(phrase)
        entry.dimensions = tuple(dict.fromkeys((*entry.dimensions, *names)))


def unaccented(text: str) -> str:
    """A text folded word by word, for comparing with folded tokens."""
    return " ".join(fold_word(word) for word in text.split())
