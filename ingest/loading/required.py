"""What a new record must have of the tenant's own fields and its type's, and starts with: the same as in the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from ingest.loading import kinds
from ingest.loading.context import Load
from ingest.loading.staging import Codes
from ingest.loading.upsert import CUSTOM_FILL, CUSTOM_NEVER, CUSTOM_OVERWRITE
from ingest.model import MissingField
from ingest.targets import Entity, custom_target
from pymeai.custom_fields.definition import FieldDefinition, definition_of, of_one_contact
from pymeai.custom_fields.merging import default_values, to_be_brought
from pymeai.database.tables.tenant import CustomField

_DEFINITIONS = """
    select field_name, label, field_type, is_required, options, validation, "default" from custom_fields
    where entity_type = %s and archived_at is null order by display_order, field_name
"""


class Incomplete(Exception):
    """New records lack required fields: the number of each row that brings one, with what is missing.

    Nothing of it can be loaded as it is: which records there are, and whose, depends on the rows that go in.
    """

    def __init__(self, rows: Mapping[int, Sequence[MissingField]]) -> None:
        super().__init__(f"{len(rows)} rows lack required fields")
        self.rows = rows


def require_whole(
    load: Load, entity: Entity, frame: pa.Table, members: Codes, incoming: str, member: str = "s.row"
) -> dict[str, Any]:
    """The defaults of the entity's new records. Raises Incomplete where one would lack a required field.

    `incoming` is SQL of the temporary table of records, as `s`, and `member` of the number of a record or person, which
    `members` has for each row of `frame`. Records that are there already keep what they have.
    """
    definitions = _definitions(load, entity)
    asked = [_Asked(to_be_brought(definitions))] if entity != "interaction" else _of_contacts(load, definitions)
    missing: dict[int, list[MissingField]] = {}
    for each in asked:
        if not each.fields:
            continue
        names = list(each.fields)
        lacking = load.rows(
            f"""
            select {member}, array(select name from unnest(%s::text[]) name where not jsonb_exists({_CUSTOM}, name))
            from {incoming} where s.is_new and not jsonb_exists_all({_CUSTOM}, %s::text[]) and {each.of}
            """,
            (names, names, *each.parameters),
        )
        own = {definition.field_name for definition in definitions}
        fields = {
            name: MissingField(entity, custom_target(entity, name), field.label, of_type=name not in own)
            for name, field in each.fields.items()
        }
        missing |= {number: [fields[name] for name in found] for number, found in lacking}
    if missing:
        rows = np.flatnonzero(np.isin(members, list(missing)))
        numbers = frame.column("row_number").to_numpy()
        raise Incomplete({int(numbers[row]): missing[int(members[row])] for row in rows})
    return default_values(definitions)


@dataclass(frozen=True)
class _Asked:
    """Fields that new records must bring, by name, and SQL of which ones of `s`, with its parameters."""

    fields: Mapping[str, FieldDefinition]
    of: str = "true"
    parameters: Sequence[Any] = ()


def _of_contacts(load: Load, definitions: Sequence[FieldDefinition]) -> list[_Asked]:
    """What is asked of the contacts of each type, known by its name without accents and capitals as in the API."""
    found = kinds.in_use(load)
    folded = f"platform.fold(coalesce(s.type, '{kinds.UNSAID}'))"
    asked = [
        _Asked(to_be_brought(of_one_contact(definitions, fields)), f"{folded} = platform.fold(%s)", (name,))
        for name, fields in found.items()
    ]
    others = f"{folded} <> all (select platform.fold(name) from unnest(%s::text[]) name)"
    return [*asked, _Asked(to_be_brought(definitions), others, (list(found),))]


_CUSTOM = f"(s.{CUSTOM_NEVER} || s.{CUSTOM_FILL} || s.{CUSTOM_OVERWRITE})"


def _definitions(load: Load, entity: str) -> list[FieldDefinition]:
    return [
        definition_of(
            CustomField(
                field_name=name, label=label, field_type=kind, is_required=required, options=options,
                validation=validation, default=default,
            )
        )
        for name, label, kind, required, options, validation, default in load.rows(_DEFINITIONS, (entity,))
    ]  # fmt: skip
