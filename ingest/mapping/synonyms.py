"""Headers -> targets, by the names that people and programs give their columns."""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import product
from typing import Any

import yaml

from ingest.mapping.wording import meaning, normalized, without_brackets, without_units
from ingest.model import KINDS, Kind
from ingest.targets import ENTITIES_OF, TARGETS, custom_field_of, is_target

EXACT, SYNONYM, WITHOUT_UNIT, REORDERED = 1.0, 0.95, 0.93, 0.92
"""Confidence of a header found as a target's own name, as a synonym, and with its unit left out, or its words in another
order."""

_FAMILY = re.compile(r"\{(\w+)\}")

AMOUNT = "amount"
"""Entity of the synonyms whose target the rest of the table decides: amount.net, .gross, .any and .tax."""


@dataclass(frozen=True)
class Found:
    """A target that a header may mean, how sure that is (0 to 1), and why, in Spanish."""

    target: str
    confidence: float
    reason: str


@dataclass(frozen=True)
class Composition:
    """A way to make up a target's name: a word of each of `needs`, and beside them none that is not in `explained`."""

    target: str
    needs: list[frozenset[str]]
    explained: frozenset[str]

    def makes(self, said: frozenset[str]) -> bool:
        """Whether the words make up such a name."""
        return said <= self.explained and all(said & words for words in self.needs)


@cache
def dictionary(kind: Kind) -> dict[str, tuple[str, ...]]:
    """Normalized name -> the targets of `kind` (and amount.*) that it may mean, in the catalogue's order."""
    names: dict[str, list[str]] = {}
    for section in ("any", kind):
        for target, synonyms in _sections()[section].items():
            entity = target.partition(".")[0]
            if entity != AMOUNT and TARGETS[target].entity not in ENTITIES_OF[kind]:
                continue
            for synonym in synonyms:
                targets = names.setdefault(normalized(synonym), [])
                # A kind's own section outranks what holds for any kind.
                targets.insert(0, target) if section != "any" else targets.append(target)
    for targets in names.values():
        targets.sort(key=lambda target: list(TARGETS).index(target) if target in TARGETS else -1)
    return {name: tuple(dict.fromkeys(targets)) for name, targets in names.items()}


@cache
def rank(kind: Kind, target: str) -> dict[str, int]:
    """Normalized synonym -> its place in the target's list: the more usual name for it comes first."""
    synonyms = [*_sections()[kind].get(target, ()), *_sections()["any"].get(target, ())]
    places: dict[str, int] = {}
    for place, synonym in enumerate(synonyms):
        places.setdefault(normalized(synonym), place)
    return places


@cache
def _reordered(kind: Kind) -> dict[str, str]:
    """The words of each name in alphabetical order -> the name: `factura fecha` is `fecha factura`."""
    return {" ".join(sorted(name.split())): name for name in reversed(dictionary(kind)) if " " in name}


@cache
def _squeezed(kind: Kind) -> dict[str, str]:
    """Each name without its spaces -> the name: `whats app` is `whatsapp`."""
    return {name.replace(" ", ""): name for name in reversed(dictionary(kind)) if len(name) > 3}


@cache
def meanings(kind: Kind) -> dict[tuple[str, ...], tuple[str, ...]]:
    """What each name of the dictionary says -> its targets.

    Where two names say the same, what both may be; but `nombre` in so many words is the name, and not `nombres`.
    """
    said: dict[tuple[str, ...], tuple[str, ...]] = {}
    for name, targets in dictionary(kind).items():
        key = meaning(name.split())
        said[key] = tuple(target for target in said.get(key, targets) if target in targets)
    said |= {(name,): targets for name, targets in dictionary(kind).items() if (name,) == meaning([name])}
    return {key: targets for key, targets in said.items() if targets}


@cache
def compositions(kind: Kind) -> list[Composition]:
    """The names of `kind` that are made up from words, as ingest/compositions.yaml has them."""
    return [
        Composition(
            target,
            [_words(words) for words in made["needs"]],
            _words([word for words in made["needs"] for word in words] + made.get("may", [])),
        )
        for target, all_made in _read("compositions.yaml").get(kind, {}).items()
        for made in all_made
    ]


def _words(names: list[str]) -> frozenset[str]:
    return frozenset(word for name in names for full in _written_out(name) for word in meaning(full.split()))


@cache
def _sections() -> dict[str, dict[str, list[str]]]:
    return {
        section: {
            target: [full for name in names for full in _written_out(name)] for target, names in of_targets.items()
        }
        for section, of_targets in _read("synonyms.yaml").items()
        if section != "families"
    }


def _written_out(synonym: str) -> list[str]:
    """Every name that a synonym with families in it stands for: `{served} por`, of each word of the family."""
    families = _read("synonyms.yaml")["families"]
    parts = [families[part] if number % 2 else [part] for number, part in enumerate(_FAMILY.split(synonym))]
    return ["".join(chosen) for chosen in product(*parts)]


@cache
def _read(name: str) -> dict[str, Any]:
    text = resources.files("ingest").joinpath(name).read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return read


@cache
def _all_names() -> frozenset[str]:
    fields = {normalized(target.field) for target in TARGETS.values()}
    labels = {normalized(target.label) for target in TARGETS.values()}
    return frozenset(fields | labels).union(*(dictionary(kind) for kind in KINDS))


def is_known_header(text: str) -> bool:
    """Whether any kind of import knows a column of this name."""
    if len(text) > 60:
        return False
    name = normalized(text)
    return name in _all_names() or without_brackets(text) in _all_names()


def known_as(header: str, kind: Kind) -> list[Found]:
    """The targets that the dictionary has for a header of `kind`, the surest first; empty where it has none."""
    own = header.strip()
    if own in TARGETS or custom_field_of(own):
        return [Found(own, EXACT, "Nombre exacto")] if is_target(own, kind) else []
    names = dictionary(kind)
    name, bare = normalized(own), without_units(own)
    if name in names:
        return [Found(target, SYNONYM, "Sinónimo") for target in names[name]]
    exact = _by_own_name(name, kind)
    if exact:
        return exact
    if bare in names:
        return [Found(target, WITHOUT_UNIT, "Sinónimo") for target in names[bare]]
    reordered = _reordered(kind).get(" ".join(sorted(bare.split()))) or _squeezed(kind).get(bare.replace(" ", ""))
    if reordered is not None:
        return [Found(target, REORDERED, "Sinónimo") for target in names[reordered]]
    return []


def _by_own_name(name: str, kind: Kind) -> list[Found]:
    targets = [target for target in TARGETS.values() if target.entity in ENTITIES_OF[kind]]
    fields = [target.name for target in targets if normalized(target.field) == name]
    if len(fields) == 1:
        return [Found(fields[0], EXACT, "Nombre exacto")]
    labels = [target.name for target in targets if normalized(target.label) == name]
    return [Found(labels[0], EXACT, "Nombre exacto")] if len(labels) == 1 else []
