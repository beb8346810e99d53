{{
    config(
        indexes=[
            {'columns': ['customer_id'], 'unique': true},
            {'columns': ['organization_id', 'segment']},
        ],
    )
}}

with

customers as (
    select * from {{ ref('stg_customers') }}
    where {{ in_scope() }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

scope as (
    select * from {{ ref('stg_pipeline_scope') }}
),

users as (
    select * from {{ ref('stg_users') }}
),

segments as (
    select * from {{ ref('stg_customer_segments') }}
    where {{ in_scope() }}
),

purchases as (
    select
        customer_id,
        min(sold_on) filter (where is_sale) as first_sale_on,
        max(sold_on) filter (where is_sale) as last_sale_on,
        count(*) filter (where is_sale) as sales_count,
        sum(amount) as net_sales,
        sum(amount_crc) as lifetime_value
    from {{ ref('fct_sales') }}
    where
        customer_id is not null
        and {{ in_scope() }}
    group by customer_id
),

dated as (
    select
        customers.*,
        organizations.currency,
        coalesce(scope.business_day, (now() at time zone organizations.time_zone)::date) as business_day,
        (customers.created_at at time zone organizations.time_zone)::date as created_on,
        (customers.last_interaction at time zone organizations.time_zone)::date as last_interaction_on
    from customers
    inner join organizations on customers.organization_id = organizations.organization_id
    left join scope on customers.organization_id = scope.organization_id
)

select
    dated.organization_id,
    dated.customer_id,
    coalesce(dated.company_name, dated.person_name, dated.email, dated.phone, dated.external_id, 'Sin nombre') as name,
    dated.kind,
    dated.person_name,
    dated.company_name,
    {{ province_name('dated.province') }} as province,
    dated.canton as canton_code,
    dated.source,
    dated.status,
    dated.tags,
    users.name as owner,
    dated.owner_user_id,
    dated.external_id,
    dated.created_on,
    least(dated.created_on, purchases.first_sale_on) as since_on,
    purchases.first_sale_on,
    purchases.last_sale_on,
    (dated.business_day - purchases.last_sale_on)::integer as days_since_last_sale,
    dated.last_interaction_on,
    coalesce(purchases.sales_count, 0)::integer as sales_count,
    dated.currency,
    coalesce(purchases.net_sales, 0)::numeric(38, 5) as net_sales,
    coalesce(purchases.lifetime_value, 0)::numeric(38, 5) as lifetime_value,
    segments.segment,
    coalesce(segments.flags, array[]::text[]) as flags,
    coalesce('en_riesgo' = any(segments.flags), false) as is_at_risk,
    coalesce('perdiendose' = any(segments.flags), false) as is_being_lost,
    coalesce('valioso' = any(segments.flags), false) as is_valuable,
    segments.group_name,
    segments.recency_days,
    segments.frequency,
    segments.monetary,
    segments.cadence_days::numeric(38, 5) as cadence_days
from dated
left join purchases on dated.customer_id = purchases.customer_id
left join segments on dated.customer_id = segments.customer_id
left join users
    on
        dated.owner_user_id = users.user_id
        and dated.organization_id = users.organization_id
