"""What a new record must have of the tenant's own fields, and starts with: the same as in the API."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from ingest.loading.context import Load
from ingest.loading.staging import Codes
from ingest.loading.upsert import CUSTOM_FILL, CUSTOM_NEVER, CUSTOM_OVERWRITE
from ingest.model import MissingField
from ingest.targets import Entity, custom_target
from pymeai.custom_fields.definition import FieldDefinition, definition_of
from pymeai.custom_fields.merging import default_values
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
    defaults = default_values(definitions)
    needed = {each.field_name: each for each in definitions if each.is_required and each.field_name not in defaults}
    if needed:
        lacking = load.rows(
            f"""
            select {member}, array(select name from unnest(%s::text[]) name where not jsonb_exists({_CUSTOM}, name))
            from {incoming} where s.is_new and not jsonb_exists_all({_CUSTOM}, %s::text[])
            """,
            (list(needed), list(needed)),
        )
        if lacking:
            missing = {number: [MissingField(entity, custom_target(entity, name), needed[name].label) for name in names]
                       for number, names in lacking}  # fmt: skip
            rows = np.flatnonzero(np.isin(members, list(missing)))
            numbers = frame.column("row_number").to_numpy()
            raise Incomplete({int(numbers[row]): missing[int(members[row])] for row in rows})
    return defaults


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
