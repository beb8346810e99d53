alter table crm.stage_history add is_administrative boolean;

-- As before, but that a deal which is closed stays closed since when it was, whatever becomes of its stage.
create or replace function platform.enter_stage() returns trigger language plpgsql as $$
declare
    stage_kind text;
    is_administrative boolean := current_setting('pymeai.administrative_move', true) = 'on';
begin
    if tg_op = 'UPDATE' and new.stage_id = old.stage_id then
        return new;
    end if;
    execute format('select kind from %I.stages where stage_id = $1', tg_table_schema) into stage_kind using new.stage_id;
    if tg_op = 'INSERT' then
        new.last_stage_change := coalesce(new.last_stage_change, new.created_at, now());
    elsif is_administrative and stage_kind <> 'open' and stage_kind = old.status then
        null;
    elsif new.last_stage_change is not distinct from old.last_stage_change then
        new.last_stage_change := greatest(clock_timestamp(), old.last_stage_change + interval '1 microsecond');
    end if;
    new.status := coalesce(stage_kind, new.status);
    new.won_at := case when new.status = 'won' then coalesce(new.won_at, new.last_stage_change) end;
    new.lost_at := case when new.status = 'lost' then coalesce(new.lost_at, new.last_stage_change) end;
    return new;
end
$$;

-- As before, but that an administrative move is marked, and is made now whenever its deal was closed.
create or replace function platform.write_stage_history() returns trigger language plpgsql as $$
declare
    acting_user uuid := nullif(current_setting('pymeai.user_id', true), '')::uuid;
    is_administrative boolean := tg_op = 'UPDATE' and coalesce(current_setting('pymeai.administrative_move', true), '') = 'on';
    moved_at timestamptz := case
        when is_administrative and new.last_stage_change is not distinct from old.last_stage_change then clock_timestamp()
        else new.last_stage_change
    end;
begin
    if tg_op = 'UPDATE' then
        if new.stage_id = old.stage_id then
            return null;
        end if;
        execute format(
            'update %I.stage_history set time_in_stage = greatest(0, extract(epoch from $2 - changed_at))::integer
             where opportunity_id = $1 and time_in_stage is null',
            tg_table_schema
        ) using new.opportunity_id, moved_at;
    end if;
    execute format(
        'insert into %I.stage_history (opportunity_id, stage_id, from_stage_id, user_id, changed_at, is_administrative)
         values ($1, $2, $3, $4, $5, $6)',
        tg_table_schema
    ) using
        new.opportunity_id, new.stage_id, case when tg_op = 'UPDATE' then old.stage_id end, acting_user, moved_at,
        is_administrative;
    return null;
end
$$;
