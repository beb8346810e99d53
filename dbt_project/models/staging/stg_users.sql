select
    organization_id,
    user_id,
    -- The pipeline may not read e-mail addresses.
    coalesce({{ full_name('first_name', 'last_name') }}, 'Sin nombre') as name,
    role,
    is_active
from {{ source('platform', 'users') }}
