"""Rows of a temporary table into a table of the tenant: insert, update by policy, and what undo needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg.types.json as pj

from ingest.loading.context import FILL, NEVER, OVERWRITE, Load


@dataclass(frozen=True)
class Field:
    """One column of the table to write, from the column of the same name of the temporary table.

    `default` is SQL for new rows where the value is null (a column that must not be null); `policy` says what becomes
    of a row that has a value already; `guard` is SQL over `t` (the row) and `s` (the new values) that must hold too
    before the value is replaced; `value` is SQL that takes the place of all this.
    """

    name: str
    policy: str = OVERWRITE
    default: str | None = None
    guard: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Outcome:
    """How many rows were inserted, updated, and left as they were."""

    inserted: int
    updated: int
    unchanged: int


CUSTOM_OVERWRITE, CUSTOM_FILL, CUSTOM_NEVER = "custom_overwrite", "custom_fill", "custom_never"
"""Columns of the temporary table with the values of custom fields (JSONB without nulls), one a policy."""


def upsert(
    load: Load,
    *,
    table: str,
    key: str,
    source: str,
    fields: Sequence[Field],
    with_custom: bool,
    custom_defaults: Mapping[str, Any],
) -> Outcome:
    """Write the rows of the temporary table `source` into `table`.

    `source` has `row_id` (the key of the row to update, or a new one), `is_new`, one column a field, and with
    `with_custom` the three columns of custom fields. Rows of `table` whose values do not change are not touched;
    `custom_defaults` are what the custom fields of new ones start with.
    """
    inserted = _insert(load, table, key, source, fields, with_custom, custom_defaults)
    updated = _update(load, table, key, source, fields, with_custom)
    total = int(load.value(f"select count(*) from {source}"))
    return Outcome(inserted, updated, total - inserted - updated)


def _insert(
    load: Load,
    table: str,
    key: str,
    source: str,
    fields: Sequence[Field],
    with_custom: bool,
    custom_defaults: Mapping[str, Any],
) -> int:
    names = [field.name for field in fields]
    values = [f"coalesce(s.{field.name}, {field.default})" if field.default else f"s.{field.name}" for field in fields]
    if with_custom or custom_defaults:
        names.append("custom_fields")
        told = f" || s.{CUSTOM_NEVER} || s.{CUSTOM_FILL} || s.{CUSTOM_OVERWRITE}" if with_custom else ""
        values.append(f"%s{told}")
    load.run(
        f"""
        insert into import_changes (change_id, import_id, action, table_name, row_id)
        select {load.new_key}, %s, 'insert', '{table}', row_id from {source} where is_new order by row_id
        """,
        (load.import_id,),
    )
    return load.run(
        f"""
        insert into {table} ({", ".join([key, *names])})
        select {", ".join(["s.row_id", *values])} from {source} s where s.is_new order by s.row_id
        """,
        (pj.Jsonb(dict(custom_defaults)),) if "custom_fields" in names else None,
    )


def _update(load: Load, table: str, key: str, source: str, fields: Sequence[Field], with_custom: bool) -> int:
    values = {field.name: _new_value(field) for field in fields if field.policy != NEVER}
    if with_custom:
        values["custom_fields"] = f"s.{CUSTOM_FILL} || t.custom_fields || s.{CUSTOM_OVERWRITE}"
    if not values or not load.value(f"select exists (select from {source} where not is_new)"):
        return 0
    changed = f"changed_{table}"
    differs = " or ".join(f"({value}) is distinct from t.{name}" for name, value in values.items())
    load.run(
        f"""
        create temporary table {changed} on commit drop as
        select t.{key} as row_id, to_jsonb(t) - 'search_text' as before, {", ".join(f"({v}) as {n}" for n, v in values.items())}
        from {source} s join {table} t on t.{key} = s.row_id
        where not s.is_new and ({differs})
        """
    )
    load.run(
        f"""
        insert into import_changes (change_id, import_id, action, table_name, row_id, before, after)
        select {load.new_key}, %s, 'update', '{table}', row_id, before, (
            select jsonb_object_agg(n.key, n.value) from jsonb_each(to_jsonb(c) - '{{row_id,before}}'::text[]) n
            where n.value is distinct from c.before -> n.key
        )
        from {changed} c
        """,
        (load.import_id,),
    )
    assignments = ", ".join(f"{name} = c.{name}" for name in values)
    return load.run(f"update {table} t set {assignments} from {changed} c where t.{key} = c.row_id")


def _new_value(field: Field) -> str:
    if field.value is not None:
        return field.value
    first, second = (
        (f"t.{field.name}", f"s.{field.name}") if field.policy == FILL else (f"s.{field.name}", f"t.{field.name}")
    )
    value = f"coalesce({first}, {second})"
    return f"case when {field.guard} then {value} else t.{field.name} end" if field.guard else value
