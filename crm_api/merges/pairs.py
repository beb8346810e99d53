"""Which customers may be one: by identification, e-mail, telephone with a similar name, or a very similar name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crm_api.customers.repository import seen
from pymeai.database.tables.tenant import Customer

DISMISSED = "m.moved = '{}' and m.undone_at is not null"
"""Of a row `m` of customer_merges: no merge, but that somebody looked at the two and said that they are not one."""

SIMILAR_WITH_PHONE = 0.3
"""The least trigram similarity (pg_trgm, 0 to 1) of two names that share a telephone: a family shares one, too."""
SIMILAR = 0.7
"""The least trigram similarity of two names with nothing else in common."""

MANY = 20
"""What more customers than this share is nobody's own: the shop's telephone, an address typed to fill a gap."""

# A name as it is compared: without accents, the company's before the person's.
_NAME = "platform.fold(concat_ws(' ', {0}.company_name, {0}.first_name, {0}.last_name))"
_LIVING = "{0}.deleted_at is null and {0}.erased_at is null"
_BARE = "upper(regexp_replace({0}.identification_number, '[^0-9A-Za-z]', '', 'g'))"
# A pair is found once, by the newer of the two: its key is the greater one, as keys are in the order of time.
_PIVOTS = f"""
with pivots as materialized (
    select p.*, {_NAME.format("p")} as name from customers p where p.customer_id = any (cast(:pivots as uuid[]))
)"""
# Who was merged and separated again, or looked at and left, is not proposed again.
_UNDECIDED = """
select newer, older, reason, score from found
where not exists (
    select from customer_merges m
    where m.undone_at is not null and (m.kept_customer_id, m.merged_customer_id) in ((newer, older), (older, newer))
)"""
# Values that some customers share, by hash over all of them; then who shares one with whom.
_EVIDENT = f"""
with living as not materialized (
    select c.*, {_NAME.format("c")} as name from customers c where {_LIVING.format("c")}
), emails as (
    select email from living where email is not null group by email having count(*) between 2 and {MANY}
), identifications as (
    select {_BARE.format("c")} as bare from living c
    where identification_number is not null group by 1 having count(*) between 2 and {MANY}
), numbers as (
    select customer_id, phone as number, name from living where phone is not null
    union
    select customer_id, phone_alt, name from living where phone_alt is not null
), shared_numbers as (
    select number from numbers group by number having count(*) between 2 and {MANY}
), found as (
    select p.customer_id as newer, c.customer_id as older, 'email' as reason, 0.95 as score
    from living p join emails using (email) join living c on c.email = p.email and c.customer_id < p.customer_id
    union all
    select p.customer_id, c.customer_id, 'identification', 1.0
    from living p join identifications i on i.bare = {_BARE.format("p")}
    join living c on {_BARE.format("c")} = i.bare and c.customer_id < p.customer_id
    union all
    select p.customer_id, c.customer_id, 'phone', 0.6 + 0.35 * similarity(p.name, c.name)
    from numbers p join shared_numbers using (number)
    join numbers c on c.number = p.number and c.customer_id < p.customer_id
    where similarity(p.name, c.name) >= {SIMILAR_WITH_PHONE}
), undecided as ({_UNDECIDED}
), placed as (
    select *, dense_rank() over (order by newer desc) as place from undecided
    where cast(:after as uuid) is null or newer < cast(:after as uuid)
)
select newer, older, reason, score from placed where place <= :number order by newer desc"""
_ALIKE = f"""{_PIVOTS}, found as (
    select p.customer_id as newer, c.customer_id as older, 'name' as reason, 0.9 * c.nearness as score
    from pivots p
    cross join lateral (
        select c.customer_id, similarity(p.name, {_NAME.format("c")}) as nearness
        from customers c
        where p.name <% c.search_text and c.customer_id < p.customer_id and {_LIVING.format("c")}
        order by 2 desc
        limit {MANY}
    ) c
    where p.name like '% %' and c.nearness >= {SIMILAR}
){_UNDECIDED}"""


@dataclass(frozen=True)
class Pair:
    """Two customers that may be one: why, and how sure that is (0 to 1)."""

    newer: UUID
    older: UUID
    reason: str
    score: float


def pivots_after(session: Session, after: UUID | None, number: int) -> list[UUID]:
    """The next customers to look at, the newest first."""
    statement = select(Customer.customer_id).where(*seen())
    if after is not None:
        statement = statement.where(Customer.customer_id < after)
    return list(session.execute(statement.order_by(Customer.customer_id.desc()).limit(number)).scalars())


def evident_pairs(session: Session, after: UUID | None, number: int) -> list[Pair]:
    """The pairs that share an identification, an e-mail, or a telephone and somewhat the name, by the next newer ones.

    `number` is how many newer customers at most, each with all of its pairs.
    """
    return _pairs(session, _EVIDENT, {"after": after, "number": number})


def alike_pairs(session: Session, pivots: Sequence[UUID]) -> list[Pair]:
    """Older customers with nearly the name of one of `pivots`: one look into the trigram index each."""
    session.execute(
        text("select set_config('pg_trgm.word_similarity_threshold', :least, true)"), {"least": str(SIMILAR)}
    )
    return _pairs(session, _ALIKE, {"pivots": list(pivots)})


def _pairs(session: Session, statement: str, parameters: Mapping[str, object]) -> list[Pair]:
    rows = session.execute(text(statement), parameters)
    return [Pair(row.newer, row.older, row.reason, float(row.score)) for row in rows]
