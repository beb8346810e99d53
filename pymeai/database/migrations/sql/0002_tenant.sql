-- Run once for each tenant with its schema as search_path; {organization} and {app_role} are filled in.
drop index customers_search_idx, customers_custom_fields_idx;
create index customers_search_idx on customers using gin (
    platform.customer_text(
        first_name, last_name, company_name, email::text, phone, phone_alt, identification_number, external_id
    ) gin_trgm_ops
);
create index customers_custom_fields_idx on customers using gin (custom_fields, tags);
create index customers_updated_at_idx on customers (updated_at);
create index customers_lifetime_value_idx on customers (lifetime_value);
create index customers_last_interaction_idx on customers (last_interaction);
create index customers_segment_idx on customers (segment, created_at);
create index customers_owner_user_id_idx on customers (owner_user_id) where owner_user_id is not null;
create index opportunities_user_id_idx on opportunities (user_id, status);
create index opportunities_custom_fields_idx on opportunities using gin (custom_fields);
drop index opportunities_stage_id_idx;
create index opportunities_stage_id_idx on opportunities (stage_id, board_position, opportunity_id);
create index interactions_date_time_idx on interactions (date_time);
create index sales_opportunity_id_idx on sales (opportunity_id) where opportunity_id is not null;
create index interactions_opportunity_id_idx on interactions (opportunity_id) where opportunity_id is not null;
create index audit_log_entity_id_idx on audit_log (entity_id, created_at);
create index import_changes_row_id_idx on import_changes (row_id) where row_id is not null;

update pipelines set position = 0;
alter table pipelines alter position set default 0, alter position set not null;
alter table interaction_types
    add position integer not null default 0, add archived_at timestamptz, add template_key text;
alter table dashboards add template_key text;
alter table alerts
    add updated_at timestamptz not null default now(),
    add is_active boolean not null default true,
    add template_key text;
alter table audit_log add api_key_id uuid;
alter table custom_fields add constraint custom_fields_template_key_key unique (template_key);
alter table interaction_types add constraint interaction_types_template_key_key unique (template_key);
alter table pipelines add constraint pipelines_template_key_key unique (template_key);
alter table stages add constraint stages_template_key_key unique (template_key);
alter table dashboards add constraint dashboards_template_key_key unique (template_key);
alter table alerts add constraint alerts_template_key_key unique (template_key);

create table customer_merges (
    merge_id uuid not null default platform.uuid_v7(),
    organization_id uuid not null default '{organization}',
    kept_customer_id uuid not null,
    merged_customer_id uuid not null,
    before jsonb not null,
    after jsonb not null,
    moved jsonb not null,
    merged_by uuid,
    merged_at timestamptz not null default now(),
    undone_by uuid,
    undone_at timestamptz,
    constraint customer_merges_pkey primary key (merge_id),
    constraint customer_merges_kept_customer_id_fkey
    foreign key (kept_customer_id) references customers (customer_id) on delete cascade,
    constraint customer_merges_merged_customer_id_fkey
    foreign key (merged_customer_id) references customers (customer_id) on delete cascade,
    constraint customer_merges_organization_id_check check (organization_id = '{organization}')
);
create index customer_merges_kept_customer_id_idx on customer_merges (kept_customer_id);
grant select, insert, update, delete on customer_merges to {app_role};

drop trigger set_updated_at on customers;
create trigger set_updated_at before update of
    customer_id, organization_id, kind, first_name, last_name, company_name, identification_type,
    identification_number, email, phone, phone_alt, address, province, canton, district, tags, owner_user_id,
    external_id, consent, source, custom_fields, status, created_at, deleted_at, merged_into, erased_at on customers
for each row execute function platform.set_updated_at();
drop trigger set_updated_at on opportunities;
create trigger set_updated_at before update of
    opportunity_id, organization_id, pipeline_id, stage_id, customer_id, user_id, seller, title, value, currency,
    exchange_rate, product, status, lost_reason, created_at, last_stage_change, expected_close_date, won_at, lost_at,
    probability_override, next_step_at, description, source, external_id, custom_fields, deleted_at on opportunities
for each row execute function platform.set_updated_at();
create trigger set_updated_at before update of
    alert_id, organization_id, name, query, condition, schedule, channel, created_by, created_at, is_active,
    template_key on alerts
for each row execute function platform.set_updated_at();
create trigger write_audit after insert or update or delete on customers
for each row when (coalesce(current_setting('pymeai.unaudited', true), '') = '')
execute function platform.write_audit('customer', 'customer_id', 'updated_at,last_interaction,segment,lifetime_value');
create trigger write_audit after insert or update or delete on custom_fields
for each row when (coalesce(current_setting('pymeai.unaudited', true), '') = '')
execute function platform.write_audit('custom_field', 'field_id', '');
create trigger write_audit after insert or update or delete on interaction_types
for each row when (coalesce(current_setting('pymeai.unaudited', true), '') = '')
execute function platform.write_audit('interaction_type', 'interaction_type_id', '');
create trigger write_audit after insert or update or delete on pipelines
for each row when (coalesce(current_setting('pymeai.unaudited', true), '') = '')
execute function platform.write_audit('pipeline', 'pipeline_id', '');
create trigger write_audit after insert or update or delete on stages
for each row when (coalesce(current_setting('pymeai.unaudited', true), '') = '')
execute function platform.write_audit('stage', 'stage_id', '');
create trigger write_audit after insert or update or delete on opportunities
for each row when (coalesce(current_setting('pymeai.unaudited', true), '') = '')
execute function platform.write_audit('opportunity', 'opportunity_id', 'board_position,updated_at,probability');
create trigger write_audit after insert or update or delete on interactions
for each row when (coalesce(current_setting('pymeai.unaudited', true), '') = '')
execute function platform.write_audit('interaction', 'interaction_id', 'updated_at');
create trigger write_audit after insert or update or delete on sales
for each row when (coalesce(current_setting('pymeai.unaudited', true), '') = '')
execute function platform.write_audit('sale', 'sale_id', 'updated_at');
create trigger write_audit after insert or update or delete on dashboards
for each row when (coalesce(current_setting('pymeai.unaudited', true), '') = '')
execute function platform.write_audit('dashboard', 'dashboard_id', 'updated_at');
create trigger write_audit after insert or update or delete on alerts
for each row when (coalesce(current_setting('pymeai.unaudited', true), '') = '')
execute function platform.write_audit('alert', 'alert_id', 'updated_at,last_state');
