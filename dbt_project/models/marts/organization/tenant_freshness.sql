{{ config(indexes=[{'columns': ['organization_id'], 'unique': true}]) }}

-- The last mart of a refresh.
-- depends_on: {{ ref('dim_customers') }}
-- depends_on: {{ ref('dim_users') }}
-- depends_on: {{ ref('dim_stages') }}
-- depends_on: {{ ref('fct_sale_lines') }}
-- depends_on: {{ ref('fct_opportunities') }}
-- depends_on: {{ ref('fct_interactions') }}

select
    organizations.organization_id,
    organizations.name,
    organizations.currency,
    organizations.time_zone,
    coalesce(scope.business_day, (now() at time zone organizations.time_zone)::date) as business_day,
    -- The start of the run: whatever was written later may not be in the marts.
    '{{ run_started_at }}'::timestamptz as refreshed_at
from {{ ref('stg_organizations') }} as organizations
left join {{ ref('stg_pipeline_scope') }} as scope on organizations.organization_id = scope.organization_id
where {{ in_scope('organizations.organization_id') }}
