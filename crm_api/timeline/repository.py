"""The events of one customer, of all kinds, in one query.

The user `own`, where one is named, sees of a customer's events those that the endpoint of their kind shows them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm_api.merges.pairs import DISMISSED

NAME = "coalesce({0}.company_name, nullif(concat_ws(' ', {0}.first_name, {0}.last_name), ''), 'Cliente')"
_AFTER = "(cast(:at as timestamptz) is null or ({at}, {key}) < (cast(:at as timestamptz), cast(:key as uuid)))"


# What the lists of opportunities and sales show of a customer that one sees; contacts of such a customer are shown whole.
_OWN = "(cast(:own as uuid) is null or {0}.user_id is null or {0}.user_id = cast(:own as uuid))"


@dataclass(frozen=True)
class _Source:
    """Events of one kind: when, their key, who, what else there is to say (JSON), and where they are."""

    kind: str
    at: str
    key: str
    user: str
    data: str
    rows: str


# What a merge or its undo changed is told by their own items: all lines of one transaction have one time.
_OF_A_MERGE = """
    a.action in ('updated', 'deleted', 'restored') and exists (
        select from audit_log m
        where m.entity_id in (
            select cast(:customer_id as uuid)
            union all
            select g.kept_customer_id from customer_merges g where g.merged_customer_id = :customer_id
        ) and m.action in ('merged', 'unmerged') and m.created_at = a.created_at
    )"""
# The link leads to an opportunity alone that one may see.
_SEEN_OPPORTUNITY = (
    "case when cast(:own as uuid) is null or exists (select from opportunities o "
    f"where o.opportunity_id = {{0}}.opportunity_id and {_OWN.format('o')}) then {{0}}.opportunity_id end"
)
_OF_ONE_OF_TWO = (
    "join customers d on d.customer_id = case when m.kept_customer_id = :customer_id then m.merged_customer_id "
    "else m.kept_customer_id end where :customer_id in (m.kept_customer_id, m.merged_customer_id) "
    f"and not ({DISMISSED})"
)
_IMPORTED = (
    "import_changes c join imports f using (import_id) {0} "
    "c.row_id = :customer_id and c.table_name = 'customers' and c.action <> 'rejected'"
)
_OTHER = f"'merged_customer_id', d.customer_id, 'merged_name', {NAME.format('d')}"
_SOURCES: Sequence[_Source] = (
    _Source(
        "interaction",
        "i.date_time",
        "i.interaction_id",
        "i.user_id",
        "jsonb_build_object('type', i.type, 'direction', i.direction, 'channel', i.channel, 'notes', i.notes, "
        "'outcome', i.outcome, 'followup_date', i.followup_date, 'followup_done_at', i.followup_done_at, "
        f"'opportunity_id', {_SEEN_OPPORTUNITY.format('i')})",
        "interactions i where i.customer_id = :customer_id",
    ),
    _Source(
        "stage",
        "h.changed_at",
        "h.history_id",
        "h.user_id",
        "jsonb_build_object('opportunity_id', o.opportunity_id, 'title', o.title, 'from_stage', f.name, "
        "'stage', s.name, 'stage_kind', s.kind, 'is_of_same_kind', coalesce(f.kind = s.kind, false), "
        "'notes', h.notes)",
        "opportunities o join stage_history h using (opportunity_id) join stages s on s.stage_id = h.stage_id "
        "left join stages f on f.stage_id = h.from_stage_id where o.customer_id = :customer_id and o.deleted_at is null "
        # What archiving moved, nobody sold; the opportunity's own history has it.
        f"and not h.is_administrative and {_OWN.format('o')}",
    ),
    _Source(
        "sale",
        "s.sold_at",
        "s.sale_id",
        "s.user_id",
        "jsonb_build_object('amount', s.amount, 'currency', s.currency, 'document_type', s.document_type, "
        f"'external_key', s.external_key, 'channel', s.channel, 'opportunity_id', {_SEEN_OPPORTUNITY.format('s')})",
        f"sales s where s.customer_id = :customer_id and {_OWN.format('s')}",
    ),
    _Source(
        "import",
        "coalesce(f.finished_at, f.queued_at, f.created_at)",
        "c.change_id",
        "f.created_by",
        "jsonb_build_object('import_id', f.import_id, 'file_name', f.file_name, 'action', c.action, "
        "'undone_at', f.undone_at, 'after', c.after, 'before', (select jsonb_object_agg(key, c.before -> key) "
        "from jsonb_object_keys(c.after) key))",
        _IMPORTED.format("where"),
    ),
    _Source(
        "import",
        "a.created_at",
        "a.audit_id",
        "a.user_id",
        "jsonb_build_object('import_id', f.import_id, 'file_name', f.file_name, 'action', 'undo', "
        "'undone_at', f.undone_at, 'after', null, 'before', null)",
        _IMPORTED.format(
            "join audit_log a on a.entity_id = f.import_id and a.entity = 'import' and a.action = 'undone' where"
        ),
    ),
    _Source(
        "change",
        "a.created_at",
        "a.audit_id",
        "a.user_id",
        "jsonb_build_object('action', a.action, 'before', a.before, 'after', a.after, 'by_key', a.api_key_id is not null)",
        "audit_log a where a.entity_id = :customer_id and a.entity = 'customer' "
        # These have items of their own.
        f"and a.action not in ('merged', 'unmerged') and not ({_OF_A_MERGE})",
    ),
    _Source(
        "merge",
        "m.merged_at",
        "m.merge_id",
        "m.merged_by",
        f"jsonb_build_object({_OTHER}, 'action', 'merge', 'undone_at', m.undone_at)",
        f"customer_merges m {_OF_ONE_OF_TWO}",
    ),
    _Source(
        "merge",
        "a.created_at",
        "a.audit_id",
        "a.user_id",
        f"jsonb_build_object({_OTHER}, 'action', 'undo', 'undone_at', m.undone_at)",
        "customer_merges m join audit_log a on a.entity_id = m.kept_customer_id and a.entity = 'customer' "
        f"and a.action = 'unmerged' and a.after ->> 'merge_id' = m.merge_id::text {_OF_ONE_OF_TWO}",
    ),
)
KINDS = tuple(dict.fromkeys(source.kind for source in _SOURCES))


@dataclass(frozen=True)
class Event:
    """One event as it was read."""

    kind: str
    at: datetime
    key: UUID
    user_id: UUID | None
    data: dict[str, Any]


def events(
    session: Session,
    customer_id: UUID,
    kinds: Collection[str],
    after: tuple[datetime, UUID] | None,
    limit: int,
    own: UUID | None = None,
) -> Sequence[Event]:
    """The newest events that the user `own` sees (None: all), at most `limit`; with `after` those after it in the feed.

    Each kind gives no more than the page has, newest first off its own index, and the page is the newest of those.
    """
    parts = [
        f"(select '{source.kind}' as kind, {source.at} as at, {source.key} as key, {source.user} as user_id, "
        f"{source.data} as data from {source.rows} and {_AFTER.format(at=source.at, key=source.key)} "
        "order by 2 desc, 3 desc limit :limit)"
        for source in _SOURCES
        if source.kind in kinds
    ]
    statement = f"select * from ({' union all '.join(parts)}) as events order by at desc, key desc limit :limit"
    parameters = {"customer_id": customer_id, "limit": limit, "own": own, "at": None, "key": None}
    if after is not None:
        parameters |= {"at": after[0], "key": after[1]}
    rows = session.execute(text(statement), parameters)
    return [Event(row.kind, row.at, row.key, row.user_id, row.data) for row in rows]


def count(session: Session, customer_id: UUID, kinds: Collection[str], own: UUID | None = None) -> int:
    """How many events of these kinds there are that the user `own` sees (None: of all)."""
    parts = [f"(select count(*) from {source.rows})" for source in _SOURCES if source.kind in kinds]
    parameters = {"customer_id": customer_id, "own": own}
    return int(session.execute(text("select " + " + ".join(parts)), parameters).scalar_one())
