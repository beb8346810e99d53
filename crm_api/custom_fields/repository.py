"""Queries on the fields that the tenant added."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from pymeai.database.tables.tenant import CustomField


def in_use(session: Session, entity_type: str | None = None) -> Sequence[CustomField]:
    """The fields that are not archived, of one entity or of all, in the order of the screens."""
    statement = select(CustomField).where(CustomField.archived_at.is_(None))
    if entity_type is not None:
        statement = statement.where(CustomField.entity_type == entity_type)
    order = (CustomField.entity_type, CustomField.section, CustomField.display_order, CustomField.field_name)
    return session.execute(statement.order_by(*order)).scalars().all()
