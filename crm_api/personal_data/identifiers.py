"""What names a person, and where else than in their own rows it stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm_api.personal_data.rows import Person
from pymeai.costa_rica.identification import show_identification
from pymeai.costa_rica.phones import show_phone
from pymeai.costa_rica.text import fold

_SHORTEST = 6
"""Shorter texts than this stand in too many others to name anybody."""
_SHORTEST_PART = 3
"""Shorter words of a name are its particles: de, la."""
_COLUMNS = """
    select first_name, last_name, company_name, email::text, phone, phone_alt, identification_type, identification_number
    from customers where customer_id = any (cast(:customers as uuid[]))
"""
# What they were called and where they were reached before: others may have written that down then.
_FORMER = """
    select
        coalesce(v.said ->> 'first_name', c.first_name), coalesce(v.said ->> 'last_name', c.last_name),
        v.said ->> 'company_name', v.said ->> 'email', v.said ->> 'phone', v.said ->> 'phone_alt',
        coalesce(v.said ->> 'identification_type', c.identification_type), v.said ->> 'identification_number'
    from customers c
    join (
        select entity_id as customer_id, before as said from audit_log where entity = 'customer'
        union all
        select entity_id, after from audit_log where entity = 'customer'
        union all
        select row_id, before from import_changes where table_name = 'customers'
        union all
        select kept_customer_id, before from customer_merges
    ) v using (customer_id)
    where customer_id = any (cast(:customers as uuid[]))
        and v.said ?| array[
            'first_name', 'last_name', 'company_name', 'email', 'phone', 'phone_alt', 'identification_number'
        ]
"""
_OTHERS = """
    select email::text, phone, phone_alt, identification_type, identification_number from customers
    where customer_id <> all (cast(:customers as uuid[])) and erased_at is null
        and (email::text = any (:texts) or phone = any (:texts) or phone_alt = any (:texts)
            or identification_number = any (:texts))
"""
MENTIONS = "platform.fold(concat_ws(' ', {0})) like any (select platform.fold(pattern) from unnest(cast(:patterns as text[])) pattern)"
"""That one of some columns holds one of the patterns."""


@dataclass(frozen=True)
class Identifiers:
    """Texts that name one person: `own` are nobody else's (numbers, addresses), `names` may be."""

    own: Sequence[str]
    names: Sequence[str]
    # Folded words of the name, which name the person where the rest of a text is about them anyway.
    parts: frozenset[str] = frozenset()

    @property
    def all(self) -> list[str]:
        """Both."""
        return [*self.own, *self.names]

    def named_in(self, value: str) -> bool:
        """Whether a text holds one of them, without regard to accents and case."""
        folded = fold(value)
        if any(fold(identifier) in folded for identifier in self.all):
            return True
        return not self.parts.isdisjoint(re.findall(r"\w+", folded))


def identifiers_of(session: Session, person: Person) -> Identifiers:
    """All that names a person or named them before, of all the customers that they were.

    `parts` are the words of what they are called now.
    """
    customers = {"customers": list(person.customers)}
    now = [_read(row) for row in session.execute(text(_COLUMNS), customers)]
    before = [_read(row) for row in session.execute(text(_FORMER), customers)]
    own = [value for row in now for value in row.own]
    former = {value for row in before for value in row.own} - set(own)
    # A number that they gave up may be somebody else's by now, who has not asked for this.
    others = session.execute(text(_OTHERS), customers | {"texts": [raw for row in before for raw in row.stored]})
    for row in others:
        former -= set(_own(*(str(value or "") for value in row)))
    names = [name for row in [*now, *before] for name in row.names]
    words = {word for row in now for name in row.names[1:] for word in re.findall(r"\w+", fold(name))}
    parts = frozenset(word for word in words if len(word) >= _SHORTEST_PART)
    return Identifiers(_distinct([*own, *sorted(former)]), _distinct(names), parts)


@dataclass(frozen=True)
class _Called:
    """What one row says of somebody: `own` in all ways in which people write it, `stored` as it is in the database."""

    own: Sequence[str]
    stored: Sequence[str]
    # The company's first, then the person's.
    names: Sequence[str]


def _read(row: Sequence[Any]) -> _Called:
    first, last, company, email, phone, phone_alt, kind, number = [str(value or "") for value in row]
    names = [company, f"{first} {last}".strip()]
    if first and last:
        # As people speak of each other: one name and one surname.
        names.append(f"{first.split()[0]} {last.split()[0]}")
    stored = [value for value in (email, phone, phone_alt, number) if value]
    return _Called(_own(email, phone, phone_alt, kind, number), stored, names)


def _own(email: str, phone: str, phone_alt: str, kind: str, number: str) -> list[str]:
    shown = show_identification(kind or None, number) if number else ""
    return [email, number, shown, *_written(phone), *_written(phone_alt)]


def patterns(identifiers: Sequence[str]) -> list[str]:
    """The identifiers as LIKE takes them."""
    escaped = (text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for text in identifiers)
    return [f"%{pattern}%" for pattern in escaped]


def naming(session: Session, identifiers: Identifiers) -> list[dict[str, Any]]:
    """The questions to Kula that name the person, with their answers."""
    if not identifiers.all:
        return []
    statement = f"""
        select to_jsonb(k) from kula_messages k
        where {MENTIONS.format("question, plan::text, answer::text")} order by created_at, message_id
    """
    return list(session.execute(text(statement), {"patterns": patterns(identifiers.all)}).scalars())


def _written(phone: str) -> list[str]:
    """A telephone as people write it: 8888-7777, 8888 7777 and 88887777."""
    if not phone.startswith("+506"):
        return [phone, phone.lstrip("+")]
    shown = show_phone(phone)
    return [phone.removeprefix("+506"), shown, shown.replace("-", " ")]


def _distinct(texts: Sequence[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if len(text) >= _SHORTEST]
