"""Headers -> targets, by the names that people and programs give their columns."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml
from rapidfuzz import fuzz, process

from ingest.model import KINDS, Kind
from ingest.targets import ENTITIES_OF, TARGETS, Entity, custom_field_of, is_target

EXACT, SYNONYM, WITHOUT_UNIT, REORDERED, WITHOUT_ENTITY = 1.0, 0.95, 0.93, 0.92, 0.88
"""Confidence of a header found as a target's own name, as a synonym, and with its unit left out, its words in another
order, or its entity's word left out."""

FUZZY_FROM = 88
"""Likeness in percent from which a misspelt header is taken for a synonym."""

AMOUNT = "amount"
"""Entity of the synonyms whose target the rest of the table decides: amount.net, .gross, .any and .tax."""

_STOP = frozenset(
    ["de", "del", "la", "el", "los", "las", "the", "of", "en", "y", "e", "o", "a", "al", "su", "and", "or"]
)
_NUMBER = frozenset(["no", "num", "nro", "nr", "n"])
_UNITS = frozenset(["colones", "crc", "usd", "dolares", "dolar", "colon", "cr", "us", "₡", "$", "¢", "actual", "m"])
_ENTITY_WORDS: dict[Entity, frozenset[str]] = {
    "customer": frozenset(
        [
            "cliente",
            "clientes",
            "customer",
            "client",
            "contacto",
            "contact",
            "cuenta",
            "account",
            "comprador",
            "buyer",
            "receptor",
            "persona",
            "person",
            "organization",
            "organizacion",
            "empresa",
            "company",
            "billing",
            "huesped",
            "guest",
            "paciente",
            "estudiante",
            "alumno",
            "socio",
            "member",
            "prospecto",
            "lead",
            "titular",
        ]
    ),
    "sale": frozenset(
        [
            "venta",
            "ventas",
            "factura",
            "facturas",
            "pedido",
            "orden",
            "documento",
            "compra",
            "sale",
            "sales",
            "invoice",
            "order",
            "purchase",
            "transaccion",
            "transaction",
            "ticket",
            "tiquete",
            "comprobante",
            "encabezado",
            "reserva",
            "resumen",
        ]
    ),
    "line": frozenset(
        [
            "producto",
            "articulo",
            "item",
            "product",
            "lineitem",
            "linea",
            "line",
            "servicio",
            "service",
            "detalle",
            "art",
            "prod",
        ]
    ),
    "opportunity": frozenset(
        ["oportunidad", "negocio", "trato", "deal", "opportunity", "cotizacion", "proforma", "quote", "property"]
    ),
    "interaction": frozenset(["interaccion", "actividad", "activity", "interaction", "engagement", "gestion"]),
}
_NOISE = frozenset(["property", "hs", "deal", "person"])


@dataclass(frozen=True)
class Found:
    """A target that a header may mean, how sure that is (0 to 1), and why, in Spanish."""

    target: str
    confidence: float
    reason: str


def normalized(header: str) -> str:
    """A header as the dictionary knows it: "FechaVenta", "fecha_venta" and "Fecha de la venta" are "fecha venta"."""
    plain = unicodedata.normalize("NFKD", header)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain).lower()
    plain = re.sub(r"\bn\s?°\.?|#", " numero ", plain)
    words = [word for word in re.split(r"[^a-z0-9%₡$¢]+", plain) if word and word not in _STOP]
    if len(words) > 1:
        words = [
            "numero" if word in _NUMBER and (word != "n" or index == 0) else word for index, word in enumerate(words)
        ]
    return " ".join(words)


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
def _sections() -> dict[str, dict[str, list[str]]]:
    text = resources.files("ingest").joinpath("synonyms.yaml").read_text(encoding="utf-8")
    sections: dict[str, dict[str, list[str]]] = yaml.safe_load(text)
    return sections


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
    return name in _all_names() or _without_units(text) in _all_names()


def _without_units(header: str) -> str:
    name = normalized(re.sub(r"[(\[][^)\]]*[)\]]", " ", header)) or normalized(header)
    return " ".join(word for word in name.split() if word not in _UNITS) or name


def find(header: str, kind: Kind) -> list[Found]:
    """The targets that a header may mean for `kind`, the surest first; empty where the dictionary has none."""
    own = header.strip()
    if own in TARGETS or custom_field_of(own):
        return [Found(own, EXACT, "Nombre exacto")] if is_target(own, kind) else []
    names = dictionary(kind)
    name, bare = normalized(own), _without_units(own)
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
    return _without_entity(bare, kind) or _misspelt(bare, kind)


def _by_own_name(name: str, kind: Kind) -> list[Found]:
    targets = [target for target in TARGETS.values() if target.entity in ENTITIES_OF[kind]]
    fields = [target.name for target in targets if normalized(target.field) == name]
    if len(fields) == 1:
        return [Found(fields[0], EXACT, "Nombre exacto")]
    labels = [target.name for target in targets if normalized(target.label) == name]
    return [Found(labels[0], EXACT, "Nombre exacto")] if len(labels) == 1 else []


def _without_entity(name: str, kind: Kind) -> list[Found]:
    """`teléfono del cliente` is the customer's `teléfono`; `fecha de la factura`, the sale's `fecha`."""
    words = name.split()
    for entity in ENTITIES_OF[kind]:
        rest = " ".join(word for word in words if word not in _ENTITY_WORDS[entity] | _NOISE)
        if not rest or len(rest.split()) == len(words):
            continue
        own_kind: Kind = "customers" if entity == "customer" else kind
        found = [target for target in dictionary(own_kind).get(rest, ()) if target.partition(".")[0] == entity]
        if not found and entity in ("sale", "line"):
            found = [target for target in dictionary(kind).get(rest, ()) if target.startswith(AMOUNT)]
        if found:
            return [Found(target, WITHOUT_ENTITY, "Sinónimo") for target in found]
    rest = " ".join(word for word in words if word not in _NOISE)
    if rest != name and rest in dictionary(kind):
        return [Found(target, WITHOUT_ENTITY, "Sinónimo") for target in dictionary(kind)[rest]]
    return []


def _misspelt(name: str, kind: Kind) -> list[Found]:
    if len(name) < 5:
        return []
    match = process.extractOne(name, dictionary(kind).keys(), scorer=fuzz.ratio, score_cutoff=FUZZY_FROM)
    if match is None:
        match = process.extractOne(
            name, dictionary(kind).keys(), scorer=fuzz.token_sort_ratio, score_cutoff=FUZZY_FROM + 4
        )
    if match is None or re.sub(r"\D", "", match[0]) != re.sub(r"\D", "", name):
        return []
    confidence = round(0.8 * match[1] / 100, 2)
    return [Found(target, confidence, f"Parecido a «{match[0]}»") for target in dictionary(kind)[match[0]]]
