-- Which organization the *login* belongs to. Never a setting: SQL text can change a setting (docs/architecture.md).
create function platform.current_organization() returns uuid
language sql stable security definer parallel safe set search_path = '' as $$
    select organization_id from platform.tenant_roles where role_name = session_user
$$;

create function platform.set_updated_at() returns trigger language plpgsql as $$
begin
    new.updated_at := now();
    return new;
end
$$;

-- One row a transaction and tenant says that its marts are behind; see platform.tenant_changes.
create function platform.mark_changed() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    insert into platform.tenant_changes (organization_id, transaction_id)
    values (tg_argv[0]::uuid, pg_current_xact_id()::text::bigint)
    on conflict do nothing;
    return null;
end
$$;

create function platform.set_last_interaction() returns trigger language plpgsql as $$
declare
    touched text;
begin
    touched := case tg_op
        when 'INSERT' then 'select customer_id from new_rows'
        when 'DELETE' then 'select customer_id from old_rows'
        else 'select customer_id from new_rows union select customer_id from old_rows'
    end;
    execute format(
        'update %1$I.customers c set last_interaction = latest.date_time
         from (
             select t.customer_id, max(i.date_time) as date_time
             from (%2$s) t left join %1$I.interactions i using (customer_id)
             group by 1
         ) latest
         where c.customer_id = latest.customer_id and c.last_interaction is distinct from latest.date_time',
        tg_table_schema, touched
    );
    return null;
end
$$;

-- An opportunity's status follows its stage's kind, and each entry into a stage leaves a row of history.
create function platform.enter_stage() returns trigger language plpgsql as $$
declare
    stage_kind text;
begin
    if tg_op = 'UPDATE' and new.stage_id = old.stage_id then
        return new;
    end if;
    execute format('select kind from %I.stages where stage_id = $1', tg_table_schema) into stage_kind using new.stage_id;
    if tg_op = 'INSERT' then
        new.last_stage_change := coalesce(new.last_stage_change, new.created_at, now());
    elsif new.last_stage_change is not distinct from old.last_stage_change then
        new.last_stage_change := now();
    end if;
    new.status := coalesce(stage_kind, new.status);
    new.won_at := case when new.status = 'won' then coalesce(new.won_at, new.last_stage_change) end;
    new.lost_at := case when new.status = 'lost' then coalesce(new.lost_at, new.last_stage_change) end;
    return new;
end
$$;

create function platform.write_stage_history() returns trigger language plpgsql as $$
declare
    acting_user uuid := nullif(current_setting('pymeai.user_id', true), '')::uuid;
begin
    if tg_op = 'UPDATE' then
        if new.stage_id = old.stage_id then
            return null;
        end if;
        execute format(
            'update %I.stage_history set time_in_stage = greatest(0, extract(epoch from $2 - changed_at))::integer
             where opportunity_id = $1 and time_in_stage is null',
            tg_table_schema
        ) using new.opportunity_id, new.last_stage_change;
    end if;
    execute format(
        'insert into %I.stage_history (opportunity_id, stage_id, from_stage_id, user_id, changed_at)
         values ($1, $2, $3, $4, $5)',
        tg_table_schema
    ) using new.opportunity_id, new.stage_id, case when tg_op = 'UPDATE' then old.stage_id end, acting_user, new.last_stage_change;
    return null;
end
$$;
