"""Queries on customers. The session's search_path says whose."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import psycopg
from sqlalchemy import ColumnElement, Select, Text, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session

from crm_api.search import contains_words
from pymeai.database.tables.tenant import CUSTOMER_SEARCH, Customer

MIN_DIGITS = 4
"""Fewer digits than this are no search for a telephone or an identification."""

_SEGMENT = "select reasons, flags from analytics.customer_segments where customer_id = %s"

NAME = (Customer.first_name, Customer.last_name, Customer.company_name)


@dataclass(frozen=True)
class SegmentExplanation:
    """Why a customer has their segment: Spanish sentences, and the flags en_riesgo, perdiendose and valioso."""

    reasons: Sequence[str] = ()
    flags: Sequence[str] = ()


def living() -> Select[Customer]:
    """All customers that are not deleted."""
    return select(Customer).where(Customer.deleted_at.is_(None))


def matching(statement: Select[Customer], query: str) -> Select[Customer]:
    """Those whose name or e-mail has every word, whose telephone or identification has the digits, or with that code.

    A code is found by how it begins where there is a digit in what was typed. A bare word must be the whole code: more
    would read every customer, where the indexes of names and codes find them at once.
    """
    words: ColumnElement[str] = literal_column(CUSTOMER_SEARCH, Text)
    named = and_(*contains_words(words, query))
    digits = "".join(character for character in query if character in "0123456789")
    coded = Customer.external_id.startswith(query, autoescape=True) if digits else Customer.external_id == query
    if len(digits) < MIN_DIGITS:
        return statement.where(or_(named, coded))
    pattern = f"%{digits}%"
    numbers = (Customer.phone, Customer.phone_alt, Customer.identification_number)
    return statement.where(or_(named, coded, *(number.like(pattern) for number in numbers)))


def find(session: Session, customer_id: UUID, *, lock: bool = False) -> Customer | None:
    """One customer; held until the end of the transaction when it is to be changed."""
    statement = living().where(Customer.customer_id == customer_id)
    return session.execute(statement.with_for_update() if lock else statement).scalar_one_or_none()


def add(session: Session, customer: Customer) -> Customer:
    """Store a new customer and read back what the database filled in."""
    session.add(customer)
    session.flush()
    session.refresh(customer)
    return customer


def segment_counts(session: Session) -> Sequence[tuple[str | None, int]]:
    """Customers by segment, the largest first."""
    number = func.count()
    statement = (
        select(Customer.segment, number)
        .where(Customer.deleted_at.is_(None))
        .group_by(Customer.segment)
        .order_by(number.desc(), Customer.segment)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def segment_explanation(reader: psycopg.Connection, customer_id: UUID) -> SegmentExplanation:
    """What the last segmentation said of a customer, empty where it has not seen them; `reader` is the tenant's."""
    row = reader.execute(_SEGMENT, (customer_id,)).fetchone()
    return SegmentExplanation(*row) if row else SegmentExplanation()
