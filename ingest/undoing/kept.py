"""The rows that an undo leaves as they are, with a name to know them by and the reason."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from ingest.undoing.context import CHANGED, DELETED, GONE, IN_USE, MISSING, TAKEN, Undo

MOST_LISTED = 100
"""Kept rows that are listed; all of them are counted."""


@dataclass(frozen=True)
class KeptRow:
    """A row that stays as it is; `reason` is one of ingest.undoing.context, `message` says it in Spanish."""

    table: str
    row_id: UUID
    name: str
    reason: str
    message: str


_DAY = "to_char({} at time zone 'America/Costa_Rica', 'DD/MM/YYYY')"
# Table -> key, and SQL for the name over `r`; the order is that of the list.
_NAMES: dict[str, tuple[str, str]] = {
    "customers": (
        "customer_id",
        "coalesce(r.company_name, nullif(concat_ws(' ', r.first_name, r.last_name), ''), r.email::text, r.external_id, 'Cliente')",
    ),
    "opportunities": ("opportunity_id", "r.title"),
    "sales": ("sale_id", f"coalesce(r.external_key, 'Venta del ' || {_DAY.format('r.sold_at')})"),
    "interactions": ("interaction_id", f"r.type || ' del ' || {_DAY.format('r.date_time')}"),
    "pipelines": ("pipeline_id", "r.name"),
    "stages": ("stage_id", "r.name"),
    "custom_fields": ("field_id", "r.label"),
}
_MESSAGES = {
    CHANGED: "Cambió después de la importación.",
    DELETED: "Se borró después de la importación.",
    GONE: "Ya no existe: no se puede devolver a como estaba.",
    TAKEN: "Su identificación, código o número de documento anterior ahora es de otro registro.",
    MISSING: "Pertenecía a un registro que ya no existe, o que se archivó, se fusionó o cambió de tipo.",
}
_IN_USE = {
    "customers": "Tiene ventas, oportunidades, contactos o fusiones que se conservan.",
    "opportunities": "Tiene ventas o contactos que se conservan.",
    "pipelines": "Tiene etapas u oportunidades que se conservan, o es el último en uso.",
    "stages": "Hay oportunidades que se conservan y están o estuvieron en ella, o es la última de su tipo en uso.",
    "custom_fields": "Hay registros que se conservan y lo tienen lleno.",
}


def kept_rows(undo: Undo) -> tuple[dict[str, int], list[KeptRow]]:
    """How many rows of each table stay as they are, and the first MOST_LISTED of them."""
    counts: dict[str, int] = {}
    listed: list[KeptRow] = []
    for table, (key, name) in _NAMES.items():
        # What the import made and somebody removed already is as undone as it can be.
        stays = f"u.kept is not null and not (u.action = 'insert' and u.kept = '{GONE}')"
        number: int = undo.connection.execute(text(f"select count(*) from undo_{table} u where {stays}")).scalar_one()
        if number:
            counts[table] = number
        found = undo.connection.execute(
            text(
                f"""
                select u.row_id, {name} as name, u.kept
                from undo_{table} u left join {table} t on t.{key} = u.row_id
                cross join lateral jsonb_populate_record(null::{table}, coalesce(to_jsonb(t), u.before)) r
                where {stays} order by name, u.row_id limit :most
                """
            ),
            {"most": MOST_LISTED - len(listed)},
        )
        listed += [KeptRow(table, row.row_id, row.name, row.kept, _message(table, row.kept)) for row in found]
    return counts, listed


def _message(table: str, reason: str) -> str:
    return _IN_USE[table] if reason == IN_USE else _MESSAGES[reason]
