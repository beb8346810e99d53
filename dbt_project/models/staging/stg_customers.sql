select
    organization_id,
    customer_id,
    kind,
    {{ full_name('first_name', 'last_name') }} as person_name,
    nullif(trim(company_name), '') as company_name,
    email::text as email,
    phone,
    province,
    canton,
    tags,
    owner_user_id,
    external_id,
    nullif(trim(source), '') as source,
    status,
    created_at,
    last_interaction
from {{ source('crm', 'customers') }}
where deleted_at is null
