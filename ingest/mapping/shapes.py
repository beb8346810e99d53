"""What the values of a column look like, and which targets that rules out."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from ingest.model import RawTable
from ingest.reading.export import as_text
from ingest.targets import TARGETS, custom_field_of
from pymeai.costa_rica.territory import match_province
from pymeai.costa_rica.text import fold

LOOKED_AT = 300
"""Values of a column that are looked at, taken evenly from its whole length."""

SAMPLES = 5

_EMAIL = re.compile(r"[^\s@;,]+@[^\s@;,]+\.[^\s@;,]+(?:\s*[;,/]\s*[^\s@;,]+@\S+)*")
_PHONE = re.compile(r"(?:[a-z.:]{0,12}\s*)?\+?[\d(][\d\s().+/,;-]{5,45}(?:\s*[a-z.() ]{0,12})?")
_IDENTIFICATION = re.compile(
    r"[1-9]-\d{3,4}-\d{3,4}|0[1-9]-\d{4}-\d{4}|\d-\d{3}-\d{6}|[1-9]\d{8}|[23456]\d{9}|1\d{10,11}"
)
_NUMBER = re.compile(
    r"\(?[-+]?\s*(?:₡|¢|\$|crc|usd|us\$|colones)?\s*[-+]?(?:\d[\d.,' \u00a0\u202f]*|[.,]\d+)\s*"
    r"(?:%|₡|¢|\$|crc|usd|colones|dolares|c/u|k|m|mil|millones|unidades|uds?|und)?\.?\)?-?",
)
# 1042, C-1042, CLI 1042, 3-101-123456, JH-11920: digits, after a short prefix at most. "Compañía E2E-17" is none.
_CODE = re.compile(r"(?=.*\d)(?:[a-z]{1,4}[ .#:]{1,2})?[a-z0-9#._/-]+|[\d ,.#/-]*\d[\d ,.#/-]*")
_CURRENCY_SIGN = re.compile(r"[₡¢$€]|\b(?:crc|usd|colones|dolares)\b")
_MONTH = r"(?:ene|feb|mar|abr|may|jun|jul|ago|set|sep|oct|nov|dic|jan|apr|aug|dec)[a-z]*\.?"
_TIME = r"(?:[t ,]+(?:a las )?\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?\s?m\.?)?(?:z|[+-]\d{2}:?\d{2})?)?"
_DATE = re.compile(
    rf"(?:(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo|lun|mar|mie|jue|vie|sab|dom)\.?,?\s+)?"
    rf"(?:\d{{1,2}}[-/. ]\d{{1,2}}[-/. ]\d{{2,4}}|\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|(?:19|20)\d{{2}}[01]\d[0-3]\d|"
    rf"\d{{1,2}}(?:\s+de)?[-/. ]+{_MONTH}(?:(?:\s+del?)?[-/., ]+\d{{2,4}})?|{_MONTH}\s+\d{{1,2}},?\s+\d{{4}}){_TIME}"
)
_DOCUMENT_WORDS = re.compile(
    r"(?:f|fe|fac|fact|factura|facturas|ti|te|tiquete|ticket|nc|nd|n/c|n/d|nota|recibo|invoice|credit|debit|receipt|"
    r"comprobante|boleta|venta|devolucion|contado|credito|0[1-9])\b.*"
)
# An account at a bank: CR and 20 digits.
_BANK_ACCOUNT = re.compile(r"cr[ -]?\d{2}(?:[ -]?\d{3,4}){4,6}\d{0,3}")
# The rates of the law of value added tax (9635), as percent or as a fraction: no column of amounts holds them alone.
_TAX_RATE = re.compile(r"(?:0|1|2|4|8|13)(?:[.,]0+)?\s*%?|0?[.,](?:01|02|04|08|13)0*")
_CURRENCIES = frozenset(
    [
        "crc",
        "usd",
        "₡",
        "$",
        "colon",
        "colones",
        "dolar",
        "dolares",
        "us$",
        "¢",
        "c",
        "d",
        "col",
        "dol",
        "cr",
        "us",
        "1",
        "2",
        "colon costarricense",
        "colones costarricenses",
        "dolar estadounidense",
        "dolares americanos",
        "us dollar",
        "costa rican colon",
    ]
)
_STATES = frozenset(["active", "inactive", "activo", "inactivo", "activa", "inactiva", "a", "i", "si", "no", "s", "n",
                     "true", "false", "1", "0", "x", "baja", "suspendido", "vigente", "moroso", "yes"])  # fmt: skip
_KINDS = frozenset(["persona", "empresa", "fisica", "juridica", "fisico", "juridico", "person", "company", "p", "e",
                    "persona fisica", "persona juridica", "individual", "business", "f", "j"])  # fmt: skip
_OUTCOMES = re.compile(
    r"(?:abiert|ganad|perdid|cerrad|open|won|lost|closed|en proceso|pendiente|in progress|activ|vendid|rechazad|"
    r"aceptad|cancelad|win|lose|proceso).*"
)
_DIRECTIONS = re.compile(r"(?:entrante|saliente|in|out|inbound|outbound|incoming|outgoing|recibid|realizad|enviad).*")
_IDENTIFICATION_TYPES = re.compile(r"(?:0?[1-6]|fisic|juridic|dimex|nite|cedula|pasaporte|extranjer|ced).*")


@dataclass(frozen=True)
class Shape:
    """A column's values, at a glance. Shares are of the filled values looked at, 0 to 1; `filled` of all rows."""

    samples: list[str]
    filled: float
    shares: dict[str, float] = field(default_factory=dict)

    def share(self, what: str) -> float:
        """The share of values that look like `what`."""
        return self.shares.get(what, 0.0)

    @property
    def is_empty(self) -> bool:
        """Whether the column has no value at all."""
        return not self.samples


def shape_of(table: RawTable, header: str) -> Shape:
    """The shape of one column, from values of its whole length."""
    column = table.frame.column(header)
    rows = max(table.frame.num_rows, 1)
    filled = column.drop_null()
    if pa.types.is_string(column.type):
        filled = filled.filter(pc.not_equal(pc.utf8_trim_whitespace(filled), ""))
    if len(filled) == 0:
        return Shape([], 0.0)
    step = max(1, len(filled) // LOOKED_AT)
    taken = filled.take(pa.array(range(0, len(filled), step), pa.int64()))
    values = [str(value).strip() for value in as_text(taken).to_pylist()]
    samples = list(dict.fromkeys(values))
    # Five of different parts of the file say more than its first five.
    samples = (
        [samples[index * len(samples) // SAMPLES] for index in range(SAMPLES)] if len(samples) > SAMPLES else samples
    )
    shares = _shares(values, column.type)
    shares["distinct"] = len(set(values)) / len(values)
    return Shape([sample[:80] for sample in samples], len(filled) / rows, shares)


def _shares(values: Sequence[str], kind: pa.DataType) -> dict[str, float]:
    folded = [fold(value) for value in values]

    def share(test: Callable[[str], object]) -> float:
        return sum(1 for value in folded if test(value)) / len(folded)

    return {
        "email": share(_EMAIL.fullmatch),
        "phone": share(lambda value: _PHONE.fullmatch(value) and 7 <= sum(c.isdigit() for c in value) <= 40),
        "local_phone": share(lambda value: re.fullmatch(r"\D{0,6}(?:506)?\D{0,3}[2-8]\d{3}[\s.-]?\d{4}", value)),
        "whole_phone": share(lambda value: re.fullmatch(r"\(?\+\s?506\)?\D{0,3}[2-8]\d{3}[\s.-]?\d{4}", value)),
        "identification": share(_IDENTIFICATION.fullmatch),
        "date": 1.0 if pa.types.is_timestamp(kind) else share(_DATE.fullmatch),
        "serial": share(lambda value: re.fullmatch(r"[2-5]\d{4}(?:\.\d+)?", value)),
        "number": 1.0 if pa.types.is_floating(kind) else share(_NUMBER.fullmatch),
        "money": share(_CURRENCY_SIGN.search),
        "fraction": share(lambda value: re.search(r"\d[.,]\d{1,2}$", value)),
        "digits": share(lambda value: any(c.isdigit() for c in value)),
        "code": 1.0 if pa.types.is_floating(kind) else share(_CODE.fullmatch),
        "words": share(lambda value: " " in value and not any(c.isdigit() for c in value)),
        "letters": share(lambda value: not any(c.isdigit() for c in value)),
        "province": share(match_province),
        "bank_account": share(_BANK_ACCOUNT.fullmatch),
        "tax_rate": share(_TAX_RATE.fullmatch),
        "zero": share(lambda value: re.fullmatch(r"0(?:[.,]0+)?", value)),
        "currency": share(_CURRENCIES.__contains__),
        "document": share(_DOCUMENT_WORDS.fullmatch),
        "state": share(_STATES.__contains__),
        "kind": share(_KINDS.__contains__),
        "outcome": share(_OUTCOMES.fullmatch),
        "direction": share(_DIRECTIONS.fullmatch),
        "identification_type": share(_IDENTIFICATION_TYPES.fullmatch),
        "boolean": 1.0 if pa.types.is_boolean(kind) else share(_STATES.__contains__),
    }


_NEEDED: dict[str, tuple[str, float]] = {
    "customer.province": ("province", 0.5),
    "customer.status": ("state", 0.7),
    "customer.kind": ("kind", 0.7),
    "customer.identification_type": ("identification_type", 0.5),
    "sale.currency": ("currency", 0.5),
    "opportunity.currency": ("currency", 0.5),
    "sale.document_type": ("document", 0.5),
    "opportunity.status": ("outcome", 0.7),
    "interaction.direction": ("direction", 0.5),
}
"""Targets that take a few values alone: what share of the column's must look like them."""


def allows(shape: Shape, target: str) -> bool:
    """Whether a column of this shape can be `target`. An empty column can be anything."""
    if shape.is_empty or target not in TARGETS or custom_field_of(target):
        return True
    if target in _NEEDED:
        what, share = _NEEDED[target]
        return shape.share(what) >= share
    return _OF_TYPE.get(TARGETS[target].type, _allows_text)(shape, target)


def is_tax_rate(shape: Shape) -> bool:
    """Whether a column holds the rates of a tax (13, 4, 1 …), not what was paid of it."""
    return shape.share("tax_rate") == 1 and shape.share("zero") < 1


def doubtful(shape: Shape, target: str) -> bool:
    """Whether a name alone speaks for `target`: an e-mail or phone column whose values hardly look like any.

    Days, and yes or no ("WhatsApp: sí"), are no misspelt addresses and numbers: there the name means something else.
    """
    kind = TARGETS[target].type if target in TARGETS else "text"
    other = max(shape.share("date"), shape.share("state"))
    return kind in ("email", "phone") and other < 0.5 and not allows(shape, target)


def _allows_text(shape: Shape, target: str) -> bool:
    if TARGETS[target].field in ("external_id", "external_key"):
        return shape.share("words") < 0.5 and shape.share("bank_account") < 0.5
    if target in ("customer.name", "customer.company_name", "customer.first_name", "customer.last_name"):
        return shape.share("number") < 0.7 and shape.share("date") < 0.5 and shape.share("email") < 0.5
    if target in ("sale.seller", "opportunity.seller", "sale.payment_method", "line.category"):
        return shape.share("date") < 0.5
    if target == "line.description":
        return shape.share("number") < 0.8 and shape.share("date") < 0.5
    return True


def _allows_moment(shape: Shape, _target: str) -> bool:
    return max(shape.share("date"), shape.share("serial")) >= 0.5


def _allows_figure(shape: Shape, _target: str) -> bool:
    return shape.share("number") >= 0.5 and shape.share("date") < 0.9


_OF_TYPE: dict[str, Callable[[Shape, str], bool]] = {
    "email": lambda shape, _: shape.share("email") >= 0.4,
    "phone": lambda shape, _: max(shape.share("phone"), shape.share("local_phone")) >= 0.4,
    "identification": lambda shape, _: shape.share("digits") >= 0.5 and shape.share("words") < 0.5,
    "boolean": lambda shape, _: shape.share("boolean") >= 0.5,
    "date": _allows_moment,
    "datetime": _allows_moment,
    "money": _allows_figure,
    "number": _allows_figure,
    "integer": _allows_figure,
    "percent": _allows_figure,
}
