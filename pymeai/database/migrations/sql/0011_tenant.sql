-- Run once for each tenant with its schema as search_path. The triggers as before, but that the new column is no edit.
create index customers_search_idx on customers using gin (search_text gin_trgm_ops);
drop trigger write_audit_insert on customers;
drop trigger write_audit_update on customers;
drop trigger write_audit_delete on customers;
create trigger write_audit_insert after insert on customers referencing new table as new_rows
for each statement when (coalesce(current_setting('pymeai.unaudited', true), '') = '')
execute function platform.write_audit(
    'customer', 'customer_id', 'updated_at,last_interaction,segment,lifetime_value,search_text'
);
create trigger write_audit_update after update on customers referencing old table as old_rows new table as new_rows
for each statement when (coalesce(current_setting('pymeai.unaudited', true), '') = '')
execute function platform.write_audit(
    'customer', 'customer_id', 'updated_at,last_interaction,segment,lifetime_value,search_text'
);
create trigger write_audit_delete after delete on customers referencing old table as old_rows
for each statement when (coalesce(current_setting('pymeai.unaudited', true), '') = '')
execute function platform.write_audit(
    'customer', 'customer_id', 'updated_at,last_interaction,segment,lifetime_value,search_text'
);
