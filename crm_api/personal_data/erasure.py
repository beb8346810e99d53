"""Takes a person out of everything that is stored, and leaves amounts, dates and products (law 8968)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Table, bindparam, delete, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from crm_api.customers.deleted import hold_remembered
from crm_api.dependencies import Caller
from crm_api.personal_data.identifiers import MENTIONS, Identifiers, identifiers_of, patterns
from crm_api.personal_data.rows import Person, person_of
from crm_api.personal_data.schemas import ErasureAnswer
from crm_api.personal_data.scrubbing import blanked, scrubbed_or_emptied
from pymeai.clock import utc_now
from pymeai.database.tables.partitions import TENANT_METADATA
from pymeai.database.tables.platform import IdempotencyKey
from pymeai.database.tables.workspace import AuditLog
from pymeai.tenancy.sessions import platform_within

# A reason or a source that somebody else's opportunity has too is one of a list; any other is somebody's own words.
# A sale that was won has the opportunity's title for a line, where that had no product.
_OWN = {
    "customers": """
        update customers set first_name = :name, last_name = null, company_name = null, identification_type = null,
            identification_number = null, email = null, phone = null, phone_alt = null, address = null, tags = '{}',
            external_id = null, consent = '{}', source = null, custom_fields = '{}', erased_at = :now
        where customer_id = any (cast(:customers as uuid[]))""",
    "interactions": """
        update interactions set notes = null, outcome = null, external_id = null, custom_fields = '{}'
        where interaction_id = any (cast(:interactions as uuid[]))""",
    "opportunities": """
        update opportunities set title = :title, description = null, external_id = null, custom_fields = '{}',
            lost_reason = case when exists (select from opportunities o where o.lost_reason = opportunities.lost_reason
                and o.opportunity_id <> all (cast(:opportunities as uuid[]))) then lost_reason end,
            source = case when exists (select from opportunities o where o.source = opportunities.source
                and o.opportunity_id <> all (cast(:opportunities as uuid[]))) then source end
        where opportunity_id = any (cast(:opportunities as uuid[]))""",
    "stage_history": """
        update stage_history set notes = null where opportunity_id = any (cast(:opportunities as uuid[])) and notes is not null""",
    "sales": """
        update sales set custom_fields = '{}', lines = (
            select coalesce(jsonb_agg(case
                when line ->> 'description' = any (cast(:titles as text[]))
                    then line || jsonb_build_object('description', cast(:title as text))
                else line
            end order by place), '[]')
            from jsonb_array_elements(lines) with ordinality l (line, place)
        )
        where sale_id = any (cast(:sales as uuid[])) and (custom_fields <> '{}' or (opportunity_id is not null and exists (
            select from jsonb_array_elements(lines) line where line ->> 'description' = any (cast(:titles as text[]))
        )))""",
    "customer_merges": """
        update customer_merges set before = '{}', after = '{}'
        where kept_customer_id = any (cast(:customers as uuid[])) or merged_customer_id = any (cast(:customers as uuid[]))""",
    # What an import found before it changed a row would bring it all back.
    "import_changes": """
        delete from import_changes where before is not null and (row_id = any (cast(:keys as uuid[]))
            or before ->> 'customer_id' = any (cast(cast(:customers as uuid[]) as text[])))""",
}
"""Table -> what is done to the person's own rows."""
_TITLES = """
    select title from opportunities where opportunity_id = any (cast(:opportunities as uuid[]))
    union
    select said.title from audit_log cross join lateral (values (before ->> 'title'), (after ->> 'title')) said (title)
    where entity = 'opportunity' and entity_id = any (cast(:opportunities as uuid[])) and said.title is not null
    except
    select product from opportunities
"""
"""What a person's opportunities are called and were called before, but where that is a product's name."""


@dataclass(frozen=True)
class _Swept:
    """Columns of a table in which somebody may be named; `by_name` where a bare name is enough to mean them."""

    table: str
    columns: Sequence[str]
    by_name: bool = True
    where: str = "true"
    # Whether the row goes whole: scrubbed, it would be read again and written into somebody's data.
    removed: bool = False
    # Whether a word of the name is enough in a row that names the person otherwise: the row is about them.
    by_part: bool = False


# In other customers' rows a name is not enough: there are two of many names, and the other one has not asked for this.
_SWEPT = (
    _Swept(
        "sales", ("external_key", "source", "seller", "channel", "lines"), where="sale_id = any (cast(:keys as uuid[]))"
    ),
    _Swept(
        "opportunities",
        ("seller", "product", "lost_reason", "source"),
        where="opportunity_id = any (cast(:keys as uuid[]))",
    ),
    _Swept("interactions", ("type", "channel"), where="interaction_id = any (cast(:keys as uuid[]))"),
    _Swept("customers", ("address", "source", "external_id", "custom_fields", "tags"), by_name=False),
    _Swept("interactions", ("notes", "outcome", "custom_fields"), by_name=False),
    _Swept("opportunities", ("title", "description", "lost_reason", "source", "custom_fields"), by_name=False),
    _Swept("stage_history", ("notes",), by_name=False),
    _Swept("sales", ("source", "seller", "custom_fields", "lines"), by_name=False),
    _Swept("customer_merges", ("before", "after"), by_name=False),
    _Swept("import_changes", ("before", "after"), by_name=False, where="before is not null", removed=True),
    _Swept("import_changes", ("original", "reasons"), where="action = 'rejected'"),
    _Swept("imports", ("file_name", "mapping", "options", "counts", "progress", "error")),
    _Swept("kula_messages", ("question", "plan", "answer"), by_part=True),
    _Swept("dashboards", ("name", "widgets")),
    _Swept("alerts", ("name", "query", "condition", "last_state")),
    _Swept("analytics_data", ("data",)),
)


def erase(session: Session, caller: Caller, customer_id: UUID) -> ErasureAnswer:
    """Erase one customer, deleted or not, and those that were merged into them, for good. Raises NotFound, Conflict."""
    hold_remembered(session, customer_id)
    person = person_of(session, customer_id)
    identifiers = identifiers_of(session, person)
    now = utc_now()
    rows = _erase_own(session, person, now)
    touched: set[UUID] = set()
    for swept in _SWEPT:
        keys = _sweep(session, swept, person, identifiers)
        touched.update(keys)
        rows[swept.table] = rows.get(swept.table, 0) + len(keys)
    rows["idempotency_keys"] = _blank_answers(session, caller, person, identifiers)
    # Last: the triggers have just written down what was changed here, too.
    rows["audit_log"] = _forget(session, person, identifiers, touched)
    session.add(
        AuditLog(
            user_id=caller.user_id,
            api_key_id=caller.api_key_id,
            request_id=caller.request_id,
            action="erased",
            entity="customer",
            entity_id=customer_id,
            after={"rows": rows},
        )
    )
    session.flush()
    return ErasureAnswer(customer_id=customer_id, erased_at=now, rows=rows)


def _erase_own(session: Session, person: Person, now: Any) -> dict[str, int]:
    parameters = {
        "customers": list(person.customers),
        "interactions": list(person.interactions),
        "opportunities": list(person.opportunities),
        "sales": list(person.sales),
        "keys": person.keys,
        "titles": session.execute(text(_TITLES), {"opportunities": list(person.opportunities)}).scalars().all(),
        "name": "Cliente borrado",
        "title": "Oportunidad de un cliente borrado",
        "now": now,
    }
    done = {}
    for table, statement in _OWN.items():
        result: CursorResult[Any] = session.connection().execute(text(statement), parameters)
        done[table] = result.rowcount
    session.expire_all()
    return done


def _sweep(session: Session, swept: _Swept, person: Person, identifiers: Identifiers) -> list[UUID]:
    """Scrub the rows that name the person: their keys."""
    wanted = identifiers.all if swept.by_name else identifiers.own
    if not wanted:
        return []
    table: Table = TENANT_METADATA.tables[swept.table]
    key = table.primary_key.columns[0]
    found = session.execute(
        text(
            f"select {key.name}, {', '.join(swept.columns)} from {swept.table} "
            f"where {swept.where} and {MENTIONS.format(', '.join(f'{name}::text' for name in swept.columns))} for update"
        ),
        {"patterns": patterns(wanted), "keys": person.keys},
    ).all()
    if swept.removed:
        session.execute(delete(table).where(key.in_([row[0] for row in found])))
        return [row[0] for row in found]
    named = Identifiers(wanted, (), identifiers.parts if swept.by_part else frozenset())
    for row in found:
        values = {name: getattr(row, name) for name in swept.columns}
        mentioning = {name: value for name, value in values.items() if value is not None and _mentions(value, named)}
        emptied = {
            name: scrubbed_or_emptied(value, named)
            for name, value in (mentioning or values).items()
            if value is not None
        }
        session.execute(update(table).where(key == row[0]).values(emptied))
    return [row[0] for row in found]


def _mentions(value: Any, identifiers: Identifiers) -> bool:
    return identifiers.named_in(value if isinstance(value, str) else str(value))


def _blank_answers(session: Session, caller: Caller, person: Person, identifiers: Identifiers) -> int:
    """Take the person out of the answers kept for retries with an Idempotency-Key."""
    keys = [str(key) for key in person.customers]
    with platform_within(session, caller.tenant, caller.actor):
        found = session.execute(
            text(
                "select idempotency_id, body from platform.idempotency_keys where organization_id = :organization_id "
                "and body is not null and body::text like any (cast(:patterns as text[])) for update"
            ),
            {
                "organization_id": caller.tenant.organization_id,
                "patterns": [*(f"%{key}%" for key in keys), *patterns(identifiers.own)],
            },
        ).all()
        statement = (
            update(IdempotencyKey.__table__)  # type: ignore[arg-type]
            .where(IdempotencyKey.idempotency_id == bindparam("stored_key"))
            .values(body=bindparam("blank", type_=JSONB))
        )
        for stored in found:
            parameters = {"stored_key": stored.idempotency_id, "blank": blanked(stored.body, identifiers)}
            session.connection().execute(statement, parameters)
    return len(found)


def _forget(session: Session, person: Person, identifiers: Identifiers, touched: set[UUID]) -> int:
    """Blank what the audit log says of the person's rows, and of all others that it names them in."""
    mentioned: set[UUID] = set()
    if identifiers.own:
        statement = f"""
            select distinct entity_id from audit_log
            where entity_id is not null and {MENTIONS.format("before::text, after::text")}
        """
        mentioned.update(session.execute(text(statement), {"patterns": patterns(identifiers.own)}).scalars())
    keys = sorted({*person.keys, *touched, *mentioned})
    session.execute(text("select platform.forget(cast(:keys as uuid[]))"), {"keys": keys})
    counted = session.execute(
        text("select count(*) from audit_log where entity_id = any (cast(:keys as uuid[]))"), {"keys": keys}
    )
    return int(counted.scalar_one())
