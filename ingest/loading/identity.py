"""Which rows are the same person or company, and whether the tenant knows them already.

The ladder: external id, identification, phone with a similar name, e-mail, and the same name where the file tells
nothing else. Similar names alone never merge anybody, nor does a phone alone.
"""

import numpy as np
import pyarrow as pa

from ingest.loading import staging
from ingest.loading.context import Load
from ingest.loading.staging import NO_GROUP, Codes
from ingest.targets import custom_field_of

KEYS = ("customer.external_id", "customer.identification", "customer.phone", "customer.email")
NAMES = ("customer.first_name", "customer.last_name", "customer.company_name")

SIMILAR_NAMES = 0.45
"""Trigram likeness from which two names with one phone number are one person."""

_NAME = "trim(concat_ws(' ', {0}first_name, {0}last_name, {0}company_name))"
_FOLDED = "platform.fold(regexp_replace({0}, '\\s+', ' ', 'g'))"
_ROUNDS = 20
# A phone that more people than these share is nobody's: the shop's own, or 2222-2222.
_MOST_SHARERS = 100


def people_of(frame: pa.Table) -> tuple[pa.Table, Codes]:
    """The distinct people of a file, one row each, and for each row of the file whose it is (NO_GROUP: nobody's).

    People are told apart by all that identifies them; their other values are the last that the file gives.
    """
    known = [name for name in (*KEYS, *NAMES) if name in frame.column_names]
    groups = staging.codes(frame, known)
    count = int(groups.max(initial=NO_GROUP)) + 1
    columns = {
        name: name.partition(".")[2]
        for name in frame.column_names
        if name.startswith("customer.") and custom_field_of(name) is None and name != "customer.name"
    }
    custom = {name: name for name in frame.column_names if name.startswith("customer.custom:")}
    people = staging.last_values(frame, groups, count, {**columns, **custom})
    if "created_at" in people.column_names:
        earliest = staging.earliest(frame.column("customer.created_at"), groups, count)
        people = people.set_column(people.column_names.index("created_at"), "created_at", earliest)
    for name in (*KEYS, *NAMES):
        column = name.partition(".")[2]
        if column not in people.column_names:
            people = people.append_column(column, pa.nulls(count, pa.string()))
    people = people.append_column("person", pa.array(np.arange(count, dtype=np.int64)))
    return people, groups


def identify(load: Load) -> None:
    """Fill `leader` of the temporary table `people`: who of them are one; and the table `known` of existing customers.

    A leader below zero is an existing customer of `known`, whose `person` it is.
    """
    nothing_else = "(i.external_id is null and i.identification is null and i.phone is null and i.email is null)"
    # Folding costs more than all else here: names that only few people are compared by are folded when they are.
    by_name = bool(load.value(f"select exists (select from people i where {nothing_else})"))
    name = f"nullif({_FOLDED.format(_NAME) if by_name else _NAME}, '')"
    load.run(
        f"""
        create temporary table identities on commit drop as
        select person, external_id as external_id, identification, phone, email, {name.format("")} as name,
            null::uuid as customer_id, person as leader
        from people
        """
    )
    _bring_known(load, name, by_name=by_name)
    load.run("create index on identities (leader)")
    load.run("create index on identities (person)")
    load.run("analyze identities")
    compatible = (
        "(f.external_id is null or c.external_id is null or f.external_id = c.external_id) and "
        "(f.identification is null or c.identification is null or f.identification = c.identification)"
    )
    similar = (
        f"(f.name = c.name or public.similarity(f.name, c.name) >= {SIMILAR_NAMES} "
        "or (f.name is null and c.name is null))"
    )
    _merge(load, "external_id", "true")
    _merge(load, "identification", "true")
    _merge(load, "phone", f"{compatible} and {similar}", nearest=True)
    _merge(load, "email", compatible)
    if by_name:
        _merge(load, "name", f"{compatible} and f.own_nothing_else", own=nothing_else)


def _bring_known(load: Load, name: str, *, by_name: bool) -> None:
    """Existing customers that share a key with the file stand beside its people, the oldest first.

    `name` is SQL of somebody's name, with the alias of its row left out; with `by_name` those of the same name as people of whom
    the file tells nothing else come too.
    """
    same_name = f"""
            union
            select customer_id from customers c
            join (select name from identities where external_id is null and identification is null
                and phone is null and email is null and name is not null) i on i.name = {name.format("c.")}
            where c.deleted_at is null
    """
    shared = " union ".join(_sharing(condition, one_by_one=_are_few(load)) for condition in _SHARED_KEYS)
    load.run(
        f"""
        create temporary table known on commit drop as
        with shared as ({shared} {same_name if by_name else ""})
        select customer_id, -row_number() over (order by created_at desc, customer_id desc) as person
        from customers join shared using (customer_id) where deleted_at is null
        """
    )
    load.run(
        f"""
        insert into identities
        select k.person, c.external_id, c.identification_number, c.phone, c.email::text,
            {name.format("c.")}, c.customer_id, k.person
        from known k join customers c using (customer_id)
        """
    )


# Whether somebody is deleted is asked of phones and e-mails later: of customers that nobody has analysed yet PostgreSQL thinks
# that hardly any are not, and reads the whole index of those for each phone.
_SHARED_KEYS = (
    "c.external_id = p.external_id and c.deleted_at is null",
    "c.identification_number = p.identification and c.deleted_at is null",
    "c.phone = p.phone",
    "c.email = p.email::public.citext and c.email::text = p.email",
)
_FEW = 10


def _are_few(load: Load) -> bool:
    """Whether there are many more customers than people in the file."""
    people = int(load.value("select count(*) from people"))
    return bool(
        load.value(f"select count(*) > {_FEW * people} from (select from customers limit {_FEW * people + 1}) c")
    )


def _sharing(condition: str, *, one_by_one: bool) -> str:
    """SQL of the customers that `condition` makes one of the file's people share a key with.

    `one_by_one` they are looked up in the key's index, whatever the planner thinks of it: after an import of a million it knows
    nothing of them, and would read them all (for 10,000 people 7.4 s, beside 1.3 s so, on a busy machine).
    """
    if not one_by_one:
        return f"select c.customer_id from customers c join people p on {condition}"
    found = f"select c.customer_id from customers c where {condition} offset 0"
    return f"select k.customer_id from people p cross join lateral ({found}) k"


_SHARED = """
    with shared as (
        select i.{key} as key from identities i where i.{key} is not null
        group by i.{key} having min(i.leader) <> max(i.leader) and bool_or({own})
    ), keyed as (
        select distinct on (i.{key}, i.leader) i.{key} as key, i.leader,
            {own} as own_nothing_else, l.customer_id, l.external_id, l.identification, {name} as name
        from shared join identities i on i.{key} = shared.key join identities l on l.person = i.leader
        order by i.{key}, i.leader, {own} desc
    ), placed as (
        select *, count(*) over (partition by key) as sharers,
            row_number() over (
                partition by key order by customer_id is null, external_id is null, identification is null, leader
            ) as place
        from keyed
    )
"""


def _merge(load: Load, key: str, condition: str, *, own: str = "(1 = 1)", nearest: bool = False) -> None:
    """Let those who share `key` follow the one of them who is best known, where `condition` allows it.

    An existing customer follows nobody. `condition` sees the follower's leader as f and the one to follow as c;
    f.own_nothing_else is `own` over the person itself (i). With `nearest` each follows the one with the most similar
    name; else all the same one.
    """
    place = f"c.place < f.place and f.sharers <= {_MOST_SHARERS}" if nearest else "c.place = 1 and f.place > 1"
    best = "coalesce(public.similarity(f.name, c.name), 0) desc, " if nearest else ""
    for _ in range(_ROUNDS):
        merged = load.run(
            f"""
            {_SHARED.format(key=key, own=own, name=_FOLDED.format("l.name") if nearest else "l.name")}, merges as (
                select distinct on (f.leader) f.leader, c.leader as center
                from placed f join placed c on c.key = f.key and {place}
                where f.customer_id is null and ({condition})
                order by f.leader, {best}c.place, c.leader
            )
            update identities i set leader = m.center from merges m where i.leader = m.leader
            """
        )
        if merged == 0:
            return
        _follow_to_the_end(load)


def _follow_to_the_end(load: Load) -> None:
    """Who follows a follower follows its leader; and who leads knows what the followers know."""
    while load.run(
        """
        update identities i set leader = l.leader from identities l
        where l.person = i.leader and l.leader <> l.person and i.leader <> l.leader
        """
    ):
        pass
    load.run(
        f"""
        update identities l set external_id = coalesce(l.external_id, f.external_id),
            identification = coalesce(l.identification, f.identification), name = coalesce(l.name, f.name)
        from (
            select leader, min(external_id) as external_id, min(identification) as identification,
                min({_FOLDED.format("name")}) as name
            from identities where leader <> person group by leader
        ) f
        where l.person = f.leader
        """
    )
