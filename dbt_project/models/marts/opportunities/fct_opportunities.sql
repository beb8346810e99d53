{{
    config(
        indexes=[
            {'columns': ['opportunity_id'], 'unique': true},
            {'columns': ['organization_id', 'created_on']},
            {'columns': ['organization_id', 'closed_on']},
        ],
    )
}}

with

opportunities as (
    select * from {{ ref('stg_opportunities') }}
    where {{ in_scope() }}
),

stages as (
    select * from {{ ref('stg_stages') }}
    where {{ in_scope() }}
),

pipelines as (
    select * from {{ ref('stg_pipelines') }}
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

dated as (
    select
        opportunities.*,
        organizations.currency as organization_currency,
        coalesce(scope.business_day, (now() at time zone organizations.time_zone)::date) as business_day,
        (opportunities.created_at at time zone organizations.time_zone)::date as created_on,
        (coalesce(opportunities.last_stage_change, opportunities.created_at) at time zone organizations.time_zone)::date
            as stage_since_on,
        case
            when opportunities.status = 'won'
                then coalesce(opportunities.won_at, opportunities.last_stage_change, opportunities.updated_at)
            when opportunities.status = 'lost'
                then coalesce(opportunities.lost_at, opportunities.last_stage_change, opportunities.updated_at)
        end as closed_at,
        organizations.time_zone
    from opportunities
    inner join organizations on opportunities.organization_id = organizations.organization_id
    left join scope on opportunities.organization_id = scope.organization_id
),

closed as (
    select
        dated.*,
        (dated.closed_at at time zone dated.time_zone)::date as closed_on
    from dated
),

staged as (
    select
        closed.*,
        pipelines.name as pipeline,
        stages.name as stage,
        stages.position as stage_position,
        stages.expected_duration_days,
        coalesce(users.name, closed.seller) as seller_name,
        -- A person's word, then the model's, then the stage's.
        case closed.status
            when 'won' then 100
            when 'lost' then 0
            else coalesce(closed.probability_override, closed.probability, stages.probability)
        end as effective_probability,
        {{ conversion_factor('closed', 'day_rate.rate') }} as factor,
        case
            when closed.status = 'open' then greatest(closed.business_day - closed.created_on, 0)
        end as age_days,
        case
            when closed.status = 'open' then greatest(closed.business_day - closed.stage_since_on, 0)
        end as days_in_stage
    from closed
    inner join stages
        on
            closed.stage_id = stages.stage_id
            and closed.organization_id = stages.organization_id
    inner join pipelines
        on
            closed.pipeline_id = pipelines.pipeline_id
            and closed.organization_id = pipelines.organization_id
    left join users
        on
            closed.user_id = users.user_id
            and closed.organization_id = users.organization_id
    left join lateral {{ rate_of_the_day('closed', 'closed.created_on') }} as day_rate on true
)

select
    organization_id,
    opportunity_id,
    external_id,
    title,
    customer_id,
    user_id,
    seller_name as seller,
    pipeline_id,
    pipeline,
    stage_id,
    stage,
    stage_position,
    status,
    product,
    source,
    lost_reason,
    organization_currency as currency,
    (value * factor)::numeric(38, 5) as value,
    effective_probability::numeric(5, 2) as probability,
    case
        when status = 'open' then (value * factor * effective_probability / 100)::numeric(38, 5)
    end as weighted_value,
    created_at,
    created_on,
    stage_since_on,
    expected_close_date as expected_close_on,
    closed_at,
    closed_on,
    age_days::integer as age_days,
    days_in_stage::integer as days_in_stage,
    case when status <> 'open' then greatest(closed_on - created_on, 0)::integer end as days_to_close,
    -- Half as long again as the stage should take (a month where nobody said), and no step to come.
    (
        status = 'open'
        and days_in_stage > coalesce(expected_duration_days * 1.5, 30)
        and coalesce((next_step_at at time zone time_zone)::date < business_day, true)
    ) as is_stalled,
    (status = 'open' and coalesce(expected_close_date < business_day, false)) as is_overdue,
    next_step_at
from staged
