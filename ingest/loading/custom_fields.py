"""Custom fields that a file fills: made where the tenant has none of that name, and their values as JSON."""

from dataclasses import dataclass

import psycopg.types.json as pj
import pyarrow as pa
import pyarrow.compute as pc

from ingest.loading import kinds
from ingest.loading.context import FILL, NEVER, Load
from ingest.targets import CUSTOM_ENTITIES, TARGETS, custom_field_of
from pymeai.errors import Conflict

DROPDOWN_OPTIONS = 20
"""Most values that a new field may have to become a list to choose from."""

TABLES = {"customer": "customers", "opportunity": "opportunities", "interaction": "interactions", "sale": "sales"}
_DROPDOWN_ROWS_EACH = 3
_OPTION_LENGTH = 40
_DAY_OR_MOMENT = (
    "case when ({0} at time zone 'America/Costa_Rica')::time = '00:00' "
    "then to_jsonb(({0} at time zone 'America/Costa_Rica')::date) "
    "else to_jsonb(to_char({0} at time zone 'America/Costa_Rica', 'YYYY-MM-DD\"T\"HH24:MI:SS')) end"
)


@dataclass(frozen=True)
class FilledField:
    """A custom field that the file fills: the frame's column, the field's name and type, and the policy."""

    column: str
    field_name: str
    field_type: str
    policy: str


def ensure(load: Load, frame: pa.Table, entity: str) -> list[FilledField]:
    """The custom fields of `entity` that `frame` fills; those that the tenant has not are made."""
    # A change of a field's type that is running comes first; see crm_api.custom_fields.repository.hold.
    load.run(f"lock table {TABLES[entity]} in row exclusive mode")
    of_kinds = kinds.by_name(fields for (fields,) in load.rows(kinds.OWN_FIELDS)) if entity == "interaction" else {}
    fields = []
    for column in frame.column_names:
        named = _named(column)
        if named is None or named[0] != entity:
            continue
        _, field_name, label = named
        values = frame.column(column)
        kind, options = _inferred(values)
        existing = load.rows(
            "select field_type, options from custom_fields where entity_type = %s and field_name = %s",
            (entity, field_name),
        )
        own = of_kinds.get(field_name) if not existing else None
        if own is not None:
            # No second one of its name: the API has none either.
            kind = own.field_type
            _check_type(kind, values.type, own.label)
        elif not existing:
            load.run(
                """
                insert into custom_fields (entity_type, field_name, label, field_type, options, display_order)
                values (%s, %s, %s, %s, %s, (select coalesce(max(display_order), 0) + 1 from custom_fields
                    where entity_type = %s))
                """,
                (
                    entity,
                    field_name,
                    label or _label(load.headers.get(column, field_name)),
                    kind,
                    pj.Jsonb(options),
                    entity,
                ),
            )
            made = load.value(
                "select field_id from custom_fields where entity_type = %s and field_name = %s", (entity, field_name)
            )
            load.record_insert("custom_fields", made)
        else:
            kind = existing[0][0]
            _check_type(kind, values.type, label or field_name)
            _extend_options(load, entity, field_name, kind, existing[0][1], values)
        fields.append(FilledField(column, field_name, kind, load.policy(column)))
    return fields


def _check_type(kind: str, found: pa.DataType, label: str) -> None:
    """Raises Conflict where the field is of another type by now than when the file was read."""
    fits = {
        "number": pa.types.is_decimal,
        "money": pa.types.is_decimal,
        "boolean": pa.types.is_boolean,
        "date": pa.types.is_timestamp,
    }
    if kind in fits and not fits[kind](found):
        raise Conflict(f"El campo «{label}» cambió de tipo durante la importación. Impórtelo otra vez.")


def _named(column: str) -> tuple[str, str, str | None] | None:
    """Entity, field name and fixed label of a column that a custom field keeps."""
    custom = custom_field_of(column)
    if custom is not None:
        return custom[0], custom[1], None
    target = TARGETS.get(column)
    if target is not None and target.custom_field is not None and target.entity in CUSTOM_ENTITIES:
        return target.entity, target.custom_field, target.label
    return None


def _label(header: str) -> str:
    """A header as a screen shows it: `fecha_envio` is "Fecha envio"; what a person wrote stays as it is."""
    if " " in header or not header.islower():
        return header
    return header.replace("_", " ").strip().capitalize()


def _inferred(values: pa.ChunkedArray) -> tuple[str, list[str]]:
    """The type of a new field and, of a list, its options."""
    if pa.types.is_boolean(values.type):
        return "boolean", []
    if pa.types.is_timestamp(values.type):
        return "date", []
    if pa.types.is_decimal(values.type):
        return "number", []
    known = values.drop_null()
    options = sorted(pc.unique(known).to_pylist()) if len(known) else []
    if (
        2 <= len(options) <= DROPDOWN_OPTIONS
        and len(known) >= _DROPDOWN_ROWS_EACH * len(options)
        and all(len(option) <= _OPTION_LENGTH for option in options)
    ):
        return "dropdown", options
    return "text", []


def _extend_options(
    load: Load, entity: str, field_name: str, kind: str, options: list[str], values: pa.ChunkedArray
) -> None:
    if kind != "dropdown" or not pa.types.is_string(values.type):
        return
    new = [value for value in pc.unique(values.drop_null()).to_pylist() if value not in options]
    if new:
        load.record_update("custom_fields", "entity_type = %s and field_name = %s", (entity, field_name))
        load.run(
            "update custom_fields set options = %s where entity_type = %s and field_name = %s",
            (pj.Jsonb([*options, *sorted(new)]), entity, field_name),
        )


def as_json(frame: pa.Table, fields: list[FilledField], policy: str, prefix: str = "s") -> str:
    """SQL for the JSONB of the fields with `policy`, without nulls; columns are taken from the alias `prefix`."""
    pairs = []
    for field in fields:
        own = field.policy if field.policy in (FILL, NEVER) else "overwrite"
        if own != policy:
            continue
        value = f'{prefix}."{sql_column(field.column)}"'
        kind = frame.column(field.column).type
        if pa.types.is_timestamp(kind):
            json = _DAY_OR_MOMENT.format(value)
        elif pa.types.is_decimal(kind):
            json = f"to_jsonb(trim_scale({value}))"
        else:
            json = f"to_jsonb({value})"
        if field.field_type in ("text", "dropdown", "phone", "email", "url") and not pa.types.is_string(kind):
            if pa.types.is_boolean(kind):
                # A text says what a person would: «true» is no word of theirs.
                value_text = f"case when {value} then 'Sí' else 'No' end"
                json = f"to_jsonb({value_text})"
            else:
                json = f"to_jsonb(({json}) #>> '{{}}')"
        pairs.append(f"'{field.field_name}', case when {value} is not null then {json} end")
    if not pairs:
        return "'{}'::jsonb"
    # A function takes 100 arguments at most.
    parts = [f"jsonb_build_object({', '.join(pairs[start : start + 40])})" for start in range(0, len(pairs), 40)]
    return f"jsonb_strip_nulls({' || '.join(parts)})"


def sql_column(column: str) -> str:
    """The frame's column as one of a temporary table: PostgreSQL cuts names at 63 bytes."""
    return column if len(column) <= 60 else f"custom_{abs(hash(column)):x}"
