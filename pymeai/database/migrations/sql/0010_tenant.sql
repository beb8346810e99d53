-- Run once for each tenant with its schema as search_path. A trigger with transition tables has one event, and no columns.
do $$
declare
    audited record;
    event text;
    referenced text;
begin
    for audited in
        select tgrelid::regclass as name, string_to_array(encode(tgargs, 'escape'), '\000') as arguments
        from pg_trigger join pg_class c on c.oid = tgrelid
        where tgname = 'write_audit' and c.relnamespace = current_schema()::regnamespace
    loop
        execute format('drop trigger write_audit on %s', audited.name);
        foreach event in array array['insert', 'update', 'delete'] loop
            referenced := concat_ws(
                ' ', case when event <> 'insert' then 'old table as old_rows' end,
                case when event <> 'delete' then 'new table as new_rows' end
            );
            execute format(
                'create trigger write_audit_%1$s after %1$s on %2$s referencing %3$s for each statement
                 when (coalesce(current_setting(''pymeai.unaudited'', true), '''') = '''')
                 execute function platform.write_audit(%4$L, %5$L, %6$L)',
                event, audited.name, referenced, audited.arguments[1], audited.arguments[2], audited.arguments[3]
            );
        end loop;
    end loop;
end
$$;
drop trigger if exists write_stage_history on opportunities;
create trigger write_stage_history_insert after insert on opportunities referencing new table as new_rows
for each statement execute function platform.write_stage_history();
create trigger write_stage_history_update after update on opportunities
referencing old table as old_rows new table as new_rows
for each statement execute function platform.write_stage_history();
