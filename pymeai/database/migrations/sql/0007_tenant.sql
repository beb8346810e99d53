-- Run once for each tenant with its schema as search_path.
alter table import_changes add after jsonb;
