select
    organization_id,
    pipeline_id,
    name,
    is_active
from {{ source('crm', 'pipelines') }}
