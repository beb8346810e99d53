"""The people and companies of a file into `customers`."""

import pyarrow as pa

from ingest.loading import custom_fields, identity, required, staging
from ingest.loading.context import FILL, NEVER, OVERWRITE, Load
from ingest.loading.custom_fields import as_json, sql_column
from ingest.loading.staging import Codes
from ingest.loading.upsert import CUSTOM_FILL, CUSTOM_NEVER, CUSTOM_OVERWRITE, Field, upsert
from ingest.targets import TARGETS

# Column of the table, target, SQL of the value where it is not the target's own, SQL of a new row's default.
_COLUMNS: tuple[tuple[str, str, str | None, str | None], ...] = (
    ("kind", "customer.kind", None, "case when s.company_name is not null and s.first_name is null then 'company' else 'person' end"),
    ("first_name", "customer.first_name", None, None),
    ("last_name", "customer.last_name", None, None),
    ("company_name", "customer.company_name", None, None),
    ("identification_type", "customer.identification_type", None, None),
    ("identification_number", "customer.identification", "identification", None),
    ("email", "customer.email", "email::public.citext", None),
    ("phone", "customer.phone", None, None),
    ("phone_alt", "customer.phone_alt", None, None),
    ("address", "customer.address", None, None),
    ("province", "customer.province", None, None),
    ("canton", "customer.canton", None, None),
    ("district", "customer.district", None, None),
    ("tags", "customer.tags", "string_to_array(tags, ',')", "'{}'"),
    ("external_id", "customer.external_id", None, None),
    ("source", "customer.source", None, None),
    ("status", "customer.status", None, "'active'"),
    ("created_at", "customer.created_at", None, "now()"),
)  # fmt: skip
_BEGINNINGS = (
    "sale.sold_at",
    "opportunity.created_at",
    "opportunity.entered_stage_at",
    "opportunity.closed_at",
    "interaction.date_time",
)
# The same name in other capitals or without its accents is no news, unless the one there is shouted.
# Most names are the very same: that is asked first, as folding costs more than all else.
_RENAMED = (
    "(s.{0} is distinct from t.{0} and (t.{0} is null or platform.fold(s.{0}) <> platform.fold(t.{0}) "
    "or (t.{0} = upper(t.{0}) and s.{0} <> upper(s.{0}))))"
)
_NAMES = ("first_name", "last_name", "company_name")
# Nobody else may hold it: then the file's word is not taken.
_UNIQUE = {
    "identification_number": "s.identification_number is distinct from t.identification_number and not exists (select from customers o where o.identification_number = "
    "s.identification_number and o.customer_id <> t.customer_id and o.deleted_at is null)",
    "external_id": "s.external_id is distinct from t.external_id and not exists (select from customers o where o.external_id = s.external_id "
    "and o.customer_id <> t.customer_id and o.deleted_at is null)",
}


def load_customers(load: Load, frame: pa.Table, *, count_duplicates: bool) -> Codes:
    """Write the customers that `frame` names; returns for each row its number in the temporary table `persons`.

    `persons` maps `person` to `customer_id`. With `count_duplicates` a row that is somebody of a row above counts as a
    duplicate. A customer whose beginning the file does not tell began with its first sale, opportunity or contact at the latest.
    """
    frame, told = _with_beginnings(frame)
    people, groups = identity.people_of(frame)
    fields = custom_fields.ensure(load, frame, "customer")
    staged = _with_city_and_country(people, frame)
    staging.create(load.cursor, "people", staged.rename_columns([sql_column(name) for name in staged.column_names]))
    identity.identify(load)
    _settle(load)
    _fold_people(load, staged, fields)
    incoming = "incoming_customers s join persons p on p.customer_id = s.row_id"
    custom_defaults = required.require_whole(load, "customer", frame, groups, incoming, "p.person")
    present = [column for column in _COLUMNS if column[1].partition(".")[2] in people.column_names]
    upserted = upsert(
        load,
        table="customers",
        key="customer_id",
        source="incoming_customers",
        fields=[_field(load, name, target, default, told=told) for name, target, _, default in present],
        with_custom=bool(fields),
        custom_defaults=custom_defaults,
    )
    load.count("customers", upserted.inserted, upserted.updated, upserted.unchanged)
    if count_duplicates:
        load.counts.duplicates += frame.num_rows - upserted.inserted - upserted.updated - upserted.unchanged
    return groups


def _field(load: Load, name: str, target: str, default: str | None, *, told: bool) -> Field:
    if name == "created_at" and not told:
        return Field(name, FILL, default, value="least(t.created_at, s.created_at)")
    guard = _RENAMED.format(name) if name in _NAMES else _UNIQUE.get(name)
    return Field(name, load.policy(target), default, guard)


def _with_beginnings(frame: pa.Table) -> tuple[pa.Table, bool]:
    """The frame with `customer.created_at`, and whether the file itself told it."""
    if "customer.created_at" in frame.column_names:
        return frame, True
    dates = [frame.column(name).combine_chunks() for name in _BEGINNINGS if name in frame.column_names]
    if not dates:
        return frame, False
    return frame.append_column("customer.created_at", staging.earliest_of(*dates)), False


def _with_city_and_country(people: pa.Table, frame: pa.Table) -> pa.Table:
    """Targets kept in custom fields under their own names, beside the columns of the table."""
    names = {
        target.field: name
        for name, target in TARGETS.items()
        if target.custom_field is not None and name in frame.column_names and target.field in people.column_names
    }
    return people.rename_columns([names.get(name, name) for name in people.column_names])


def _settle(load: Load) -> None:
    """`persons`: each person of the file, the customer that it is or will be, and whether others are the same one.

    New customers get their keys in the file's order, which is often that of its codes too: neighbours in the file are
    neighbours in the indexes, and 95,000 customers go in in 7 s instead of 9 (PostgreSQL 18).
    """
    load.run(
        f"""
        create temporary table leaders on commit drop as
        select leader, coalesce(customer_id, {load.new_key}) as customer_id, customer_id is null as is_new, people
        from (
            select l.leader, k.customer_id, l.people
            from (select leader, count(*) as people from identities where person >= 0 group by leader) l
            left join known k on k.person = l.leader
            order by l.leader
        ) ordered
        """
    )
    load.run(
        """
        create temporary table persons on commit drop as
        select i.person, l.customer_id, l.is_new, l.people > 1 as is_shared from identities i join leaders l using (leader) where i.person >= 0
        """
    )
    load.run("create index on persons (person)")
    load.run("analyze persons")


def _fold_people(load: Load, staged: pa.Table, fields: list[custom_fields.FilledField]) -> None:
    """`incoming_customers`: one row a customer, with the last value that any of its people brings."""
    columns = []
    for name, target, value, _ in _COLUMNS:
        own = target.partition(".")[2]
        if own in staged.column_names:
            columns.append(f"{value or own} as {name}")
    names = [sql_column(column) for column in staged.column_names if column != "person"]
    last = ", ".join(
        'min("created_at") as "created_at"'
        if name == "created_at"
        else f'(array_agg("{name}" order by person desc) filter (where "{name}" is not null))[1] as "{name}"'
        for name in names
    )
    # Most people are one row: only the others have to be sorted and put together.
    alone = ", ".join(f'"{name}"' for name in names)
    source = f"""(
        select person, {alone} from people join persons p using (person) where not p.is_shared
        union all
        select min(person), {last} from people join persons p using (person) where p.is_shared group by p.customer_id
    )"""
    custom = ", ".join(
        f"{as_json(staged, fields, policy)} as {name}"
        for policy, name in ((OVERWRITE, CUSTOM_OVERWRITE), (FILL, CUSTOM_FILL), (NEVER, CUSTOM_NEVER))
    )
    load.run(
        f"""
        create temporary table incoming_customers on commit drop as
        select p.customer_id as row_id, p.is_new, {", ".join(columns)}, {custom}
        from {source} s join persons p using (person)
        """
    )
    load.run("analyze incoming_customers (row_id, is_new)")
