select
    organization_id,
    name,
    coalesce(settings ->> 'currency', 'CRC') as currency,
    coalesce(settings ->> 'time_zone', 'America/Costa_Rica') as time_zone
from {{ source('platform', 'organizations') }}
