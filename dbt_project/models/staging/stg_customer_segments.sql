select
    organization_id,
    customer_id,
    segment,
    flags,
    group_name,
    recency_days,
    frequency,
    monetary,
    cadence_days
from {{ source('analytics', 'customer_segments') }}
