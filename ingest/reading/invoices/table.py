"""Electronic documents -> the table that any other list of sales would be: one row for each line."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingest.model import IGNORE, RawTable, Reason
from ingest.reading.invoices.archive import documents_of
from ingest.reading.invoices.document import Invoice, Line, NotASale, Party, Unreadable, parse_invoice
from ingest.targets import DOCUMENT_TYPES, TARGETS
from pymeai.errors import BadRequest

# Each column is headed as its target is called, so that its home is certain, in a file of rejected rows as well.
_TEXTS = (
    "sale.external_key",
    "sale.document_type",
    "sale.currency",
    "sale.payment_method",
    "customer.name",
    "customer.identification_type",
    "customer.identification",
    "customer.email",
    "customer.phone",
    "customer.province",
    "customer.canton",
    "customer.district",
    "customer.address",
    "line.code",
    "line.description",
    "line.unit",
)
_NUMBERS = (
    "sale.exchange_rate",
    "sale.amount",
    "sale.tax",
    "line.quantity",
    "line.unit_price",
    "line.discount",
    "line.total",
)
_MOMENT = "sale.sold_at"
FILE, REFERS_TO = "Archivo", "Documento que modifica"
_SHOWN = 20
"""Names of files that a note lists; of more it says how many there are."""


def read_invoices(path: Path, name: str, issuer: str | None = None) -> RawTable:
    """The sales in an XML or a ZIP of them; with `issuer`, an identification, those that it issued.

    What is no sale, or somebody else's, is left out and said so; a document that cannot be read is a broken row. Raises
    BadRequest where nothing is left, TooLarge and UnsupportedFile.
    """
    invoices: list[tuple[str, Invoice]] = []
    left_out: list[tuple[str, str]] = []
    unreadable: list[tuple[str, str]] = []
    for member, content in documents_of(path, name):
        try:
            invoice = parse_invoice(content)
        except NotASale as why:
            left_out.append((member, str(why)))
            continue
        except Unreadable as why:
            unreadable.append((member, str(why)))
            continue
        if issuer is not None and invoice.issuer.identification_number != issuer:
            left_out.append((member, f"lo emitió {invoice.issuer.name or invoice.issuer.identification_number}"))
        else:
            invoices.append((member, invoice))
    if not invoices:
        raise _nothing(name, left_out, unreadable)
    rows = [_row(member, invoice, line) for member, invoice in invoices for line in invoice.lines or (None,)]
    rows += [{FILE: member} for member, _ in unreadable]
    header = [*(TARGETS[target].label for target in (_MOMENT, *_TEXTS, *_NUMBERS)), REFERS_TO, FILE]
    types = [
        pa.timestamp("us"),
        *[pa.string()] * len(_TEXTS),
        *[pa.float64()] * len(_NUMBERS),
        pa.string(),
        pa.string(),
    ]
    columns = [pa.array([row.get(title) for row in rows], kind) for title, kind in zip(header, types, strict=True)]
    first = len(rows) - len(unreadable) + 1
    return RawTable(
        header=header,
        frame=pa.table(columns, names=header),
        notes=[_read_note(len(invoices)), *_notes(left_out)],
        targets={TARGETS[target].label: target for target in (_MOMENT, *_TEXTS, *_NUMBERS)} | {FILE: IGNORE},
        broken=[
            Reason(first + place, FILE, member, "unreadable_document", f"No se pudo leer «{member}»: {why}.")
            for place, (member, why) in enumerate(unreadable)
        ],
    )


def issuers_of(path: Path, name: str) -> Sequence[tuple[str, str, int]]:
    """Who issued the documents of a file: identification, name, number of documents; the most frequent first."""
    found: Counter[tuple[str, str]] = Counter()
    for _, content in documents_of(path, name):
        try:
            issuer = parse_invoice(content).issuer
        except (NotASale, Unreadable):
            continue
        found[issuer.identification_number or "", issuer.name or ""] += 1
    return [(number, who, count) for (number, who), count in found.most_common()]


def _row(member: str, invoice: Invoice, line: Line | None) -> dict[str, Any]:
    values: dict[str, Any] = {
        "sale.sold_at": invoice.issued_at,
        "sale.external_key": invoice.key,
        "sale.document_type": dict(DOCUMENT_TYPES)[invoice.type],
        "sale.currency": invoice.currency,
        "sale.payment_method": invoice.payment_method,
        "sale.exchange_rate": _number(invoice.exchange_rate),
        "sale.amount": _number(invoice.amount),
        "sale.tax": _number(invoice.tax),
        **_customer(invoice.receiver),
    }
    if line is not None:
        values |= {
            "line.code": line.code,
            "line.description": line.description,
            "line.unit": line.unit,
            "line.quantity": _number(line.quantity),
            "line.unit_price": _number(line.unit_price),
            "line.discount": _number(line.discount),
            "line.total": _number(line.total),
        }
    labelled = {TARGETS[target].label: value for target, value in values.items()}
    return labelled | {REFERS_TO: invoice.refers_to, FILE: member}


def _customer(receiver: Party | None) -> dict[str, str | None]:
    if receiver is None:
        return {}
    return {
        "customer.name": receiver.name,
        "customer.identification_type": receiver.identification_type,
        "customer.identification": receiver.identification_number,
        "customer.email": receiver.email,
        "customer.phone": receiver.phone,
        "customer.province": receiver.province,
        "customer.canton": receiver.canton,
        "customer.district": receiver.district,
        "customer.address": receiver.address,
    }


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _read_note(count: int) -> str:
    return "Se leyó 1 comprobante electrónico." if count == 1 else f"Se leyeron {count} comprobantes electrónicos."


def _notes(left_out: Iterable[tuple[str, str]]) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for member, why in left_out:
        by_reason.setdefault(why, []).append(member)
    return [f"Se dejó por fuera {_listed(members)}: {why}." for why, members in by_reason.items()]


def _listed(members: Sequence[str]) -> str:
    shown = ", ".join(f"«{member}»" for member in members[:_SHOWN])
    more = len(members) - _SHOWN
    return shown if more <= 0 else f"{shown} y {more} más"


def _nothing(name: str, left_out: Sequence[tuple[str, str]], unreadable: Sequence[tuple[str, str]]) -> BadRequest:
    first = [f"«{member}» {why}" for member, why in [*unreadable, *left_out][:3]]
    return BadRequest(
        f"El archivo «{name}» no trae ninguna venta suya: {'; '.join(first)}. Revise que sean facturas, tiquetes o notas "
        "electrónicas 4.3 o 4.4 emitidas por su empresa.",
        code="no_documents",
    )
