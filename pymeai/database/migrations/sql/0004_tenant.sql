-- Run once for each tenant with its schema as search_path.
alter table imports add loaded_at timestamptz;
