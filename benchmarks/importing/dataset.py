"""A list of customers as a shop keeps it, and the same rows as PostgreSQL would like them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

BAD_SHARE, DUPLICATE_SHARE = 0.01, 0.05
_CHUNK = 100_000
HEADER = (
    "Código", "Cédula", "Nombre", "Apellidos", "Teléfono", "Correo", "Dirección", "Fecha de ingreso", "Límite de crédito",
    "Etiquetas",
)  # fmt: skip
_NAMES = ("Ana", "Luis", "María", "José", "Carmen", "Jorge", "Lucía", "Pedro", "Rosa", "Álvaro")
_SURNAMES = ("Mora", "Rojas", "Jiménez", "Solís", "Araya", "Vargas", "Quesada", "Núñez", "Chaves", "Brenes")
_PLACES = ("Escazú", "Cañas, frente al parque", "Cartago", "Limón", "San José, 200 m norte de la iglesia")
_TAGS = ("", "mayorista", "contado", "crédito")
CLEAN_COLUMNS = (
    ("external_id", "text"), ("identification_number", "text"), ("first_name", "text"), ("last_name", "text"),
    ("phone", "text"), ("email", "text"), ("address", "text"), ("created_at", "timestamptz"), ("credit", "numeric"),
    ("tag", "text"),
)  # fmt: skip


@dataclass(frozen=True)
class CustomerFiles:
    """The file to import, the same rows with PostgreSQL's own spellings, and how many people are in them."""

    messy: Path
    clean: Path
    people: int


def write_customers(folder: Path, rows: int, *, seed: int, first: int = 0) -> CustomerFiles:
    """Two CSV files of `rows` rows: `messy` to be imported, `clean` to be copied.

    Dates are d/m/yyyy, amounts ₡1.234,56, telephones 8888-1234, identifications 1-0234-0567. One row in twenty is
    somebody of an earlier row again, with another limit; one in a hundred has a cell that is no date, no amount or no
    telephone (null in `clean`). People are numbered from `first`, so files with other numbers share nobody.
    """
    random = np.random.default_rng(seed)
    people = np.arange(rows)
    again = np.flatnonzero(random.random(rows) < DUPLICATE_SHARE)
    again = again[again > 0]
    people[again] = (random.random(len(again)) * again).astype(np.int64)
    messy, clean = folder / f"clientes-{seed}.csv", folder / f"clean-{seed}.csv"
    schema = pa.schema([(name, pa.string()) for name in HEADER])
    plain = pa.schema([(name, pa.string()) for name, _ in CLEAN_COLUMNS])
    with (
        pv.CSVWriter(messy, schema, write_options=pv.WriteOptions(delimiter=";")) as written,
        pv.CSVWriter(clean, plain, write_options=pv.WriteOptions(include_header=False)) as copied,
    ):
        for begin in range(0, rows, _CHUNK):
            some = people[begin : begin + _CHUNK]
            shown, meant = _rows(first + some, begin, random)
            written.write_table(pa.table(shown, schema=schema))
            copied.write_table(pa.table(meant, schema=plain))
    return CustomerFiles(messy, clean, len(np.unique(people)))


def _rows(people: np.ndarray, begin: int, random: np.random.Generator) -> tuple[list[pa.Array], list[pa.Array]]:
    count = len(people)
    identification = _digits(100_000_000 + people, 9)
    phone = _digits(60_000_000 + people, 8)
    name, surname = _of(_NAMES, people), _joined(" ", _of(_SURNAMES, people // 10), _of(_SURNAMES, people // 100))
    email = _joined(
        "", pa.array(["cliente"] * count), pa.array(people).cast(pa.string()), pa.array(["@correo.cr"] * count)
    )
    day = np.datetime64("2015-01-01") + (people * 7919) % 4_000
    cents = ((begin + np.arange(count)) * 7_919) % 200_000_000
    bad = random.random(count)
    bad_day, bad_amount, bad_phone = (
        (bad >= BAD_SHARE * part / 3) & (bad < BAD_SHARE * (part + 1) / 3) for part in range(3)
    )
    code, place, tag = (
        _joined("", pa.array(["C-"] * count), _digits(people, 7)),
        _of(_PLACES, people),
        _of(_TAGS, people),
    )
    days = pa.array(day)
    shown = [
        code,
        _joined("-", _part(identification, 0, 1), _part(identification, 1, 5), _part(identification, 5, 9)),
        name,
        surname,
        pc.if_else(pa.array(bad_phone), "no tiene", _joined("-", _part(phone, 0, 4), _part(phone, 4, 8))),
        email,
        place,
        pc.if_else(pa.array(bad_day), "31/02/2024", pc.strftime(days, "%d/%m/%Y")),
        pc.if_else(pa.array(bad_amount), "por definir", _colones(cents)),
        tag,
    ]
    amount = _joined(".", pa.array(cents // 100).cast(pa.string()), _digits(cents % 100, 2))
    meant = [
        code,
        identification,
        name,
        surname,
        _blank(bad_phone, _joined("", pa.array(["+506"] * count), phone)),
        email,
        place,
        _blank(bad_day, _joined("", pc.strftime(days, "%Y-%m-%d"), pa.array([" 00:00-06"] * count))),
        _blank(bad_amount, amount),
        _blank(pc.equal(tag, "").to_numpy(zero_copy_only=False), tag),
    ]
    return shown, meant


def _of(values: tuple[str, ...], numbers: np.ndarray) -> pa.Array:
    return pa.array(values).take(pa.array(numbers % len(values)))


def _digits(numbers: np.ndarray, width: int) -> pa.Array:
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")


def _part(texts: pa.Array, start: int, stop: int) -> pa.Array:
    return pc.utf8_slice_codeunits(texts, start, stop)


def _joined(separator: str, *parts: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(*parts, separator)


def _blank(where: np.ndarray, texts: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(where), pa.scalar(None, pa.string()), texts)


def _colones(cents: np.ndarray) -> pa.Array:
    """₡1.234,56: millions, thousands and the rest, as far as they go."""
    whole, rest = cents // 100, _digits(cents % 100, 2)
    thousands, hundreds = whole // 1000, _digits(whole % 1000, 3)
    millions = _joined(".", pa.array(thousands // 1000).cast(pa.string()), _digits(thousands % 1000, 3), hundreds)
    small = _joined(".", pa.array(thousands).cast(pa.string()), hundreds)
    shown = pc.if_else(
        pa.array(whole >= 1_000_000),
        millions,
        pc.if_else(pa.array(whole >= 1000), small, pa.array(whole).cast(pa.string())),
    )
    return _joined("", pa.array(["₡"] * len(cents)), _joined(",", shown, rest))
