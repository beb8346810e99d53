"""What each column of a table probably is: saved choices, names, shapes of values, and new fields for the rest."""

from collections.abc import Mapping as Lookup
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.mapping import amounts, guesses, leftovers
from ingest.mapping.headers import find
from ingest.mapping.shapes import Shape, allows, doubtful, is_tax_rate, shape_of
from ingest.mapping.synonyms import AMOUNT, Found, rank
from ingest.mapping.wording import (
    is_first_name_beside_surnames,
    lists_values,
    names_the_owner,
    normalized,
    owner_as_customer,
    place_of,
    tells_of_an_animal,
    without_brackets,
    without_units,
)
from ingest.model import IGNORE, ColumnMapping, Kind, Mapping, RawTable
from ingest.targets import (
    CUSTOMER_NAMES,
    ENTITIES_OF,
    TARGETS,
    Entity,
    Target,
    custom_target,
    field_name_of,
    is_target,
)

SAVED, OWN_FIELD, BY_SHAPE, DOUBTFUL, NEW_FIELD = 1.0, 0.97, 0.7, 0.4, 0.3

_LAST_TIME = "Como la última vez"
_BY_FORMAT = "Así lo dice la factura electrónica"
_TIE = "Empate con «{}»: elija usted cuál de las dos"
_NAMES = frozenset(["nombre", "nombres", "name"])
# Of two columns that mean the same, the more usual name wins, but not here: a wrong amount or day is worse than none.
_NEVER_GUESSED = frozenset(["money", "date", "datetime"])


@dataclass(frozen=True)
class ExistingField:
    """A custom field that the tenant has already."""

    entity: Entity
    field_name: str
    label: str


@dataclass(frozen=True)
class _Claim:
    header: str
    found: Found


def propose_mapping(
    table: RawTable,
    kind: Kind,
    *,
    saved: Lookup[str, str | None] | None = None,
    custom_fields: Sequence[ExistingField] = (),
) -> Mapping:
    """A target for each column of `table`, with confidence, five samples and the reason in Spanish.

    `saved` maps headers to targets as this tenant chose them for such a table before. A column that may be two things
    alike, or one of two that may be the same thing, keeps target None; one without a home is proposed as a custom field.
    """
    shapes = {header: shape_of(table, header) for header in table.header}
    chosen: dict[str, Found] = {}
    for header in table.header:
        target = (saved or {}).get(header)
        if target is not None and is_target(target, kind):
            chosen[header] = Found(target, SAVED, _LAST_TIME)
        elif header in table.targets and is_target(table.targets[header], kind):
            chosen[header] = Found(table.targets[header], SAVED, _BY_FORMAT)
    claims = [
        _Claim(header, found)
        for header in table.header
        if header not in chosen
        for found in _candidates(table, header, kind, shapes[header], custom_fields)
    ]
    ties = _assign(claims, chosen, kind, shapes)
    _settle_names(chosen)
    _settle_amounts(table, claims, chosen, ties)
    _settle_phones(chosen)
    _guess(kind, table.header, shapes, chosen, ties)
    columns = []
    taken = {found.target for found in chosen.values()}
    for header in table.header:
        choice = chosen.get(header) or _leftover(table, header, kind, shapes[header], chosen, ties, taken)
        taken.add(choice.target)
        columns.append(
            ColumnMapping(header, choice.target or None, choice.confidence, shapes[header].samples, choice.reason)
        )
    return Mapping(kind, columns)


def _says_why(header: str, shape: Shape) -> bool:
    """Whether a column is the one that our file of rejected rows adds: sentences on what was wrong."""
    return header == "motivo" and all(": " in sample or sample.endswith((".", "…")) for sample in shape.samples)


def _candidates(
    table: RawTable, header: str, kind: Kind, shape: Shape, custom_fields: Sequence[ExistingField]
) -> list[Found]:
    if leftovers.is_row_number(table, header) and len(table.header) > 1 and kind != "customers":
        return [Found(IGNORE, OWN_FIELD, "Solo numera las filas")]
    if _says_why(header, shape):
        return [Found(IGNORE, OWN_FIELD, "Por qué se rechazó la fila")]
    named = _named(table, header, kind, shape)
    found = [
        candidate
        for candidate in named
        if allows(shape, _typed(candidate.target)) and not (candidate.target == amounts.TAX and is_tax_rate(shape))
    ]
    found += [
        Found(candidate.target, DOUBTFUL, "Por el nombre; los valores no lo parecen")
        for candidate in named
        if doubtful(shape, candidate.target)
    ]
    own = _own_field(header, kind, custom_fields)
    if own is not None and not any(candidate.confidence == 1 for candidate in found):
        found.insert(0, own)
    phone = next((candidate for candidate in found if candidate.target == "customer.phone"), None)
    if phone is not None:
        found.append(Found("customer.phone_alt", round(phone.confidence - 0.04, 2), "Segundo teléfono"))
    named_customer = any(candidate.target == "customer.name" for candidate in named)
    # "Cliente: 1042" is a code; where a single value is none ("Soda 24 Horas"), the header's word stands.
    if kind != "customers" and named_customer and shape.share("code") == 1:
        return [Found("customer.external_id", 0.85, "Por la forma de los valores")]
    return found


def _named(table: RawTable, header: str, kind: Kind, shape: Shape) -> list[Found]:
    named = find(header, kind)
    if not named and names_the_owner(header) and any(map(tells_of_an_animal, table.header)):
        named = find(owner_as_customer(header), kind)
    if not named and lists_values(header, shape.samples):
        named = find(without_brackets(header), kind)
    return named


def _typed(target: str) -> str:
    return "sale.amount" if target.startswith(AMOUNT + ".") else target


def _own_field(header: str, kind: Kind, custom_fields: Sequence[ExistingField]) -> Found | None:
    names = {normalized(header), field_name_of(header)}
    for field in custom_fields:
        if field.entity in ENTITIES_OF[kind] and names & {normalized(field.label), field.field_name}:
            return Found(custom_target(field.entity, field.field_name), OWN_FIELD, "Campo personalizado existente")
    return None


def _assign(claims: list[_Claim], chosen: dict[str, Found], kind: Kind, shapes: Lookup[str, Shape]) -> dict[str, str]:
    """Give each column its surest free target; returns the columns left in a tie, with whom."""
    ties: dict[str, str] = {}
    order = {target: index for index, target in enumerate(TARGETS)}
    claims.sort(
        key=lambda claim: (
            shapes[claim.header].is_empty,
            -claim.found.confidence,
            _place(claim, kind),
            order.get(claim.found.target, 0),
        )
    )
    taken = {found.target for found in chosen.values()}
    for claim in claims:
        target = claim.found.target
        if claim.header in chosen or claim.header in ties or target.startswith(AMOUNT + "."):
            continue
        known = TARGETS.get(target)
        if target in taken and target != IGNORE and not _joins(claim, known, chosen):
            continue
        if known is not None and known.type in _NEVER_GUESSED:
            rival = _rival(claim, claims, chosen)
            # Of two days the one that every row has: a sale without its day cannot go in.
            if rival is not None and known.type != "money" and shapes[rival].filled != shapes[claim.header].filled:
                if shapes[rival].filled > shapes[claim.header].filled:
                    continue
                rival = None
            if rival is not None:
                ties[claim.header] = rival
                ties[rival] = claim.header
                continue
        chosen[claim.header] = claim.found
        taken.add(target)
    return {header: rival for header, rival in ties.items() if header not in chosen}


def _joins(claim: _Claim, known: Target | None, chosen: Lookup[str, Found]) -> bool:
    """Whether a column adds to others of its target; an address to send to is no part of the one to bill to."""
    if known is None or not known.repeats:
        return False
    return known.entity != "customer" or all(
        place_of(header) == place_of(claim.header) for header, found in chosen.items() if found.target == known.name
    )


def _place(claim: _Claim, kind: Kind) -> int:
    places = rank(kind, claim.found.target)
    return places.get(normalized(claim.header), 999)


def _rival(claim: _Claim, claims: list[_Claim], chosen: dict[str, Found]) -> str | None:
    """Another column that claims the same target as surely, and whose name is not the vaguer of the two."""
    words = set(normalized(claim.header).split())
    for other in claims:
        if (
            other.header != claim.header
            and other.header not in chosen
            and other.found.target == claim.found.target
            and other.found.confidence == claim.found.confidence
            and not set(normalized(other.header).split()) < words
            and not words < set(normalized(other.header).split())
        ):
            return other.header
    return None


def _settle_names(chosen: dict[str, Found]) -> None:
    """`Nombre` is the first name where surnames stand in a column of their own, and the whole name elsewhere.

    In a sheet of opportunities it is the customer's where nothing else names the customer but a phone or an e-mail.
    """
    targets = {found.target for found in chosen.values()}
    surnames, whole = "customer.last_name" in targets, "customer.name" in targets
    first = "customer.first_name" in targets
    named = bool(targets & set(CUSTOMER_NAMES))
    reached = bool(targets & {"customer.email", "customer.phone", "customer.identification"})
    for header, found in list(chosen.items()):
        if found.reason == _LAST_TIME:
            continue
        if found.target == "customer.name" and surnames and not first and is_first_name_beside_surnames(header):
            chosen[header] = Found("customer.first_name", found.confidence, found.reason)
        if without_units(header) not in _NAMES:
            continue
        if found.target == "customer.name" and surnames:
            chosen[header] = Found("customer.first_name", found.confidence, found.reason)
        elif (found.target == "opportunity.title" and reached and not named) or (
            found.target == "customer.first_name" and not surnames and not whole
        ):
            chosen[header] = Found("customer.name", found.confidence, found.reason)


def _settle_phones(chosen: dict[str, Found]) -> None:
    """The only telephone is the first one, be it called that of the house or of the office."""
    phones = {found.target: header for header, found in chosen.items() if found.target.startswith("customer.phone")}
    other = phones.get("customer.phone_alt")
    if other is not None and len(phones) == 1 and chosen[other].reason != _LAST_TIME:
        chosen[other] = Found("customer.phone", chosen[other].confidence, chosen[other].reason)


def _settle_amounts(table: RawTable, claims: list[_Claim], chosen: dict[str, Found], ties: dict[str, str]) -> None:
    found = {
        claim.header: claim.found
        for claim in claims
        if claim.found.target.startswith(AMOUNT + ".") and claim.header not in chosen
    }
    taken = {choice.target for choice in chosen.values()}
    targets = amounts.resolved(table, {header: choice.target for header, choice in found.items()}, _sources(chosen))
    for header, target in targets.items():
        if target not in taken:
            chosen[header] = Found(target, found[header].confidence, found[header].reason)
            taken.add(target)
    loose = [header for header, choice in found.items() if choice.target == amounts.ANY and header not in chosen]
    if len(loose) > 1:
        for header in loose:
            ties[header] = next(other for other in loose if other != header)


def _sources(chosen: dict[str, Found]) -> dict[str, str]:
    sources: dict[str, str] = {}
    for header, found in chosen.items():
        sources.setdefault(found.target, header)
    return sources


def _guess(
    kind: Kind, headers: Sequence[str], shapes: Lookup[str, Shape], chosen: dict[str, Found], ties: Lookup[str, str]
) -> None:
    free = [header for header in headers if header not in chosen and header not in ties]
    taken = frozenset(found.target for found in chosen.values())
    if ties:
        # Which of two amounts it is, is asked: a third is not to take the place.
        taken |= {"sale.amount"}
    for header, target in guesses.guessed(kind, free, shapes, taken).items():
        chosen[header] = Found(target, BY_SHAPE, "Por la forma de los valores")


def _leftover(
    table: RawTable,
    header: str,
    kind: Kind,
    shape: Shape,
    chosen: dict[str, Found],
    ties: dict[str, str],
    taken: set[str],
) -> Found:
    if header in ties:
        return Found("", 0.0, _TIE.format(ties[header]))
    if shape.is_empty:
        return Found(IGNORE, NEW_FIELD, "Columna vacía")
    if leftovers.is_row_number(table, header):
        return Found(IGNORE, OWN_FIELD, "Solo numera las filas")
    entity = leftovers.entity_of_leftover(table, header, kind, _sources(chosen))
    if entity is None:
        return Found(IGNORE, NEW_FIELD, "Cambia en cada línea y no tiene un campo propio")
    base = field_name_of(header)
    name, count = base, 1
    while custom_target(entity, name) in taken:
        count += 1
        name = f"{base}_{count}"
    return Found(custom_target(entity, name), NEW_FIELD, "Campo nuevo")
