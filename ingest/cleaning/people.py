"""Phones, e-mails, identifications and names of a whole column."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.cleaning.column import Mask, Parsed, Problem, mask_of, matches
from pymeai.costa_rica.identification import IdentificationError, parse_identification
from pymeai.costa_rica.names import Name, split_name
from pymeai.costa_rica.phones import PhoneError, parse_phones

TEXT = pa.string()
SEPARATOR = "\ue000"
"""Stands between an identification and its type where both are read as one text; no cell has it."""

_EMAIL = (
    r"^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}$"
)
_EMAIL_IN_TEXT = re.compile(r"[^\s<>()\[\],;:\"|/]+@[^\s<>()\[\],;:\"|/]+")
_EMAIL_LIMIT = 254


def read_phones(values: pa.Array) -> Parsed:
    """Texts as E.164; `extra["phone_alt"]` is the second number of a cell that holds two."""
    compact = pc.replace_substring_regex(values, r"[\s().–-]", "")
    quick = pc.extract_regex(compact, r"^(?:\+506|00506|506)?(?P<n>[245678]\d{7})$")
    read = mask_of(quick.is_valid())
    first = pc.if_else(pa.array(read), pc.binary_join_element_wise("+506", quick.field("n"), ""), _none())
    problems: dict[int, Problem] = {}
    phones: list[str | None] = []
    others: list[str | None] = []
    rest = np.flatnonzero(~read)
    for place, text in zip(rest.tolist(), values.take(pa.array(rest)).to_pylist(), strict=True):
        try:
            found = parse_phones(text)
        except PhoneError as error:
            problems[place] = Problem("bad_phone", str(error), "Escríbalo como 8888-7777.")
            phones.append(None)
            others.append(None)
            continue
        phones.append(found.phone)
        others.append(found.phone_alt)
        if found.warning:
            problems[place] = Problem("phone_note", found.warning, kept=True)
    blank = pa.nulls(len(values), TEXT)
    return Parsed(_mixed(first, read, phones), problems, None, {"phone_alt": _mixed(blank, read, others)})


def read_emails(values: pa.Array) -> Parsed:
    """Texts as lower-case addresses; of several in a cell the first is kept."""
    lowered = pc.utf8_trim(pc.utf8_lower(values), " .,;")
    lowered = pc.replace_substring_regex(lowered, r"^mailto:\s*", "")
    valid = matches(lowered, _EMAIL) & mask_of(pc.less_equal(pc.utf8_length(lowered), _EMAIL_LIMIT))
    problems: dict[int, Problem] = {}
    found: list[str | None] = []
    rest = np.flatnonzero(~valid)
    for place, text in zip(rest.tolist(), lowered.take(pa.array(rest)).to_pylist(), strict=True):
        candidates = [part.strip(".'") for part in _EMAIL_IN_TEXT.findall(text)]
        good = [part for part in candidates if re.match(_EMAIL, part) and len(part) <= _EMAIL_LIMIT]
        found.append(good[0] if good else None)
        if not good:
            problems[place] = Problem("bad_email", "No es un correo electrónico.", "Escríbalo como nombre@empresa.com.")
        elif len(candidates) > 1:
            problems[place] = Problem("email_note", "La celda tiene varios correos: se guarda uno.", kept=True)
    return Parsed(_mixed(pc.if_else(pa.array(valid), lowered, _none()), valid, found), problems)


def read_identifications(values: pa.Array) -> Parsed:
    """Texts (followed by SEPARATOR and a type's code where the file tells it) as digits; `extra["type"]`: the code."""
    quick = matches(values, r"^[1-9]\d{8}$|^[1-9]-\d{4}-\d{4}$")
    numbers = pc.if_else(pa.array(quick), pc.replace_substring(values, "-", ""), _none())
    types = pc.if_else(pa.array(quick), "01", _none())
    problems: dict[int, Problem] = {}
    read: list[str | None] = []
    codes: list[str | None] = []
    rest = np.flatnonzero(~quick)
    for place, text in zip(rest.tolist(), values.take(pa.array(rest)).to_pylist(), strict=True):
        number, _, code = text.partition(SEPARATOR)
        try:
            found = parse_identification(number, code or None)
        except IdentificationError as error:
            problems[place] = Problem("bad_identification", str(error), "Revise que tenga todos sus dígitos.")
            read.append(None)
            codes.append(None)
            continue
        read.append(found.number)
        codes.append(found.type)
        if found.warning:
            problems[place] = Problem("identification_note", found.warning, kept=True)
    return Parsed(_mixed(numbers, quick, read), problems, None, {"type": _mixed(types, quick, codes)})


def split_names(values: pa.Array) -> dict[str, pa.Array]:
    """Whole names taken apart: first_name, last_name, company_name and kind, one value a text."""
    names: list[Name] = [split_name(text) for text in values.to_pylist()]
    return {
        "first_name": pa.array([name.first_name for name in names], TEXT),
        "last_name": pa.array([name.last_name for name in names], TEXT),
        "company_name": pa.array([name.company_name for name in names], TEXT),
        "kind": pa.array([name.kind for name in names], TEXT),
    }


def _none() -> pa.Scalar:
    return pa.scalar(None, TEXT)


def _mixed(quick: pa.Array, read: Mask, others: list[str | None]) -> pa.Array:
    """The values read at once, with those read one by one in the remaining places."""
    if not others:
        return quick
    places = np.arange(len(quick))
    places[~read] = len(quick) + np.arange(len(others))
    return pa.concat_arrays([quick.cast(TEXT), pa.array(others, TEXT)]).take(pa.array(places))
