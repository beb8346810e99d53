"""The opportunities of a sheet into `opportunities`, with their pipelines, stages and history."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.loading import custom_fields, lists, required, staging
from ingest.loading.context import FILL, NEVER, OVERWRITE, Load
from ingest.loading.custom_fields import as_json, sql_column
from ingest.loading.rates import Rates, with_rates
from ingest.loading.stages import NamedStage, settle
from ingest.loading.staging import NO_GROUP, Codes
from ingest.loading.upsert import CUSTOM_FILL, CUSTOM_NEVER, CUSTOM_OVERWRITE, Field, upsert

_LISTS = {
    "opportunity.pipeline": "pipelines.name",
    "opportunity.stage": "stages.name",
    "opportunity.product": "opportunities.product",
    "opportunity.seller": "opportunities.seller",
    "opportunity.source": "opportunities.source",
    "opportunity.lost_reason": "opportunities.lost_reason",
}
_DATES = ("created_at", "entered_stage_at", "closed_at")
_TEXTS = ("seller", "product", "lost_reason", "source", "description", "external_id")
_INSTANT = pa.timestamp("us", "UTC")


def load_opportunities(load: Load, frame: pa.Table, people: Codes, rates: Rates) -> None:
    """Write the opportunities of `frame`; `people` is the customer of each row, a number of the table `persons`.

    Creation, entry into the stage and closing are the sheet's. A row without any date takes the last day that the sheet
    knows of, since it was written then at the latest.
    """
    frame = lists.canonical(load, frame, _LISTS)
    fields = custom_fields.ensure(load, frame, "opportunity")
    staged, groups = _staged(load, frame, people, rates)
    staging.create(load.cursor, "rows", staged.rename_columns([sql_column(name) for name in staged.column_names]))
    _incoming(load, staged, fields)
    _match(load)
    custom_defaults = required.require_whole(load, "opportunity", frame, groups, "incoming_opportunities s")
    names = staged.column_names
    present = [
        Field("pipeline_id", load.policy("opportunity.pipeline")),
        Field("stage_id", load.policy("opportunity.stage")),
        Field("last_stage_change", load.policy("opportunity.stage"), guard=_MOVED),
        Field("customer_id", load.policy("opportunity.customer")),
        Field("title", load.policy("opportunity.title")),
        Field("currency", load.policy("opportunity.currency")),
        Field("exchange_rate", load.policy("opportunity.exchange_rate")),
        Field("created_at", load.policy("opportunity.created_at"), "now()"),
        Field("won_at", load.policy("opportunity.closed_at")),
        Field("lost_at", load.policy("opportunity.closed_at")),
    ]
    present += [Field(name, load.policy(f"opportunity.{name}")) for name in _TEXTS if name in names]
    if "value" in names:
        present.append(Field("value", load.policy("opportunity.value"), "0"))
    if "expected_close_date" in names:
        present.append(Field("expected_close_date", load.policy("opportunity.expected_close_date")))
    if "probability" in names:
        present.append(Field("probability_override", load.policy("opportunity.probability")))
    outcome = upsert(
        load,
        table="opportunities",
        key="opportunity_id",
        source="incoming_opportunities",
        fields=present,
        with_custom=bool(fields),
        custom_defaults=custom_defaults,
    )
    load.count("opportunities", outcome.inserted, outcome.updated, outcome.unchanged)
    load.counts.duplicates += frame.num_rows - outcome.inserted - outcome.updated - outcome.unchanged


# Where the stage stays, so does the day on which it was entered, unless the sheet knows better.
_MOVED = "s.dated or t.stage_id <> s.stage_id"


def _staged(load: Load, frame: pa.Table, people: Codes, rates: Rates) -> tuple[pa.Table, Codes]:
    """One row an opportunity of the file (the last of those with one external id), with the ids of its stage.

    Also for each row of the file which of them it is.
    """
    keyed = "opportunity.external_id" in frame.column_names
    groups = staging.one_each_where_none(
        staging.codes(frame, ["opportunity.external_id"])
        if keyed
        else np.full(frame.num_rows, NO_GROUP, dtype=np.int64)
    )
    count = int(groups.max(initial=NO_GROUP)) + 1
    names = {name: name.partition(".")[2] for name in frame.column_names if name.startswith("opportunity.")}
    names = {name: name if ".custom:" in name else short for name, short in names.items()}
    table = staging.last_values(frame, groups, count, names)
    for name in ("title", "stage", "pipeline", "status", "product", "external_id"):
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(count, pa.string()))
    for name in _DATES:
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(count, _INSTANT))
    person = pa.table({"person": pa.array(people, mask=people == NO_GROUP)})
    owners = staging.last_values(person, groups, count, {"person": "person"})
    table = table.append_column("person", owners.column("person"))
    table = table.append_column("row", pa.array(np.arange(count, dtype=np.int64)))
    table = table.append_column("sheet_day", _sheet_day(load, table))
    table = with_rates(load, table, "sheet_day", rates)
    return _with_stages(load, table), groups


def _sheet_day(load: Load, table: pa.Table) -> pa.Array:
    """For each row a day by which it was written: its own earliest date, or the last one of the sheet."""
    dates = [table.column(name).combine_chunks() for name in _DATES]
    own = staging.earliest_of(*dates)
    latest = pc.max(staging.latest_of(*dates)).as_py()
    undated = own.null_count
    if undated and latest is not None:
        load.notes.append(
            f"{undated} oportunidades no tienen ninguna fecha: se les pone la última de la hoja ({latest:%d/%m/%Y})."
        )
    return pc.fill_null(own, pa.scalar(latest, _INSTANT)) if latest is not None else own


def _with_stages(load: Load, table: pa.Table) -> pa.Table:
    names = ["pipeline", "stage", "status"]
    groups, distinct = staging.distinct_rows(table, names)
    stages = [NamedStage(**entry) for entry in distinct.to_pylist()]
    settled = settle(load, stages)
    pipelines = pa.array([str(settled[stage][0]) for stage in stages], pa.string())
    ids = pa.array([str(settled[stage][1]) for stage in stages], pa.string())
    table = table.drop_columns(names)
    table = table.append_column("pipeline_id", pipelines.take(pa.array(groups)))
    return table.append_column("stage_id", ids.take(pa.array(groups)))


def _incoming(load: Load, staged: pa.Table, fields: list[custom_fields.FilledField]) -> None:
    names = staged.column_names
    texts = "".join(f"s.{name}, " for name in _TEXTS if name in names)
    value = "round(s.value, 5)::numeric(18, 5) as value, " if "value" in names else ""
    expected = "(s.expected_close_date at time zone 'America/Costa_Rica')::date as expected_close_date, "
    probability = "round(least(greatest(s.probability, 0), 100), 2) as probability_override, "
    custom = ", ".join(
        f"{as_json(staged, fields, policy)} as {name}"
        for policy, name in ((OVERWRITE, CUSTOM_OVERWRITE), (FILL, CUSTOM_FILL), (NEVER, CUSTOM_NEVER))
    )
    customer = "coalesce(c.company_name, nullif(concat_ws(' ', c.first_name, c.last_name), ''))"
    entered = (
        "case when g.kind = 'open' then coalesce(s.entered_stage_at, s.created_at, s.sheet_day) "
        "else coalesce(s.closed_at, s.entered_stage_at, s.created_at, s.sheet_day) end"
    )
    load.run(
        f"""
        create temporary table incoming_opportunities on commit drop as
        select s.row, null::uuid as row_id, true as is_new, s.pipeline_id::uuid as pipeline_id,
            s.stage_id::uuid as stage_id, p.customer_id,
            coalesce(s.title, nullif(concat_ws(' – ', s.product, {customer}), ''), s.external_id, 'Oportunidad') as title,
            s.currency, round(s.exchange_rate, 5)::numeric(12, 5) as exchange_rate,
            coalesce(s.created_at, s.sheet_day) as created_at,
            {entered} as last_stage_change,
            coalesce(s.entered_stage_at, s.closed_at, s.created_at) is not null as dated,
            case when g.kind = 'won' then s.closed_at end as won_at,
            case when g.kind = 'lost' then s.closed_at end as lost_at,
            {texts}{value}{expected if "expected_close_date" in names else ""}
            {probability if "probability" in names else ""}{custom}
        from rows s
        join stages g on g.stage_id = s.stage_id::uuid
        left join persons p on p.person = s.person
        left join customers c on c.customer_id = p.customer_id
        """
    )


def _match(load: Load) -> None:
    """By external id; without one, the open or closed opportunity of the same title, customer and creation."""
    load.run(
        """
        update incoming_opportunities i set row_id = o.opportunity_id, is_new = false
        from opportunities o where o.external_id = i.external_id and o.deleted_at is null
        """
    )
    same = "platform.fold(o.title) = platform.fold(i.title) and o.customer_id is not distinct from i.customer_id"
    numbered = "row_number() over (partition by platform.fold(title), customer_id, created_at order by {})"
    load.run(
        f"""
        with there as (
            select *, {numbered.format("opportunity_id")} as copy from opportunities
            where external_id is null and deleted_at is null
        ), incoming as (
            select *, {numbered.format('"row"')} as copy from incoming_opportunities where external_id is null
        )
        update incoming_opportunities u set row_id = o.opportunity_id, is_new = false
        from incoming i join there o on {same} and o.created_at is not distinct from i.created_at and o.copy = i.copy
        where u.row = i.row
        """
    )
    load.run(f"update incoming_opportunities set row_id = {load.new_key} where row_id is null")
