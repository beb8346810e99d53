"""The words of a header: spelt out, made one where they mean the same, and what they say beside the column's name."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

_STOP = frozenset(
    ["de", "del", "la", "el", "los", "las", "the", "of", "en", "y", "e", "o", "a", "al", "su", "and", "or"]
)
_NUMBER = frozenset(["no", "num", "nro", "nr", "n"])
_CURRENCY_SIGNS = re.compile(r"[₡$¢]")
_UNITS = frozenset(["colones", "crc", "usd", "dolares", "dolar", "colon", "cr", "us", "₡", "$", "¢", "actual", "m"])
_IN_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]")
_NAMELESS = re.compile(
    r"|[a-z]{1,2}|(?:columna|column|campo|field|unnamed|dato|col|sin nombre|sin titulo)( \d+)?|[\d ]+"
)


@dataclass(frozen=True)
class Wording:
    """What ingest/wording.yaml says."""

    abbreviations: dict[str, str]
    initials: dict[str, str]
    same: dict[str, str]
    implied: dict[str, frozenset[str]]
    empty: frozenset[str]
    noise: frozenset[str]
    places: dict[str, str]
    others: frozenset[str]
    unlike: frozenset[str]
    remarks: frozenset[str]
    entities: dict[str, frozenset[str]]


@cache
def wording() -> Wording:
    """The words of ingest/wording.yaml, each looked up by the form in which a header has it."""
    read = yaml.load(
        resources.files("ingest").joinpath("wording.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    return Wording(
        abbreviations=read["abbreviations"],
        initials=read["initials"],
        same={word: group[0] for group in read["same"] for word in group},
        implied={word: frozenset(said) for word, said in read["implied"].items()},
        empty=frozenset(read["empty"]),
        noise=frozenset(read["noise"]),
        places={word: place for place, group in read["places"].items() for word in group},
        others=frozenset(read["others"]),
        unlike=frozenset(read["unlike"]),
        remarks=frozenset(read["remarks"]),
        entities={entity: frozenset(words) for entity, words in read["entities"].items()},
    )


def normalized(header: str) -> str:
    """A header as the dictionary knows it: "FechaVenta", "fecha_venta" and "Fecha de la venta" are "fecha venta"."""
    plain = unicodedata.normalize("NFKD", header)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"(?i)whats\s?app", "Whatsapp", plain)
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain).lower()
    plain = re.sub(r"\bn\s?°\.?|#", " numero ", plain)
    plain = _CURRENCY_SIGNS.sub(r" \g<0> ", plain)
    words = [word for word in re.split(r"[^a-z0-9%₡$¢]+", plain) if word and word not in _STOP]
    if len(words) > 1:
        words = [
            "numero" if word in _NUMBER and (word != "n" or index == 0) else word for index, word in enumerate(words)
        ]
    return " ".join(words)


def without_units(header: str) -> str:
    """A header's words without currencies and without what brackets say of its form: "Monto (₡)" is "monto".

    What brackets say of its content stays: "Teléfono (encargado)" is "telefono encargado".
    """
    bare = normalized(_IN_BRACKETS.sub(lambda found: " " if _is_remark(found.group()) else found.group(), header))
    return " ".join(word for word in bare.split() if word not in _UNITS) or normalized(header)


def without_brackets(header: str) -> str:
    """A header's words without currencies and without all that stands in brackets."""
    name = normalized(_IN_BRACKETS.sub(" ", header)) or normalized(header)
    return " ".join(word for word in name.split() if word not in _UNITS) or name


def _is_remark(text: str) -> bool:
    words = normalized(text).split()
    remarks = wording().remarks | _UNITS
    return words[:1] in (["ej"], ["ejemplo"], ["eg"]) or all(word in remarks or word.isdigit() for word in words)


def spelt_out(words: Sequence[str]) -> list[str]:
    """The words with the short ones in full: `f cotiz` is `fecha cotizacion`."""
    known = wording()
    full = [known.abbreviations.get(word, word) for word in _joined_letters(words)]
    if len(full) > 1:
        full[0] = known.initials.get(full[0], full[0])
    return full


def _joined_letters(words: Sequence[str]) -> list[str]:
    """`i v i` (I.V.I.) is `ivi`: letters in a row are one word."""
    joined: list[str] = []
    in_letters = False
    for word in words:
        is_letter = len(word) == 1 and word.isalpha()
        if is_letter and in_letters:
            joined[-1] += word
        else:
            joined.append(word)
        in_letters = is_letter
    return joined


def meaning(words: Sequence[str]) -> tuple[str, ...]:
    """What the words say, in whatever order, language, number and length: the same for names that mean the same."""
    same, implied = wording().same, wording().implied
    said = set()
    for word in spelt_out([word for word in words if word not in wording().empty]):
        one = lemma(word)
        said.add(same.get(word, same.get(one, one)))
    for word in sorted(said):
        if word in said:
            said -= implied.get(word, frozenset())
    return tuple(sorted(said))


def lemma(word: str) -> str:
    """A plural or feminine form as the singular or masculine one: `observaciones`, `taxes`, `asesora`; else the word."""
    if len(word) < 5:
        return word
    if word.endswith(("iones", "dedores", "sores", "dades", "xes", "sses", "ches", "nales", "tales")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if len(word) > 5 and word.endswith(("dora", "sora", "tora")):
        return word[:-1]
    return word[:-1] + "o" if len(word) > 5 and word.endswith(("ada", "ida", "tiva")) else word


def place_of(header: str) -> str | None:
    """Which of somebody's places a header names (`billing`, `shipping`, `home` …), if it names one."""
    return next((place for word in normalized(header).split() if (place := wording().places.get(word))), None)


def names_somebody_else(header: str) -> bool:
    """Whether a header is of a person who is neither customer nor seller: a guardian, an accountant, a supplier."""
    words = normalized(header).split()
    return bool(wording().others & {*words, *map(lemma, words)})


def is_nameless(header: str) -> bool:
    """Whether a header says nothing of what its column holds: `C`, `Columna 3`, `Unnamed: 2`."""
    return _NAMELESS.fullmatch(without_units(header)) is not None
