"""Customers, sales, opportunities and interactions of an import: removed, or brought back to what they were."""

from dataclasses import dataclass, field

from sqlalchemy import Table

from ingest.undoing.context import CHANGED, DELETED, IN_USE, MISSING, TAKEN, Undo
from pymeai.database.tables.base import TenantBase
from pymeai.database.tables.tenant import Customer, Interaction, Opportunity, Sale


@dataclass(frozen=True)
class Entity:
    """How the rows of one table are undone.

    `users` is SQL over `u` (the row to remove) that says whether others need it; `references` maps columns to the table
    and key that they point to; `unique` are columns of which each value is one row's.
    """

    model: type[TenantBase]
    users: str = "false"
    references: dict[str, tuple[str, str]] = field(default_factory=dict)
    unique: tuple[str, ...] = ()

    @property
    def table(self) -> Table:
        """The table, as the metadata have it."""
        found = self.model.__table__
        assert isinstance(found, Table)
        return found

    @property
    def key(self) -> str:
        """The key's column."""
        return str(self.table.primary_key.columns[0].name)

    @property
    def edited(self) -> list[str]:
        """The columns that people and imports write, and no computation does."""
        fixed = (self.key, "organization_id", "updated_at")
        return [c.name for c in self.table.columns if not c.info.get("computed") and c.name not in fixed]


_CUSTOMER = ("customers", "customer_id")
_OPPORTUNITY = ("opportunities", "opportunity_id")
# What belongs to another comes before it: a customer can go once nothing is its own any more.
ENTITIES = (
    Entity(Interaction, references={"customer_id": _CUSTOMER, "opportunity_id": _OPPORTUNITY}, unique=("external_id",)),
    Entity(Sale, references={"customer_id": _CUSTOMER, "opportunity_id": _OPPORTUNITY}, unique=("external_key",)),
    Entity(
        Opportunity,
        users="exists (select from sales s where s.opportunity_id = u.row_id) "
        "or exists (select from interactions i where i.opportunity_id = u.row_id)",
        references={
            "customer_id": _CUSTOMER,
            "pipeline_id": ("pipelines", "pipeline_id"),
            "stage_id": ("stages", "stage_id"),
        },
        unique=("external_id",),
    ),
    Entity(
        Customer,
        users="exists (select from sales s where s.customer_id = u.row_id) "
        "or exists (select from opportunities o where o.customer_id = u.row_id) "
        "or exists (select from interactions i where i.customer_id = u.row_id) "
        "or exists (select from customer_merges m where u.row_id in (m.kept_customer_id, m.merged_customer_id) "
        "and m.undone_at is null)",
        unique=("identification_number", "external_id"),
    ),
)


# A stage gives its opportunities their status, and an archived one is on no board.
_NO_SUCH_STAGE = """
    exists (select from opportunities t where t.opportunity_id = u.row_id and t.stage_id <> (u.before ->> 'stage_id')::uuid)
    and not exists (
        select from stages s join pipelines p using (pipeline_id)
        where s.stage_id = (u.before ->> 'stage_id')::uuid and s.kind = u.before ->> 'status'
            and s.archived_at is null and p.is_active
    )
"""


def undo_entities(undo: Undo) -> None:
    """Undo what the import did to the records themselves, those first that belong to others."""
    # Before the opportunities, as whoever archives does: what the stages are now they stay until the end.
    undo.run("select pipeline_id from pipelines order by pipeline_id for key share")
    for entity in ENTITIES:
        _undo(undo, entity)


def _undo(undo: Undo, entity: Entity) -> None:
    table, key = entity.table.name, entity.key
    _begin(undo, entity)
    undo.keep(table, "insert", IN_USE, entity.users)
    undo.remove(table, key)
    for column, (other, other_key) in entity.references.items():
        undo.keep(
            table,
            "update",
            MISSING,
            f"u.before ->> '{column}' is not null and not exists "
            f"(select from {other} o where o.{other_key} = (u.before ->> '{column}')::uuid{_alive(other)})",
        )
    bin_ = " and o.deleted_at is null" if "deleted_at" in entity.table.columns else ""
    for column in entity.unique:
        undo.keep(
            table,
            "update",
            TAKEN,
            f"exists (select from {table} o where o.{column} = u.before ->> '{column}' and o.{key} <> u.row_id{bin_})",
        )
    if entity.model is Opportunity:
        undo.keep(table, "update", MISSING, _NO_SUCH_STAGE)
        _restore_opportunities(undo, entity)
    else:
        undo.count_restored(table, _restore(undo, entity))


def _alive(table: str) -> str:
    # What was merged into another or put in the bin is there and on no list.
    return " and o.deleted_at is null" if table in ("customers", "opportunities") else ""


def _begin(undo: Undo, entity: Entity) -> None:
    """Find the rows, and keep those that somebody changed since.

    Computations (segment, last contact, probability, place on the board) touch no updated_at, so they are no change. A row
    that a later import changed and that import's undo brought back has what it had before that import: its version is that
    of the image that was brought back, and so on, so that imports are undone one after the other, the last first.
    """
    table = entity.table.name
    untouched = "{} = :written_at" if undo.exact else "{} <= :written_at"
    deleted = "t.deleted_at is not null" if "deleted_at" in entity.table.columns else "false"
    kept = (
        f"case when {untouched.format('t.updated_at')} then null when {deleted} then '{DELETED}' else '{CHANGED}' end"
    )
    undo.begin(table, entity.key, f"version = t.updated_at, kept = {kept}")
    for later, undone_at in undo.undone_since:
        undo.run(
            f"""
            create temporary table brought_back on commit drop as
            select row_id, (before ->> 'updated_at')::timestamptz as version
            from import_changes where import_id = :later and table_name = '{table}' and action = 'update'
            """,
            later=later,
        )
        undo.run("analyze brought_back")
        undo.run(
            f"update undo_{table} u set version = b.version from brought_back b "
            "where b.row_id = u.row_id and u.kept is not null and u.version = :undone_at",
            undone_at=undone_at,
        )
        undo.run("drop table brought_back")
    undo.run(f"update undo_{table} u set kept = null where u.kept is not null and {untouched.format('u.version')}")


def _restore(undo: Undo, entity: Entity) -> int:
    """Write the before-images back, but for what is computed; returns how many rows that were."""
    columns = entity.edited
    # A column that came with a later migration is not in the image: it stays.
    return undo.run(
        f"""
        update {entity.table.name} t set ({", ".join(columns)}) = (
            select {", ".join(f"r.{name}" for name in columns)} from jsonb_populate_record(t, u.before) r
        )
        from undo_{entity.table.name} u
        where t.{entity.key} = u.row_id and u.action = 'update' and u.kept is null
        """
    )


def _restore_opportunities(undo: Undo, entity: Entity) -> None:
    """The same, and the history of stages without the import's move, nor the way back that a trigger writes."""
    undo.run(
        """
        create temporary table undo_moves on commit drop as
        select u.row_id, (u.before ->> 'stage_id')::uuid as stage_id
        from undo_opportunities u join opportunities t on t.opportunity_id = u.row_id
        where u.action = 'update' and u.kept is null and t.stage_id <> (u.before ->> 'stage_id')::uuid
        """
    )
    last = (
        "delete from stage_history h using undo_moves m where h.opportunity_id = m.row_id and h.time_in_stage is null"
    )
    undo.run(last)
    undo.count_restored("opportunities", _restore(undo, entity))
    undo.run(last)
    undo.run(
        """
        update stage_history set time_in_stage = null where history_id in (
            select distinct on (h.opportunity_id) h.history_id
            from stage_history h join undo_moves m on h.opportunity_id = m.row_id and h.stage_id = m.stage_id
            order by h.opportunity_id, h.changed_at desc, h.history_id desc
        )
        """
    )
    # Where the image's entry into the stage is the present one, the trigger took the clock's instead.
    undo.run(
        """
        update opportunities t set last_stage_change = (u.before ->> 'last_stage_change')::timestamptz
        from undo_opportunities u
        where t.opportunity_id = u.row_id and u.action = 'update' and u.kept is null
            and t.last_stage_change is distinct from (u.before ->> 'last_stage_change')::timestamptz
        """
    )
