"""Queries on the fields that the tenant added, and on their values."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, func, select, text
from sqlalchemy.orm import Session

from pymeai.custom_fields.definition import FieldDefinition, contact_fields, definition_of
from pymeai.database.tables.tenant import CustomField, InteractionType

ENTITY_TABLES = {
    "customer": "customers",
    "opportunity": "opportunities",
    "interaction": "interactions",
    "sale": "sales",
}
"""Entity -> the table whose custom_fields hold the values."""


def hold(session: Session, entity_type: str) -> None:
    """Keep the entity's fields as they are until this transaction has written its values.

    It waits for a change of a field's type that is running (`hold_values`), and whoever comes after it reads the new
    definitions. The same lock as the write itself takes, a moment earlier: writers never wait for each other.
    """
    session.execute(text(f"lock table {ENTITY_TABLES[entity_type]} in row exclusive mode"))


def hold_values(session: Session, entity_type: str) -> None:
    """Keep everybody from writing the entity's rows until the end of the transaction; they can be read."""
    session.execute(text(f"lock table {ENTITY_TABLES[entity_type]} in exclusive mode"))


def in_use(session: Session, entity_type: str | None = None) -> Sequence[CustomField]:
    """The fields that are not archived, of one entity or of all, in the order of the screens."""
    return listed(session, entity_type, archived=False)


def listed(session: Session, entity_type: str | None, *, archived: bool) -> Sequence[CustomField]:
    """The fields of one entity or of all, in the order of the screens; with `archived`, those as well.

    A section stands where its first field does.
    """
    statement = select(CustomField)
    if not archived:
        statement = statement.where(CustomField.archived_at.is_(None))
    if entity_type is not None:
        statement = statement.where(CustomField.entity_type == entity_type)
    place = func.min(CustomField.display_order).over(partition_by=(CustomField.entity_type, CustomField.section))
    order = (
        CustomField.entity_type, place, CustomField.section, CustomField.display_order, CustomField.field_name
    )  # fmt: skip
    return session.execute(statement.order_by(*order)).scalars().all()


def find(session: Session, field_id: UUID, *, lock: bool = False) -> CustomField | None:
    """One field, archived or not; held until the end of the transaction when it is to be changed."""
    statement = select(CustomField).where(CustomField.field_id == field_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.execute(statement).scalar_one_or_none()


def add(session: Session, field: CustomField) -> CustomField:
    """Store a new field, the last of its entity, and read back what the database filled in."""
    last = select(func.coalesce(func.max(CustomField.display_order), -1)).where(
        CustomField.entity_type == field.entity_type
    )
    field.display_order = session.execute(last).scalar_one() + 1
    session.add(field)
    session.flush()
    session.refresh(field)
    return field


def hold_definitions(session: Session) -> None:
    """One change of definitions at a time: names are chosen by looking at those that are there."""
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(current_schema() || ' custom_fields', 0))"))


def contact_field_names(session: Session) -> set[str]:
    """The names of the fields that kinds of contact have of their own; their values stand beside the custom fields'."""
    return {field.field_name for field in _contact_fields(session)}


def filterable(session: Session, entity_type: str) -> list[FieldDefinition]:
    """What the entity's lists can be filtered by: its fields in use, and of contacts those of their kinds as well.

    A name that two kinds give to fields of two types is left out.
    """
    found = {field.field_name: definition_of(field) for field in in_use(session, entity_type)}
    if entity_type != "interaction":
        return list(found.values())
    by_name: dict[str, list[FieldDefinition]] = {}
    for field in _contact_fields(session):
        by_name.setdefault(field.field_name, []).append(field)
    for name, same in by_name.items():
        if name not in found and len({field.field_type for field in same}) == 1:
            options = dict.fromkeys(option for field in same for option in field.options)
            found[name] = replace(same[0], options=tuple(options))
    return list(found.values())


def _contact_fields(session: Session) -> list[FieldDefinition]:
    kinds: Sequence[list[Any]] = session.execute(select(InteractionType.fields)).scalars().all()
    return [field for fields in kinds for field in contact_fields(fields)]


def values(session: Session, entity_type: str, field_name: str) -> list[tuple[str, int]]:
    """Each value that is stored in a field, as JSON, with how many records have it; of deleted records as well."""
    statement = text(
        f"select cast(custom_fields -> cast(:name as text) as text), count(*) from {ENTITY_TABLES[entity_type]} "
        "where custom_fields ? cast(:name as text) group by custom_fields -> cast(:name as text)"
    )
    return [(row[0], row[1]) for row in session.execute(statement, {"name": field_name})]


def count_values(session: Session, entity_type: str, field_name: str) -> int:
    """How many records have a value in the field."""
    statement = text(f"select count(*) from {ENTITY_TABLES[entity_type]} where custom_fields ? cast(:name as text)")
    return int(session.execute(statement, {"name": field_name}).scalar_one())


def rewrite(session: Session, entity_type: str, field_name: str, changes: Mapping[str, str | None]) -> int:
    """Put another value in place of each of some values (both JSON), in one statement; None empties it.

    Returns how many records changed. Their own audit rows are left out: the field's says what happened to all of them.
    """
    if not changes:
        return 0
    statement = text(
        f"""
        update {ENTITY_TABLES[entity_type]} t set custom_fields = case
            when m.became is null then t.custom_fields - cast(:name as text)
            else jsonb_set(t.custom_fields, array[cast(:name as text)], m.became) end
        from (
            select cast(old as jsonb) as was, cast(new as jsonb) as became
            from unnest(cast(:old as text[]), cast(:new as text[])) as pairs (old, new)
        ) m
        where t.custom_fields ? cast(:name as text) and t.custom_fields -> cast(:name as text) = m.was
        """
    )
    session.execute(text("select set_config('pymeai.unaudited', 'custom_field', true)"))
    parameters = {"name": field_name, "old": list(changes), "new": list(changes.values())}
    changed = cast("CursorResult[Any]", session.execute(statement, parameters)).rowcount
    session.execute(text("select set_config('pymeai.unaudited', '', true)"))
    return changed
