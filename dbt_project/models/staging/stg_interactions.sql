select
    organization_id,
    interaction_id,
    customer_id,
    opportunity_id,
    user_id,
    type,
    direction,
    nullif(trim(channel), '') as channel,
    date_time,
    followup_date,
    followup_done_at,
    nullif(trim(outcome), '') as outcome
from {{ source('crm', 'interactions') }}
