-- Run once for each tenant with its schema as search_path. What archiving wrote, it wrote with these notes.
update stage_history
set is_administrative = from_stage_id is not null and coalesce(notes ~ '^Se archivó (la etapa|el embudo) .*\.$', false);
alter table stage_history alter is_administrative set default false, alter is_administrative set not null;
