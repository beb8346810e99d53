"""What names a person, and where else than in their own rows it stands."""

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
_COLUMNS = """
    select first_name, last_name, company_name, email::text, phone, phone_alt, identification_type, identification_number
    from customers where customer_id = any (cast(:customers as uuid[]))
"""
MENTIONS = "platform.fold(concat_ws(' ', {0})) like any (select platform.fold(pattern) from unnest(cast(:patterns as text[])) pattern)"
"""That one of some columns holds one of the patterns."""


@dataclass(frozen=True)
class Identifiers:
    """Texts that name one person: `own` are nobody else's (numbers, addresses), `names` may be."""

    own: Sequence[str]
    names: Sequence[str]

    @property
    def all(self) -> list[str]:
        """Both."""
        return [*self.own, *self.names]

    def named_in(self, value: str) -> bool:
        """Whether a text holds one of them, without regard to accents and case."""
        folded = fold(value)
        return any(fold(identifier) in folded for identifier in self.all)


def identifiers_of(session: Session, person: Person) -> Identifiers:
    """All that names a person, of all the customers that they were."""
    own: list[str] = []
    names: list[str] = []
    for row in session.execute(text(_COLUMNS), {"customers": list(person.customers)}):
        first, last, company, email, phone, phone_alt, kind, number = (str(value or "") for value in row)
        own += [email, number, show_identification(kind or None, number) if number else ""]
        for telephone in (phone, phone_alt):
            own += _written(telephone)
        names += [company, f"{first} {last}".strip()]
        if first and last:
            # As people speak of each other: one name and one surname.
            names.append(f"{first.split()[0]} {last.split()[0]}")
    return Identifiers(_distinct(own), _distinct(names))


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
