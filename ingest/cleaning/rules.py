"""What a row must have, and which cells cost their row when they cannot be read."""

from ingest.cleaning.column import Problem
from ingest.model import Kind
from ingest.targets import CUSTOMER_KEYS, CUSTOMER_NAMES, REQUIRED, TARGETS

NAMING = frozenset((*CUSTOMER_NAMES, *CUSTOMER_KEYS))

CRITICAL = frozenset(
    {name for name, target in TARGETS.items() if target.identifying}
    # Left out, these would not leave a gap but change what an amount means.
    | {"sale.currency", "sale.exchange_rate", "sale.document_type", "opportunity.currency", "opportunity.exchange_rate"}
)
"""Targets of which a cell that cannot be read rejects its row."""

AMOUNTS = frozenset({"sale.amount", "sale.total", "line.total", "line.total_with_tax", "line.unit_price"})
"""A sale's row needs an amount; any of these gives it, once the totals have been derived."""

DERIVED_AMOUNTS = ("sale.amount", "line.total")

_MISSING = {
    "sale.sold_at": ("Falta la fecha de la venta.", "Escriba la fecha, por ejemplo 31/12/2025."),
    "interaction.date_time": ("Falta la fecha de la interacción.", "Escriba la fecha, por ejemplo 31/12/2025."),
}
_MISSING_AMOUNT = ("Falta el monto de la venta.", "Escriba el monto, o la cantidad y el precio.")
_MISSING_NAME = (
    "Nada dice quién es el cliente.",
    "Escriba al menos un nombre, código, teléfono, correo o identificación.",
)
_MISSING_TITLE = ("Nada dice qué oportunidad es.", "Escriba un título, un producto, un código o el cliente.")
MISSING_STAGE = ("Falta la etapa o el estado de la oportunidad.", "Escriba la etapa, por ejemplo Propuesta o Ganada.")


BROKEN_DOCUMENT = Problem(
    "document_incomplete",
    "Otra fila del mismo documento tiene un error: sin ella el monto no sería el correcto.",
    "Corrija esa fila y vuelva a subir el documento completo.",
)


def required_groups(kind: Kind) -> tuple[tuple[str, ...], ...]:
    """The groups of targets of which every row must fill one."""
    return REQUIRED[kind]


def missing_text(group: tuple[str, ...]) -> tuple[str, str]:
    """What to say of a row that fills none of a group: the message and the suggestion, in Spanish."""
    if group[0] in _MISSING:
        return _MISSING[group[0]]
    if AMOUNTS & set(group):
        return _MISSING_AMOUNT
    if "opportunity.title" in group:
        return _MISSING_TITLE
    return _MISSING_NAME
