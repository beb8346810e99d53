select
    organization_id,
    stage_id,
    pipeline_id,
    name,
    position,
    kind,
    probability,
    expected_duration_days
from {{ source('crm', 'stages') }}
