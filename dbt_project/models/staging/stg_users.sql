select
    organization_id,
    user_id,
    coalesce({{ full_name('first_name', 'last_name') }}, email::text) as name,
    role,
    is_active
from {{ source('platform', 'users') }}
