{{
    config(
        indexes=[
            {'columns': ['interaction_id'], 'unique': true},
            {'columns': ['organization_id', 'occurred_on']},
        ],
    )
}}

select
    interactions.organization_id,
    interactions.interaction_id,
    interactions.customer_id,
    interactions.opportunity_id,
    interactions.user_id,
    users.name as seller,
    interactions.type,
    interactions.direction,
    interactions.channel,
    interactions.date_time as occurred_at,
    (interactions.date_time at time zone organizations.time_zone)::date as occurred_on,
    interactions.followup_date as followup_on,
    interactions.followup_done_at is not null as is_followup_done,
    interactions.outcome
from {{ ref('stg_interactions') }} as interactions
inner join {{ ref('stg_organizations') }} as organizations
    on interactions.organization_id = organizations.organization_id
left join {{ ref('stg_users') }} as users
    on
        interactions.user_id = users.user_id
        and interactions.organization_id = users.organization_id
where {{ in_scope('interactions.organization_id') }}
