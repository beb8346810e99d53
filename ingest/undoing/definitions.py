"""Stages, pipelines and custom fields that an import made, brought back into use, or gave more options."""

from dataclasses import dataclass

from ingest.loading.context import KEYS
from ingest.loading.custom_fields import TABLES
from ingest.undoing.context import CHANGED, IN_USE, Undo


@dataclass(frozen=True)
class Definition:
    """How the rows of one table are undone; SQL over `u` (row_id, before).

    `entity` is the audit log's name; `users`: whether others need a row that the import made; `needed`: whether others
    need what it did to one that was there; `last`: whether nothing would be left to work with without it; `restored`: what
    the update sets, over `t` and `u`.
    """

    table: str
    entity: str
    users: str
    needed: str
    restored: str
    last: str = "false"


def _filled(condition: str) -> str:
    """SQL: whether some record has the custom field `u.row_id`, and `condition` holds of its value `value`."""
    parts = [
        f"exists (select from custom_fields f cross join {records} r cross join lateral (select "
        f"r.custom_fields ->> f.field_name as value) v where f.field_id = u.row_id and f.entity_type = '{entity}' "
        f"and r.custom_fields ? f.field_name and {condition})"
        for entity, records in TABLES.items()
    ]
    return " or ".join(parts)


# An archived stage or pipeline with open opportunities in it would be on no board.
_OPEN = "select from opportunities o join stages s using (stage_id) where o.deleted_at is null and s.kind = 'open' and "
# Whoever archived the others since counted on this one: a pipeline without an open stage takes no opportunity.
_LAST_STAGE = """
    exists (
        select from stages t where t.stage_id = u.row_id and t.archived_at is null
            and not exists (
                select from stages o where o.pipeline_id = t.pipeline_id and o.kind = t.kind and o.archived_at is null
                    and o.stage_id not in (select g.row_id from undo_stages g where g.kept is null)
            )
            and exists (
                select from stages o where o.pipeline_id = t.pipeline_id and o.kind = t.kind and o.archived_at > :written_at
            )
    )
"""
_LAST_PIPELINE = """
    not exists (
        select from pipelines o
        where o.is_active and o.pipeline_id not in (select g.row_id from undo_pipelines g where g.kept is null)
    )
    and exists (
        select from pipelines o join audit_log a on a.entity = 'pipeline' and a.entity_id = o.pipeline_id
        where not o.is_active and a.created_at > :written_at and (a.after ->> 'is_active')::boolean is false
    )
"""
DEFINITIONS = (
    Definition(
        "stages",
        "stage",
        "exists (select from opportunities o where o.stage_id = u.row_id) "
        "or exists (select from stage_history h where u.row_id in (h.stage_id, h.from_stage_id))",
        f"exists ({_OPEN} o.stage_id = u.row_id)",
        "archived_at = (u.before ->> 'archived_at')::timestamptz",
        _LAST_STAGE,
    ),
    Definition(
        "pipelines",
        "pipeline",
        "exists (select from opportunities o where o.pipeline_id = u.row_id) "
        "or exists (select from stages s where s.pipeline_id = u.row_id)",
        f"exists ({_OPEN} o.pipeline_id = u.row_id)",
        "is_active = (u.before ->> 'is_active')::boolean",
        _LAST_PIPELINE,
    ),
    Definition(
        "custom_fields",
        "custom_field",
        _filled("true"),
        _filled("f.options ? v.value and not u.before -> 'options' ? v.value"),
        "options = u.before -> 'options'",
    ),
)

# These tables have no updated_at: what people do to them is in the audit log. To put them in another order is no change.
_EDITED = """
    exists (select from audit_log a where a.entity_id = u.row_id and a.entity = '{entity}' and a.created_at >= :written_at
        and (a.action <> 'updated' or coalesce(a.after, '{{}}') - array['position', 'display_order'] <> '{{}}'))
"""
_IMPORTED_SINCE = """
    exists (select from import_changes later join imports i using (import_id)
        where later.row_id = u.row_id and later.action = 'update' and later.change_id > u.change_id
            and i.import_id <> :import_id and i.status = 'done')
"""


def hold_definitions(undo: Undo) -> None:
    """Keep everybody from filling a custom field while the undo finds out whether somebody has.

    The locks are those of a change of a field (crm_api.custom_fields.repository), in the same order.
    """
    if undo.run("select from import_changes where import_id = :import_id and table_name = 'custom_fields' limit 1"):
        undo.run("select pg_advisory_xact_lock(hashtextextended(current_schema() || ' custom_fields', 0))")
        for records in TABLES.values():
            undo.run(f"lock table {records} in exclusive mode")


def undo_definitions(undo: Undo) -> None:
    """Undo what the import did to these; after the records, which need them."""
    for definition in DEFINITIONS:
        table, key = definition.table, KEYS[definition.table]
        edited = _EDITED.format(entity=definition.entity)
        adopted = "t.template_key is not null and u.action = 'insert'"
        changed = f"{adopted} or {edited} or {_IMPORTED_SINCE}"
        undo.begin(table, key, f"kept = case when {changed} then '{CHANGED}' end")
        undo.keep(table, "insert", IN_USE, f"{definition.users} or {definition.last}")
        undo.remove(table, key)
        undo.keep(table, "update", IN_USE, f"{definition.needed} or {definition.last}")
        restored = undo.run(
            f"update {table} t set {definition.restored} from undo_{table} u "
            f"where t.{key} = u.row_id and u.action = 'update' and u.kept is null"
        )
        undo.count_restored(table, restored)
