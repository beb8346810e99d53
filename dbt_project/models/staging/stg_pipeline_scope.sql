select
    organization_id,
    business_day
from {{ source('platform', 'pipeline_scope') }}
