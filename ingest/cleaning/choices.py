"""Lists of which only some values are taken, and booleans: what people write for each."""

import pyarrow as pa

from ingest.cleaning.column import Parsed, Problem, is_text
from ingest.cleaning.numbers import EUROS
from ingest.targets import Target
from pymeai.costa_rica import identification
from pymeai.costa_rica.territory import match_province
from pymeai.costa_rica.text import fold

_TRUE = frozenset(("si", "s", "yes", "y", "x", "1", "true", "verdadero", "t", "v", "cierto", "activo", "ok", "✓", "✔"))
_FALSE = frozenset(("no", "n", "0", "false", "falso", "f", "inactivo"))

_SYNONYMS: dict[str, dict[str, str]] = {
    "customer.kind": {
        "person": "persona fisica|individuo|individual|cliente|natural|f|fisica|fisico|particular|consumidor final|p",
        "company": "juridica|juridico|persona juridica|negocio|compania|organizacion|sociedad|corporativo|e|j|business",
    },
    "customer.status": {
        "active": "activa|si|s|1|true|vigente|habilitado|alta|a",
        "inactive": "inactiva|no|n|0|false|suspendido|deshabilitado|baja|i|retirado",
    },
    "sale.document_type": {
        "invoice": "factura electronica|fe|fac|01|1|invoice|factura de venta|factura contado|factura credito|order|venta|pedido",
        "ticket": "tiquete electronico|te|04|4|tiquete|ticket|recibo|pos|tique",
        "credit_note": "nota credito|nc|03|3|credit note|devolucion|nota de credito electronica|n/c|refund|anulacion|return",
        "debit_note": "nota debito|nd|02|2|debit note|nota de debito electronica",
        "other": "otros|other",
    },
    "opportunity.status": {
        "open": "abierto|en proceso|activa|activo|pendiente|en curso|in progress|engaging|prospecting|new|nueva",
        "won": "ganado|closed won|cerrada ganada|cerrado ganado|vendido|vendida|exito|exitosa|closedwon",
        "lost": "perdido|closed lost|cerrada perdida|cerrado perdido|rechazada|rechazado|cancelada|descartada|closedlost",
    },
    "interaction.direction": {
        "inbound": "entrada|recibida|recibido|in|incoming|received|incoming_email",
        "outbound": "salida|enviada|enviado|out|outgoing|sent|realizada",
    },
}
_EUROS = Problem(
    "unknown_currency",
    "La moneda son euros, y aquí se llevan colones y dólares.",
    "Pase el monto a colones o a dólares.",
)
_CURRENCIES = {
    "CRC": "crc|₡|¢|colon|colones|colones costarricenses|col|costa rican colon|188|c",
    "USD": "usd|$|us$|dolar|dolares|dollar|dollars|us dollar|840|us|u$s|dolares americanos|d",
}


def is_boolean(text: str) -> bool:
    """Whether `read_booleans` knows the text."""
    plain = fold(text)
    return plain in _TRUE or plain in _FALSE


def read_booleans(values: pa.Array) -> Parsed:
    """sí, s, x, 1 … no, n, 0 as booleans; anything else is a problem, never a silent true."""
    if pa.types.is_boolean(values.type):
        return Parsed(values)
    texts = values if is_text(values.type) else values.cast(pa.string())
    problems: dict[int, Problem] = {}
    read: list[bool | None] = []
    for place, text in enumerate(texts.to_pylist()):
        plain = fold(text)
        read.append(True if plain in _TRUE else False if plain in _FALSE else None)
        if read[-1] is None:
            problems[place] = Problem("not_a_boolean", "No se sabe si es sí o no.", "Escriba sí o no.")
    return Parsed(pa.array(read, pa.bool_()), problems)


def read_choices(values: pa.Array, target: Target) -> Parsed:
    """Texts as the values that the target takes, by the value itself, its label or a synonym."""
    known = _known(target)
    accepted = ", ".join(label for _, label in target.choices)
    problem = Problem("not_a_choice", f"No es un valor de «{target.label}».", f"Escriba uno de estos: {accepted}.")
    plain = [fold(text).strip(" .") for text in values.to_pylist()]
    if target.name == "sale.document_type" and "contado" in plain:
        # Terms of payment: a sale on credit is no credit note.
        known |= {"contado": "invoice", "credito": "invoice"}
    read = [known.get(text) for text in plain]
    if target.name == "customer.identification_type":
        read = [code or identification.parse_type(text) for code, text in zip(read, values.to_pylist(), strict=True)]
    problems = {place: problem for place, value in enumerate(read) if value is None}
    if target.field == "currency":
        problems |= {place: _EUROS for place in problems if EUROS.search(plain[place])}
    return Parsed(pa.array(read, pa.string()), problems)


def read_provinces(values: pa.Array) -> Parsed:
    """Province names or codes as codes 1 to 7."""
    problem = Problem(
        "unknown_province",
        "No es una provincia de Costa Rica.",
        "Escriba San José, Alajuela, Cartago, Heredia, Guanacaste, Puntarenas o Limón, o lleve la columna a otro campo.",
    )
    read = [match_province(text) for text in values.to_pylist()]
    return Parsed(pa.array(read, pa.string()), {place: problem for place, code in enumerate(read) if code is None})


def read_tags(values: pa.Array) -> Parsed:
    """Labels with a comma between them, each once, in their order."""
    read = []
    for text in values.to_pylist():
        tags: dict[str, str] = {}
        for tag in text.replace(";", ",").split(","):
            if tag.strip():
                tags.setdefault(fold(tag), tag.strip())
        read.append(",".join(tags.values()) or None)
    return Parsed(pa.array(read, pa.string()))


def _known(target: Target) -> dict[str, str]:
    known: dict[str, str] = {}
    synonyms = _CURRENCIES if target.field == "currency" else _SYNONYMS.get(target.name, {})
    for code, label in target.choices:
        known |= dict.fromkeys([fold(code), fold(label), *synonyms.get(code, "").split("|")], code)
    known.pop("", None)
    return known
