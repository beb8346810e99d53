"""The interactions of a sheet into `interactions`."""

import numpy as np
import pyarrow as pa

from ingest.loading import custom_fields, lists, required, staging
from ingest.loading.context import FILL, NEVER, OVERWRITE, Load
from ingest.loading.custom_fields import as_json, sql_column
from ingest.loading.kinds import UNSAID
from ingest.loading.staging import NO_GROUP, Codes
from ingest.loading.upsert import CUSTOM_FILL, CUSTOM_NEVER, CUSTOM_OVERWRITE, Field, upsert

_LISTS = {
    "interaction.type": "interactions.type",
    "interaction.channel": "interactions.channel",
    "interaction.outcome": "interactions.outcome",
}
_TEXTS = ("direction", "channel", "notes", "outcome")


def load_interactions(load: Load, frame: pa.Table, people: Codes) -> None:
    """Write the interactions of `frame`; `people` is the customer of each row, a number of the table `persons`.

    One without an external id that equals an interaction that is there already (customer, moment, type, notes) is that one.
    """
    frame = lists.canonical(load, frame, _LISTS)
    fields = custom_fields.ensure(load, frame, "interaction")
    keyed = "interaction.external_id" in frame.column_names
    groups = staging.one_each_where_none(
        staging.codes(frame, ["interaction.external_id"])
        if keyed
        else np.full(frame.num_rows, NO_GROUP, dtype=np.int64)
    )
    count = int(groups.max(initial=NO_GROUP)) + 1
    names = {
        name: name if ".custom:" in name else name.partition(".")[2]
        for name in frame.column_names
        if name.startswith("interaction.")
    }
    table = staging.last_values(frame, groups, count, names)
    for name in ("external_id", "type", "notes"):
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(count, pa.string()))
    person = pa.table({"person": pa.array(people, mask=people == NO_GROUP)})
    table = table.append_column(
        "person", staging.last_values(person, groups, count, {"person": "person"}).column("person")
    )
    table = table.append_column("row", pa.array(np.arange(count, dtype=np.int64)))
    staging.create(load.cursor, "rows", table.rename_columns([sql_column(name) for name in table.column_names]))
    _incoming(load, table, fields)
    custom_defaults = required.require_whole(load, "interaction", frame, groups, "incoming_interactions s")
    present = [Field("customer_id"), Field("date_time", load.policy("interaction.date_time"))]
    present += [Field("type", load.policy("interaction.type"), f"'{UNSAID}'"), Field("external_id")]
    present += [Field(name, load.policy(f"interaction.{name}")) for name in _TEXTS if name in table.column_names]
    if "followup_date" in table.column_names:
        present.append(Field("followup_date", load.policy("interaction.followup_date")))
    outcome = upsert(
        load,
        table="interactions",
        key="interaction_id",
        source="incoming_interactions",
        fields=present,
        with_custom=bool(fields),
        custom_defaults=custom_defaults,
    )
    load.count("interactions", outcome.inserted, outcome.updated, outcome.unchanged)
    load.counts.duplicates += frame.num_rows - outcome.inserted - outcome.updated - outcome.unchanged


def _incoming(load: Load, table: pa.Table, fields: list[custom_fields.FilledField]) -> None:
    names = table.column_names
    texts = "".join(f"s.{name}, " for name in _TEXTS if name in names)
    followup = "(s.followup_date at time zone 'America/Costa_Rica')::date as followup_date, "
    custom = ", ".join(
        f"{as_json(table, fields, policy)} as {name}"
        for policy, name in ((OVERWRITE, CUSTOM_OVERWRITE), (FILL, CUSTOM_FILL), (NEVER, CUSTOM_NEVER))
    )
    load.run(
        f"""
        create temporary table incoming_interactions on commit drop as
        select s.row, null::uuid as row_id, true as is_new, p.customer_id, s.date_time, s.type, s.external_id,
            {"" if "notes" in texts else "null::text as notes, "}{texts}
            {followup if "followup_date" in names else ""}{custom}
        from rows s join persons p on p.person = s.person
        """
    )
    load.run(
        """
        update incoming_interactions i set row_id = o.interaction_id, is_new = false
        from interactions o where o.external_id = i.external_id
        """
    )
    numbered = "row_number() over (partition by customer_id, date_time, {}, notes order by {})"
    load.run(
        f"""
        with there as (
            select *, {numbered.format("type", "interaction_id")} as copy from interactions where external_id is null
        ), incoming as (
            select *, {numbered.format(f"coalesce(type, '{UNSAID}')", '"row"')} as copy
            from incoming_interactions where external_id is null
        )
        update incoming_interactions u set row_id = o.interaction_id, is_new = false
        from incoming i join there o on o.customer_id = i.customer_id and o.date_time = i.date_time
            and o.type = coalesce(i.type, '{UNSAID}') and o.notes is not distinct from i.notes and o.copy = i.copy
        where u.row = i.row
        """
    )
    load.run(f"update incoming_interactions set row_id = {load.new_key} where row_id is null")
