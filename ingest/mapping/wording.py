"""The words of a header: spelt out, made one where they mean the same, and what they say beside the column's name."""

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

_NO_PLURALS = frozenset(["antes", "menos", "ademas", "despues"])
_STOP = frozenset(
    ["de", "del", "la", "el", "los", "las", "the", "of", "en", "y", "e", "o", "a", "al", "su", "and", "or"]
)
_NUMBER = frozenset(["no", "num", "nro", "nr", "n"])
_CURRENCY_SIGNS = re.compile(r"[₡$¢]")
_UNITS = frozenset(["colones", "crc", "usd", "dolares", "dolar", "colon", "cr", "us", "₡", "$", "¢", "actual", "m"])
# Code page 850, which the tills of DOS wrote, read as Windows': only between letters, since ¢ and £ are money elsewhere.
_DOS_LETTERS = {"\u201a": "é", "¢": "ó", "¡": "í", "£": "ú", "¤": "ñ"}
_OF_DOS = re.compile(r"(?<=[A-Za-z])[\u201a¢¡£¤](?=[A-Za-z])")
_LOST = re.compile(r"(?<=[A-Za-z])[?\ufffd]{1,2}(?=[a-z])")
_IN_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]")
_NAMELESS = re.compile(
    r"|[a-z]{1,2}|(?:columna|column|campo|field|unnamed|dato|col|sin nombre|sin titulo)( \d+)?|[\d ]+"
)


@dataclass(frozen=True)
class Wording:
    """What ingest/wording.yaml says."""

    abbreviations: dict[str, str]
    initials: dict[str, str]
    either: dict[str, list[str]]
    phrases: dict[str, str]
    same: dict[str, str]
    implied: dict[str, frozenset[str]]
    empty: frozenset[str]
    noise: frozenset[str]
    places: dict[str, str]
    houses: frozenset[str]
    owners: frozenset[str]
    animals: frozenset[str]
    others: frozenset[str]
    unlike: frozenset[str]
    homeless: frozenset[tuple[str, ...]]
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
        either=read["either"],
        phrases=read["phrases"],
        same={word: group[0] for group in read["same"] for word in group},
        implied={word: frozenset(said) for word, said in read["implied"].items()},
        empty=frozenset(read["empty"]),
        noise=frozenset(read["noise"]),
        places={word: place for place, group in read["places"].items() for word in group},
        houses=frozenset(read["houses"]),
        owners=frozenset(read["owners"]),
        animals=frozenset(read["animals"]),
        others=frozenset(read["others"]),
        unlike=frozenset(read["unlike"]),
        homeless=frozenset(tuple(sorted(name.split())) for name in read["homeless"]),
        remarks=frozenset(read["remarks"]),
        entities={entity: frozenset(words) for entity, words in read["entities"].items()},
    )


def normalized(header: str) -> str:
    """A header as the dictionary knows it: "FechaVenta", "fecha_venta" and "Fecha de la venta" are "fecha venta"."""
    plain = re.sub(r"(?i)\bn\s?\.?\s?[º°]\.?", " numero ", with_its_accents(header))
    plain = unicodedata.normalize("NFKD", plain)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"(?i)whats\s?app", "Whatsapp", plain)
    plain = re.sub(r"(?i)\b([12])(a|o|ra|ro|er|era|do|da)\b", lambda found: found.group().lower(), plain)
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain).lower()
    plain = re.sub(r"(?<=[a-z]{3})(?:/as?|/os?|\(as?\)|\(os?\))(?=\W|$)", "", plain)
    plain = re.sub(r"(?<=\w)\s+p/\s*(?=\w)", " para ", plain)
    plain = re.sub(r"(?<=\w)\s*\+\s*(?=\w)", " mas ", plain)
    plain = re.sub(r"\b[a-z](?:\.[a-z])+\b", _without_dots, plain)
    plain = _phrases().sub(lambda found: wording().phrases[found.group()], plain)
    plain = re.sub(r"\bn\s?°\.?|#", " numero ", plain)
    plain = _CURRENCY_SIGNS.sub(r" \g<0> ", plain)
    words = [word for word in re.split(r"[^a-z0-9%₡$¢]+", plain) if word and word not in _STOP]
    if len(words) > 1:
        words = [
            "numero" if word in _NUMBER and (word != "n" or index == 0) else word for index, word in enumerate(words)
        ]
    return " ".join(words)


def _without_dots(initials: re.Match[str]) -> str:
    return initials.group().replace(".", "")


@cache
def _phrases() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(wording().phrases, key=len, reverse=True))})\b")


def with_its_accents(header: str) -> str:
    """A header whose accents an encoding spoilt, as it was written: `TelÃ©fono`, `C‚dula`, `Direcci¢n`.

    A letter that is lost altogether (`Direcci?n`) stands as an `x`, a slip of the pen that the next step puts right.
    """
    if "Ã" in header or "Â" in header:
        with suppress(UnicodeError):
            header = header.encode("cp1252").decode()
    header = _OF_DOS.sub(lambda found: _DOS_LETTERS[found.group()], header)
    return _LOST.sub("x", header)


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
    if len(word) < 5 or word in _NO_PLURALS:
        return word
    if word.endswith(("iones", "dedores", "sores", "dades", "xes", "sses", "ches", "nales", "tales")) or (
        len(word) > 6 and word.endswith(("ales", "iles", "ores"))
    ):
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


def is_first_name_beside_surnames(header: str) -> bool:
    """Whether a header says "name" and whose alone: `Nombre del cliente`, but no `Nombre completo` nor `Cliente`."""
    said = set(meaning(without_units(header).split()))
    return "nombre" in said and said - {"nombre"} <= wording().entities["customer"] - {"empresa", "organizacion"}


def names_the_owner(header: str) -> bool:
    """Whether a header speaks of an owner: of an animal, of a business, of a record."""
    return bool(wording().owners & set(normalized(header).split()))


def tells_of_an_animal(header: str) -> bool:
    """Whether a column is of somebody's animal, as a veterinarian's are."""
    return bool(wording().animals & set(normalized(header).split()))


def owner_as_customer(header: str) -> str:
    """A veterinarian's "Tel. dueño de la mascota" as any other shop has it: "tel cliente"."""
    known = wording()
    said = ["cliente" if word in known.owners else word for word in normalized(header).split()]
    return " ".join(word for word in dict.fromkeys(said) if word not in known.animals and word != "a")


def lists_values(header: str, samples: Sequence[str]) -> bool:
    """Whether what a header has in brackets are values of its column: `Medio (llamada/correo)`."""
    listed = {
        normalized(part) for found in _IN_BRACKETS.findall(header) for part in re.split(r"[/,;|]", found.strip("()[]"))
    }
    return len(listed) > 1 and bool(listed & {normalized(sample) for sample in samples})
