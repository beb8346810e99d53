"""The words that Kula brings along (vocabulary.yaml), read once."""

from importlib.resources import files
from typing import Any

import yaml


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split(",") if phrase.strip())


_DATA: dict[str, Any] = yaml.load(
    files("kula").joinpath("vocabulary.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)

METRIC_PHRASES: dict[str, tuple[str, ...]] = {name: _phrases(text) for name, text in _DATA["metrics"].items()}
"""Phrases for a metric, by its name."""

DIMENSION_PHRASES: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    (tuple(entry["names"]), _phrases(entry["phrases"])) for entry in _DATA["dimensions"]
]
"""The dimensions that phrases may name, first choice first."""

VALUE_PHRASES: list[tuple[str, str, tuple[str, ...]]] = [
    (entry["dimension"], str(entry["text"]), _phrases(entry["phrases"])) for entry in _DATA["values"]
]
"""Dimension, the text looked for among its values, and the phrases for it."""

VERBS: dict[str, str] = {name: "|".join(text.split()) for name, text in _DATA["verbs"].items()}
"""A pattern over folded words for what a verb says happened."""

CUES: dict[str, tuple[str, ...]] = {name: _phrases(text) for name, text in _DATA["cues"].items()}
"""Phrases for what stands between the names: top, by, compared with, not, …"""

# The comma that separates the phrases of the file is itself a cue of a list.
CUES["and"] = (*CUES["and"], ",")

IGNORABLE: frozenset[str] = frozenset(_DATA["ignorable"].split())
"""Words that may be passed over without changing what is asked. What is not here must be understood."""

IGNORABLE_PHRASES: tuple[str, ...] = _phrases(_DATA["ignorable_phrases"])
GREETING: frozenset[str] = frozenset(_DATA["greeting"].split())
NUMBER_WORDS: frozenset[str] = frozenset(_DATA["numbers"].split())
NOT_ALONE_NUMBERS: frozenset[str] = frozenset(_DATA["not_alone_numbers"].split())
NOT_PLURAL: frozenset[str] = frozenset(_DATA["not_plural"].split())
CHAT: dict[str, str] = {str(said): str(meant) for said, meant in _DATA["chat"].items()}
"""Chat spellings, by folded word; a value of several words becomes several tokens."""

HARMLESS: frozenset[str] = frozenset(_DATA["harmless"].split())
"""Words between names that change nothing where no rule took them: "por", "cada", "cuánto"."""

ARTICLES: frozenset[str] = frozenset(_DATA["articles"].split())
VERB_WORDS: frozenset[str] = frozenset(_DATA["verb_words"].split())
"""Verbs that a typo may have meant."""
