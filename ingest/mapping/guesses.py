"""Columns whose name says nothing, by the look of their values."""

from collections.abc import Mapping, Sequence

from ingest.mapping.headers import explains
from ingest.mapping.shapes import Shape
from ingest.mapping.wording import is_nameless, meaning, names_somebody_else, without_units, wording
from ingest.model import Kind
from ingest.targets import CUSTOMER_NAMES, targets_for

_ALIKE = 0.8
_OWN = 0.05
_PERSONAL = frozenset(["correo", "telefono", "celular", "whatsapp", "cedula", "identificacion", "pasaporte"])
_DAYS = {
    "sales": "sale.sold_at",
    "interactions": "interaction.date_time",
    "opportunities": "opportunity.created_at",
}
_PAID = frozenset(["sale.amount", "sale.total", "line.total", "line.total_with_tax", "line.unit_price"])


def guessed(kind: Kind, headers: Sequence[str], shapes: Mapping[str, Shape], taken: frozenset[str]) -> dict[str, str]:
    """Header -> target for those of `headers`, which no name explains, that alone look like a target not in `taken`.

    A name that speaks of something else is believed before the values: the e-mail address of an accountant, the day
    that an invoice falls due and a balance look like the customer's, the sale's and its amount.
    """
    guesses: dict[str, str] = {}
    addresses = [header for header in headers if _may_be_an_address(header, kind)]
    personal = [header for header in headers if _may_be_the_customers(header)]
    nameless = [header for header in headers if is_nameless(header)]

    def guess(target: str, alike: Sequence[str]) -> None:
        free = [header for header in alike if header not in guesses]
        if len(free) == 1 and target not in taken:
            guesses[free[0]] = target

    def looking_like(what: str, among: Sequence[str]) -> list[str]:
        return [header for header in among if header not in guesses and shapes[header].share(what) >= _ALIKE]

    guess("customer.email", looking_like("email", addresses))
    guess("customer.identification", looking_like("identification", personal))
    # A column of figures alone is no phone: amounts have eight digits too.
    phones = [header for header in looking_like("local_phone", personal) if shapes[header].share("fraction") < 0.1]
    guess("customer.phone", phones)
    # Numbers of telephones in full are nothing else, and one that is always the same is the business's own.
    numbers = [header for header in looking_like("whole_phone", addresses) if shapes[header].share("distinct") > _OWN]
    guess("customer.phone", numbers)
    targets = targets_for(kind)
    dated = {target for target in taken if target in targets and targets[target].type in ("date", "datetime")}
    if kind in _DAYS and not dated:
        guess(_DAYS[kind], looking_like("date", nameless))
    if kind == "customers" and not taken & set(CUSTOMER_NAMES):
        guess("customer.name", looking_like("words", nameless))
    if kind == "sales" and not taken & _PAID:
        guess("sale.amount", looking_like("money", nameless))
    return guesses


def _unexplained(header: str) -> frozenset[str]:
    """The words of a header that are not of a person's papers, telephone or e-mail, nor tell two of these apart."""
    known = wording()
    said = frozenset(meaning(without_units(header).split()))
    rest = said - _PERSONAL - known.noise - known.places.keys() - known.entities["customer"]
    return frozenset(word for word in rest if not word.isdigit())


def _may_be_the_customers(header: str) -> bool:
    return is_nameless(header) or not (_unexplained(header) or names_somebody_else(header))


def _may_be_an_address(header: str, kind: Kind) -> bool:
    """Whether a column of e-mail addresses may be the customer's under a name that we do not know.

    "Correo del chef" says whose it is, and "vendedor" what else it is.
    """
    rest = _unexplained(header) - {"numero"}
    if is_nameless(header) or not rest:
        return _may_be_the_customers(header)
    speaks_of_it = bool(frozenset(meaning(without_units(header).split())) & _PERSONAL)
    return not (speaks_of_it or names_somebody_else(header) or explains(rest, kind))
