"""Phones, e-mails, identifications and names of a whole column."""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.cleaning.column import Mask, Parsed, Problem, mask_of, matches
from pymeai.costa_rica.identification import IdentificationError, parse_identification
from pymeai.costa_rica.names import COMPANY_PATTERN, PARTICLES, SECOND_GIVEN_NAMES, Name, split_name
from pymeai.costa_rica.phones import PhoneError, parse_phones

TEXT = pa.string()
SEPARATOR = "\ue000"
"""Stands between an identification and its type where both are read as one text; no cell has it."""

_EMAIL = (
    r"^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}$"
)
_EMAIL_MARKS = re.compile(r"[<>()\[\],;:\"|/\n]+")
_EMAIL_LIMIT = 254
# Beyond this a cell is no phone nor identification, and is not worth the reading.
_PHONE_LIMIT = 200
_PARTICLE = rf"(?:^| )\.*(?:{'|'.join(sorted(PARTICLES))})\.*(?: |$)"
_SECOND_GIVEN = pa.array(sorted(SECOND_GIVEN_NAMES))


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
            found = parse_phones(text[:_PHONE_LIMIT])
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
        candidates = _addresses(text)
        good = [part for part in candidates if re.match(_EMAIL, part) and len(part) <= _EMAIL_LIMIT]
        found.append(good[0] if good else None)
        if not good:
            problems[place] = Problem("bad_email", "No es un correo electrónico.", "Escríbalo como nombre@empresa.com.")
        elif len(candidates) > 1:
            problems[place] = Problem("email_note", "La celda tiene varios correos: se guarda uno.", kept=True)
    return Parsed(_mixed(pc.if_else(pa.array(valid), lowered, _none()), valid, found), problems)


def _addresses(text: str) -> list[str]:
    """What of a cell could be an address: between marks, or alone; "juan perez@x.com" is not perez@x.com."""
    parts = [part.strip().rstrip(".") for part in _EMAIL_MARKS.split(text) if "@" in part]
    return [word for part in parts for word in (part.split() if part.count("@") > 1 else [part])]


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
    """Whole names taken apart as `split_name` does: first_name, last_name, company_name, kind; one value a text."""
    if not len(values):
        return dict.fromkeys(("first_name", "last_name", "company_name", "kind"), values)
    folded = _folded(values)
    company = matches(folded, COMPANY_PATTERN)
    words = pc.split_pattern(values, " ")
    starts = words.offsets.to_numpy(zero_copy_only=False)[:-1]
    count = np.diff(words.offsets.to_numpy(zero_copy_only=False))
    read = company | ((count <= 4) & ~matches(values, r"[,\n]") & ~matches(folded, _PARTICLE))

    def word(place: int) -> pa.Array:
        return words.values.take(pa.array(np.minimum(starts + place, len(words.values) - 1)))

    first, second, third, fourth = word(0), word(1), word(2), word(3)
    # "Juan Carlos Mora", "Alvaro J. Perez"; otherwise a name and two surnames.
    plain = _folded(second)
    given = mask_of(pc.is_in(plain, _SECOND_GIVEN)) | matches(plain, r"^\.*[^.]\.*$")
    two_given = pa.array((count == 4) | ((count == 3) & given))
    firsts = pc.if_else(two_given, _joined(first, second), first)
    lasts = pa.nulls(len(values), TEXT)
    for chosen, surnames in (
        (count == 2, second),
        ((count == 3) & given, third),
        ((count == 3) & ~given, _joined(second, third)),
        (count == 4, _joined(third, fourth)),
    ):
        lasts = pc.if_else(pa.array(chosen), surnames, lasts)
    person = pa.array(read & ~company)
    names: list[Name] = [split_name(text) for text in values.filter(pa.array(~read)).to_pylist()]
    return {
        "first_name": _mixed(pc.if_else(person, firsts, _none()), read, [name.first_name for name in names]),
        "last_name": _mixed(pc.if_else(person, lasts, _none()), read, [name.last_name for name in names]),
        "company_name": _mixed(
            pc.if_else(pa.array(company), values, _none()), read, [name.company_name for name in names]
        ),
        "kind": _mixed(pc.if_else(pa.array(company), "company", "person"), read, [name.kind for name in names]),
    }


def _joined(left: pa.Array, right: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(left, right, " ")


def _folded(values: pa.Array) -> pa.Array:
    """Lower case without accents, as `fold` does."""
    lowered = pc.utf8_lower(values)
    ascii_only = mask_of(pc.string_is_ascii(values))
    if ascii_only.all():
        return lowered
    others = pc.utf8_lower(pc.utf8_normalize(values.filter(pa.array(~ascii_only)), "NFKD"))
    return _with_others(lowered, ascii_only, pc.replace_substring_regex(others, r"\p{Mn}", ""))


def _none() -> pa.Scalar:
    return pa.scalar(None, TEXT)


def _mixed(quick: pa.Array, read: Mask, others: Sequence[str | None]) -> pa.Array:
    """The values read at once, with those read one by one in the remaining places."""
    return _with_others(quick.cast(TEXT), read, pa.array(others, TEXT)) if others else quick


def _with_others(quick: pa.Array, read: Mask, others: pa.Array) -> pa.Array:
    places = np.arange(len(quick))
    places[~read] = len(quick) + np.arange(len(others))
    return pa.concat_arrays([quick, others]).take(pa.array(places))
