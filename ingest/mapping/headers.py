"""What a header may mean: by the dictionary, and by the dictionary's words said otherwise.

Every word of a header has to be explained. What is left over qualifies the rest ("saldo", "proveedor", "nacimiento"), and
a column that is nearly one of ours is somebody else's.
"""

import re
from collections.abc import Iterable
from functools import cache
from itertools import combinations, product
from math import prod

from rapidfuzz.distance import OSA

from ingest.mapping.synonyms import AMOUNT, Found, compositions, dictionary, known_as, meanings
from ingest.mapping.wording import lemma, meaning, normalized, spelt_out, without_units, wording
from ingest.model import Kind
from ingest.targets import ENTITIES_OF, TARGETS, Entity

IN_OTHER_WORDS, WITHOUT_ENTITY, NUMBERED, ONE_OF_TWO, WITHOUT_NOISE, MADE_UP, MISSPELT = (
    0.9,
    0.88,
    0.87,
    0.86,
    0.85,
    0.84,
    0.75,
)
"""Confidence of a header whose words mean a synonym's, whose entity's word is left out, whose number is left out, that
gives two names of one thing, of which words that tell nothing are left out, that is made up of words of the trade, and that is
misspelt."""

_FIRST, _SECOND = frozenset(["1", "1er", "1ro", "1ra", "primer", "primero"]), frozenset(["2", "2do", "2da", "segundo"])
_NUMBERED_NOISE = frozenset(["valor", "formatted"])
_AMOUNTS = frozenset(["monto", "total", "valor", "sum", "suma", "subtotal"])
_OF_A_SALE = frozenset(["venta", "factura", "pedido", "documento", "compra", "tiquete", "comprobante", "linea", "general",
                        "recibo", "transaccion", "producto", "articulo", "cobrado", "estadia", "hospedaje", "alojamiento", "consumo",
                        "trabajo", "orden", "reserva", "viaje", "tour", "paquete", "tratamiento", "contrato", "boleta",
                        "comanda", "remision"])  # fmt: skip
_WITH_TAX = frozenset(
    ["con", "c", "incluido", "incluidos", "incl", "inc", "including", "with", "ivi", "final", "bruto"]
)
_WITHOUT_TAX = frozenset(["sin", "s", "antes", "neto", "neta", "net", "excl", "excluding", "without", "before", "mas"])
_KNOWN_BY_NAME = frozenset(
    [target.name for target in TARGETS.values() if target.type == "list" and not target.choices]
    + ["line.description", "customer.city", "customer.country"]
)
_WHOLE_NAMES = frozenset(["customer.name", "customer.company_name"])
_AT_A_PLACE = frozenset(
    f"customer.{field}"
    for field in ("name", "first_name", "last_name", "company_name", "identification", "email", "phone", "phone_alt",
                  "address", "city", "district", "canton", "province", "country")
)  # fmt: skip
_SHORTEST_MISSPELT, _LONG = 5, 10
_SHORTEST_RUN, _SHORTEST_PART = 6, 3
_MOST_READINGS = 50
_CUT_SHORT = re.compile(r"(\w{3,})\.")


def find(header: str, kind: Kind) -> list[Found]:
    """The targets that a header may mean for `kind`, the surest first; empty where nothing explains its every word."""
    words = without_units(header).split()
    if {meaning(words), meaning(normalized(header).split())} & wording().homeless:
        return []
    found = known_as(header, kind)
    if found:
        return found
    found = _said_otherwise(frozenset(meaning(words)), kind) or _either(header, kind) or _of_the_kind(header, kind)
    if found:
        return found
    cut_short = frozenset(normalized(word) for word in _CUT_SHORT.findall(header))
    found = _put_right(words, kind, cut_short)
    apart = [part for word in words for part in _taken_apart(word, kind)]
    return found or (find(" ".join(apart), kind) if apart != words else [])


def explains(words: Iterable[str], kind: Kind) -> bool:
    """Whether any of the words has a meaning in the names of `kind`, whatever it is."""
    return bool(frozenset(words) & _known_words(kind))


def _said_otherwise(said: frozenset[str], kind: Kind) -> list[Found]:
    targets: Iterable[str] = _named(said, kind)
    if targets:
        return [Found(target, IN_OTHER_WORDS, "Sinónimo") for target in targets]
    return (
        _without_entity(said, kind, WITHOUT_ENTITY)
        or _amount(said, kind)
        or _name_of(said, kind)
        or _without_noise(said, kind)
        or _at_our_house(said, kind)
        or _made_up(said, kind)
        or _numbered(said, kind)
    )


def _named(said: Iterable[str], kind: Kind) -> tuple[str, ...]:
    return meanings(kind).get(tuple(sorted(said)), ())


def _without_entity(said: frozenset[str], kind: Kind, confidence: float) -> list[Found]:
    """`teléfono del cliente` is the customer's `teléfono`; `fecha de la factura`, the sale's `fecha`."""
    for entity in ENTITIES_OF[kind]:
        named = said & wording().entities[entity]
        for count in range(1, len(named) + 1):
            found = {
                tuple(_of_entity(said - set(left_out), kind, entity)) for left_out in combinations(sorted(named), count)
            } - {()}
            # "Nombre cliente/empresa" is neither of the two alone: both words go.
            if len(found) == 1:
                return [Found(target, confidence, "Sinónimo") for target in found.pop()]
    return []


def _of_entity(said: frozenset[str], kind: Kind, entity: Entity) -> list[str]:
    own_kind: Kind = "customers" if entity == "customer" else kind
    found = [target for target in _named(said, own_kind) if target.partition(".")[0] == entity]
    if not found and entity in ("sale", "line"):
        found = [target for target in _named(said, kind) if target.startswith(AMOUNT)]
    return found


def _name_of(said: frozenset[str], kind: Kind) -> list[Found]:
    """`nombre del vendedor` is the `vendedor`, where what is named is known by its name."""
    if "nombre" not in said:
        return []
    targets = [target for target in _named(said - {"nombre"}, kind) if target in _KNOWN_BY_NAME]
    return [Found(target, WITHOUT_ENTITY, "Sinónimo") for target in targets]


def _without_noise(said: frozenset[str], kind: Kind) -> list[Found]:
    """`teléfono principal` is `teléfono`, and so is `teléfono trabajo`: a place tells two of the customer's apart."""
    places = wording().places
    bare = said - wording().noise
    for rest in (bare, bare - places.keys()):
        if not rest or rest == said:
            continue
        found = [Found(target, WITHOUT_NOISE, "Sinónimo") for target in _named(rest, kind)]
        found = found or _without_entity(rest, kind, WITHOUT_NOISE)
        if rest == bare:
            if found:
                return found
            continue
        shipped = any(places.get(word) == "shipping" for word in said)
        # Where a present is sent to is an address of the customer's; who receives it may be anybody.
        return [
            other
            for other in found
            if other.target in _AT_A_PLACE and (not shipped or other.target == "customer.address")
        ]
    return []


def _at_our_house(said: frozenset[str], kind: Kind) -> list[Found]:
    """`fecha de ingreso al gimnasio` is the day of entry; only days and origins are known to be of our own house."""
    rest = said - wording().houses
    if not rest or rest == said:
        return []
    found = _without_noise(rest, kind) or [Found(target, WITHOUT_NOISE, "Sinónimo") for target in _named(rest, kind)]
    return [
        other
        for other in found
        if other.target in TARGETS
        and (TARGETS[other.target].type in ("date", "datetime") or TARGETS[other.target].field == "source")
    ]


def _made_up(said: frozenset[str], kind: Kind) -> list[Found]:
    """`monto estimado del proyecto`: every word has its place in what people make up for one target, and one alone."""
    targets = {made.target for made in compositions(kind) if made.makes(said)}
    if len({target.partition(".")[2] for target in targets}) != 1:
        return []
    return [Found(target, MADE_UP, "Sinónimo") for target in sorted(targets, key=list(TARGETS).index)]


def _numbered(said: frozenset[str], kind: Kind) -> list[Found]:
    """`Address 1 - Street` is a street; `Phone 2 - Value` the other telephone; a third has no place."""
    numbers = {word for word in said if word.isdigit() or word in _FIRST | _SECOND}
    if len(numbers) != 1:
        return []
    rest = said - numbers
    targets = [
        other.target
        for bare in (rest, rest - _NUMBERED_NOISE)
        for other in (_said_otherwise(bare, kind) if bare else [])
        if other.target.startswith("customer.")
    ]
    if not numbers & _FIRST:
        targets = [
            "customer.phone_alt" if target == "customer.phone" else target
            for target in targets
            if TARGETS[target].repeats or (target == "customer.phone" and numbers & _SECOND)
        ]
    return [Found(target, NUMBERED, "Sinónimo") for target in dict.fromkeys(targets)]


def _amount(said: frozenset[str], kind: Kind) -> list[Found]:
    """`Monto total de la factura sin impuestos`: an amount of a sale, with or without its tax, or the tax itself."""
    if kind != "sales":
        return []
    taxed, net, gross = "impuesto" in said, bool(said & _WITHOUT_TAX), bool(said & _WITH_TAX)
    if taxed and net and "precio" in said:
        targets = _named(said - _WITHOUT_TAX - {"impuesto"}, kind)
        return [Found(target, WITHOUT_ENTITY, "Sinónimo") for target in targets if target == "line.unit_price"]
    explained = _AMOUNTS | _OF_A_SALE | _WITHOUT_TAX | _WITH_TAX | {"impuesto"}
    if said - explained or not said & (_AMOUNTS | {"impuesto"}) or (net and gross):
        return []
    if {"total", "mas"} <= said:
        # "Total + IVA" is the sum of both to some, and to others what the tax is still to be added to.
        return []
    net = net or "subtotal" in said
    meant = "net" if net else "gross" if gross else "tax" if taxed else "any"
    return [Found(f"{AMOUNT}.{meant}", WITHOUT_ENTITY, "Sinónimo")]


def _either(header: str, kind: Kind) -> list[Found]:
    """`Céd./Pasaporte`, `Teléfono o celular`: each part names the column, and all name the same."""
    parts = [part for part in re.split(r"\s*[/|()\[\]]\s*|\s+(?:o|u|or)\s+", header.strip()) if part]
    if len(parts) < 2:
        return []
    head = normalized(parts[0]).split()[0]
    # "Fecha venta/apartado": what the first part is of, the others are of too.
    found = [
        _named_by(part, kind) or (_named_by(f"{head} {part}", kind) if number else [])
        for number, part in enumerate(parts)
    ]
    if all(some and some[0].target in _WHOLE_NAMES for some in found):
        return [Found("customer.name", ONE_OF_TWO, "Sinónimo")]
    common = set.intersection(*({other.target for other in some} for some in found))
    return [Found(other.target, ONE_OF_TWO, "Sinónimo") for other in found[0] if other.target in common]


def _named_by(part: str, kind: Kind) -> list[Found]:
    return known_as(part, kind) or _said_otherwise(frozenset(meaning(without_units(part).split())), kind)


def _of_the_kind(header: str, kind: Kind) -> list[Found]:
    """`Negocio - Persona de contacto`: a program's name for what it exports, before the column's own."""
    prefix, dash, rest = header.partition(" - ")
    own = ENTITIES_OF[kind][-1]
    if not dash or own == "line" or not set(meaning(without_units(prefix).split())) <= wording().entities[own]:
        return []
    return [Found(other.target, WITHOUT_ENTITY, other.reason) for other in find(rest, kind)]


def _put_right(words: list[str], kind: Kind, cut_short: frozenset[str]) -> list[Found]:
    """What the header means with its misspelt words put right and those cut short ended, where all ways to do so agree."""
    full = spelt_out(words)
    either = wording().either
    choices = [
        (either.get(word) if len(word) > 1 else None) or _meant(word, kind, is_cut=word in cut_short) for word in full
    ]
    if set(full[1:]) - {"numero"} and len(words[0]) == 1 and words[0] in either:
        choices[0] = either[words[0]]
    if choices == [[word] for word in full] or prod(map(len, choices)) > _MOST_READINGS:
        return []
    readings: dict[tuple[str, ...], str] = {}
    for chosen in product(*choices):
        if meaning(chosen) in wording().homeless:
            return []
        if len({wording().same.get(word, word) for word in chosen}) < len(chosen):
            # Nobody writes "monto importe": the short word is the other one.
            continue
        found = known_as(" ".join(chosen), kind) or _said_otherwise(frozenset(meaning(chosen)), kind)
        if found:
            readings.setdefault(tuple(other.target for other in found), " ".join(chosen))
    if len(readings) != 1:
        return []
    [(targets, reading)] = readings.items()
    return [Found(target, MISSPELT, f"Parecido a «{reading}»") for target in targets]


def _taken_apart(word: str, kind: Kind) -> list[str]:
    """`fecingreso` as `fec ingreso`, as systems with short names of columns have it; the word itself where it is one."""
    if len(word) < _SHORTEST_RUN or word in _known_words(kind) or lemma(word) in _known_words(kind):
        return [word]
    return _parts(word, kind) or [word]


def _parts(letters: str, kind: Kind) -> list[str]:
    """The known words, of three letters or more, that `letters` are, the longest first; a number may end them."""
    if letters.isdigit():
        return [letters]
    known = _known_words(kind) | wording().either.keys()
    for length in range(len(letters), _SHORTEST_PART - 1, -1):
        if letters[:length] in known:
            rest = _parts(letters[length:], kind) if length < len(letters) else []
            if rest or length == len(letters):
                return [letters[:length], *rest]
    return []


def _meant(word: str, kind: Kind, *, is_cut: bool) -> list[str]:
    """The words that an unknown one may be: misspelt, or cut short (`Ejec.`); none where it is too far from all we know.

    One letter more, less, changed or swapped, two in a long word; never the first one, which slips spare and by which
    real words differ (venta, renta). Of five letters only two may be swapped.
    """
    if word in _known_words(kind) or not word.isalpha():
        return [word]
    length = len(word)
    meant = [other for other in _known_words(kind) if is_cut and other.startswith(word)]
    if not meant:
        near = {
            other: OSA.distance(word, other)
            for other in _known_words(kind)
            if min(length, len(other)) >= _SHORTEST_MISSPELT
            and other[0] == word[0]
            and (length > _SHORTEST_MISSPELT or sorted(word) == sorted(other))
        }
        nearest = min(near.values(), default=length)
        if nearest <= (1 if length < _LONG else 2):
            meant = [other for other, distance in near.items() if distance == nearest]
    ambiguous = wording().unlike | wording().others | wording().places.keys()
    return [] if ambiguous & set(meant) else sorted(meant)


@cache
def _known_words(kind: Kind) -> frozenset[str]:
    """Words that are no slips of the pen: those of the dictionary, and all of which we know what they say."""
    said = wording()
    return frozenset(word for name in dictionary(kind) for word in name.split()) | frozenset(
        [
            *said.abbreviations,
            *said.abbreviations.values(),
            *said.same,
            *said.places,
            *said.noise,
            *said.others,
            *said.unlike,
            *said.empty,
            *(word for made in compositions(kind) for word in made.explained),
            *_WITH_TAX,
            *_WITHOUT_TAX,
            *(word for words in said.entities.values() for word in words),
        ]
    )
