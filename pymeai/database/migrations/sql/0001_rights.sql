grant usage on schema platform to pymeai_api, pymeai_pipeline, pymeai_tenant;
grant select, insert, update, delete on all tables in schema platform to pymeai_api;
revoke all on platform.tenant_roles, platform.pipeline_scope from pymeai_api;
grant select on platform.organizations, platform.exchange_rates to pymeai_pipeline;
grant select (user_id, organization_id, first_name, last_name, role, is_active) on platform.users to pymeai_pipeline;
grant select, insert, update, delete on platform.tenant_changes, platform.tenant_status, platform.pipeline_scope to pymeai_pipeline;

grant usage on schema crm to pymeai_pipeline;
grant select on all tables in schema crm to pymeai_pipeline;
grant update (segment, lifetime_value, last_interaction) on crm.customers to pymeai_pipeline;
grant update (probability) on crm.opportunities to pymeai_pipeline;
grant insert, update, delete on crm.analytics_data to pymeai_pipeline;

-- Every mart is readable by name and shows only the rows that row-level security grants to the login.
set local role pymeai_pipeline;
grant usage on schema analytics to public;
create table analytics.customer_segments (
    organization_id uuid not null,
    customer_id uuid not null,
    segment text not null,
    flags text[] not null default '{}',
    group_name text,
    reasons jsonb not null default '[]',
    recency_days integer,
    frequency integer not null,
    monetary numeric(18, 5) not null,
    cadence_days numeric(10, 2),
    thresholds_version text not null,
    computed_at timestamptz not null default now(),
    primary key (organization_id, customer_id)
);
alter table analytics.customer_segments enable row level security;
alter table analytics.customer_segments force row level security;
create policy reader on analytics.customer_segments for select
    using (organization_id = (select platform.current_organization()));
create policy pipeline on analytics.customer_segments to pymeai_pipeline using (true) with check (true);
grant select on analytics.customer_segments to public;
reset role;
