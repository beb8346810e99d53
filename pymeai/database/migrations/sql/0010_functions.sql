-- What is written beside a change, once a statement instead of once a row. A statement of one row, which most are, goes by
-- plans that the backend keeps; of many rows, by a text that is planned for as many as there are. What the triggers share
-- stands in functions that are no triggers: of those a backend keeps one, of a trigger's one for each tenant's table.

-- What a row had that it has no more, or has now that it had not: every column that says something, where there was no row.
create function platform.changed_values(image jsonb, other jsonb) returns jsonb
language plpgsql immutable parallel safe as $$
begin
    if other is null then
        return jsonb_strip_nulls(image);
    end if;
    return (select jsonb_object_agg(key, value) from jsonb_each(image) where value is distinct from other -> key);
end
$$;

create function platform.audit_action(entity text, was jsonb, became jsonb) returns text
language sql immutable parallel safe as $$
    select case
        when was is null then 'created'
        when became is null then 'deleted'
        when was ->> 'deleted_at' is null and became ->> 'deleted_at' is not null then 'deleted'
        when was ->> 'deleted_at' is not null and became ->> 'deleted_at' is null then 'restored'
        when entity = 'opportunity' and was -> 'status' is distinct from became -> 'status' then
            case became ->> 'status' when 'open' then 'reopened' else became ->> 'status' end
        else 'updated'
    end
$$;

-- As before, for the changes of one statement: one delivery each for each of the organization's webhooks that listens. This
-- and the next are called by write_audit alone, with its owner's rights and its empty search_path: setting these once more
-- for each took as long as what they do.
drop function platform.queue_webhooks(uuid, text, text, uuid);
create function platform.queue_webhooks(organization uuid, entity_name text, actions text[], entity_keys uuid[])
returns void language plpgsql as $$
begin
    if not exists (select from platform.webhooks where organization_id = organization and is_active) then
        return;
    end if;
    insert into platform.webhook_deliveries (webhook_id, organization_id, event, entity, entity_id, next_attempt_at)
    select w.webhook_id, w.organization_id, entity_name || '.' || c.action, entity_name, c.key, greatest(now(), w.paused_until)
    from unnest(actions, entity_keys) with ordinality c (action, key, place)
    join platform.webhooks w on entity_name || '.' || c.action = any (w.events) or '*' = any (w.events)
    where w.organization_id = organization and w.is_active
    order by c.place;
end
$$;
revoke execute on function platform.queue_webhooks(uuid, text, text[], uuid[]) from public;

create function platform.write_audit_line(tenant_schema text, entity text, key_column text, was jsonb, became jsonb)
returns void language plpgsql as $$
declare
    action text := platform.audit_action(entity, was, became);
    image jsonb := coalesce(became, was);
    entity_key uuid := image ->> key_column;
begin
    execute format(
        'insert into %I.audit_log (user_id, api_key_id, action, entity, entity_id, before, after, request_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8)',
        tenant_schema
    ) using
        nullif(current_setting('pymeai.user_id', true), '')::uuid,
        nullif(current_setting('pymeai.api_key_id', true), '')::uuid,
        action, entity, entity_key,
        platform.changed_values(was, became), platform.changed_values(became, was),
        nullif(current_setting('pymeai.request_id', true), '');
    perform platform.queue_webhooks((image ->> 'organization_id')::uuid, entity, array[action], array[entity_key]);
end
$$;
revoke execute on function platform.write_audit_line(text, text, text, jsonb, jsonb) from public;

-- Arguments: the entity's name, its key's column, and the columns (with commas between) whose change is no edit.
create or replace function platform.write_audit() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    unwatched text[] := string_to_array(tg_argv[2], ',');
    number bigint;
    was jsonb;
    became jsonb;
    images text;
    organization uuid;
    actions text[];
    entity_keys uuid[];
begin
    -- The first row, and how many there are.
    if tg_op = 'INSERT' then
        select to_jsonb(n) - unwatched, (select count(*) from new_rows) into became, number from new_rows n;
        images := 'select null::jsonb as was, to_jsonb(n) - $1 as became from new_rows n';
    elsif tg_op = 'DELETE' then
        select to_jsonb(o) - unwatched, (select count(*) from old_rows) into was, number from old_rows o;
        images := 'select to_jsonb(o) - $1 as was, null::jsonb as became from old_rows o';
    else
        select to_jsonb(o) - unwatched, to_jsonb(n) - unwatched, (select count(*) from new_rows)
        into was, became, number from old_rows o cross join new_rows n;
        -- Full: where a key was changed, two lines without a pair, and not none.
        images := 'select to_jsonb(o) - $1 as was, to_jsonb(n) - $1 as became from old_rows o full join new_rows n using (%I)';
    end if;
    if number = 1 then
        if was is distinct from became then
            perform platform.write_audit_line(tg_table_schema, tg_argv[0], tg_argv[1], was, became);
        end if;
    elsif number > 1 then
        execute format(
            'with written as (
                insert into %1$I.audit_log (user_id, api_key_id, action, entity, entity_id, before, after, request_id)
                select
                    $4, $5, platform.audit_action($2, was, became), $2, (coalesce(became, was) ->> $3)::uuid,
                    platform.changed_values(was, became), platform.changed_values(became, was), $6
                from (%2$s offset 0) images
                where was is distinct from became
                returning organization_id, action, entity_id
            )
            select organization_id, array_agg(action), array_agg(entity_id) from written group by organization_id',
            tg_table_schema, format(images, tg_argv[1])
        ) into organization, actions, entity_keys using
            unwatched, tg_argv[0], tg_argv[1],
            nullif(current_setting('pymeai.user_id', true), '')::uuid,
            nullif(current_setting('pymeai.api_key_id', true), '')::uuid,
            nullif(current_setting('pymeai.request_id', true), '');
        perform platform.queue_webhooks(organization, tg_argv[0], actions, entity_keys);
    end if;
    return null;
end
$$;

-- One move, or the first entry where there is no stage that is left.
create function platform.write_stage_move(
    tenant_schema text, opportunity uuid, entered uuid, departed uuid, moved_at timestamptz, is_administrative boolean
)
returns void language plpgsql as $$
begin
    if departed is not null then
        execute format(
            'update %I.stage_history set time_in_stage = greatest(0, extract(epoch from $2 - changed_at))::integer
             where opportunity_id = $1 and time_in_stage is null',
            tenant_schema
        ) using opportunity, moved_at;
    end if;
    execute format(
        'insert into %I.stage_history (opportunity_id, stage_id, from_stage_id, user_id, changed_at, is_administrative)
         values ($1, $2, $3, $4, $5, $6)',
        tenant_schema
    ) using
        opportunity, entered, departed, nullif(current_setting('pymeai.user_id', true), '')::uuid, moved_at,
        is_administrative;
end
$$;

create or replace function platform.write_stage_history() returns trigger language plpgsql as $$
declare
    is_administrative boolean := tg_op = 'UPDATE' and coalesce(current_setting('pymeai.administrative_move', true), '') = 'on';
    first_row record;
    moves text := 'select opportunity_id, stage_id, null::uuid as from_stage_id, last_stage_change as moved_at from new_rows';
    departures text := '';
begin
    if tg_op = 'INSERT' then
        select n.opportunity_id, n.stage_id, null::uuid as from_stage_id, n.last_stage_change as moved_at,
            (select count(*) from new_rows) as number
        into first_row from new_rows n;
    else
        select n.opportunity_id, n.stage_id, o.stage_id as from_stage_id,
            case
                when is_administrative and n.last_stage_change is not distinct from o.last_stage_change then clock_timestamp()
                else n.last_stage_change
            end as moved_at,
            (select count(*) from new_rows) as number
        into first_row from old_rows o cross join new_rows n;
    end if;
    if first_row.number = 1 then
        if first_row.stage_id is distinct from first_row.from_stage_id then
            perform platform.write_stage_move(
                tg_table_schema, first_row.opportunity_id, first_row.stage_id, first_row.from_stage_id, first_row.moved_at,
                is_administrative
            );
        end if;
        return null;
    elsif first_row.number is null then
        return null;
    end if;
    if tg_op = 'UPDATE' then
        moves := 'select
                opportunity_id, n.stage_id, o.stage_id as from_stage_id,
                case
                    when $2 and n.last_stage_change is not distinct from o.last_stage_change then clock_timestamp()
                    else n.last_stage_change
                end as moved_at
            from old_rows o join new_rows n using (opportunity_id)
            where n.stage_id <> o.stage_id';
        departures := format(
            ', departures as (
                update %I.stage_history h set time_in_stage = greatest(0, extract(epoch from moved_at - changed_at))::integer
                from moves where h.opportunity_id = moves.opportunity_id and h.time_in_stage is null
            )',
            tg_table_schema
        );
    end if;
    execute format(
        'with moves as materialized (%1$s) %2$s
        insert into %3$I.stage_history (opportunity_id, stage_id, from_stage_id, user_id, changed_at, is_administrative)
        select opportunity_id, stage_id, from_stage_id, $1, moved_at, $2 from moves',
        moves, departures, tg_table_schema
    ) using nullif(current_setting('pymeai.user_id', true), '')::uuid, is_administrative;
    return null;
end
$$;
