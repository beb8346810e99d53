{{ config(indexes=[{'columns': ['user_id'], 'unique': true}, {'columns': ['organization_id']}]) }}

select
    organization_id,
    user_id,
    name,
    role,
    is_active
from {{ ref('stg_users') }}
where {{ in_scope() }}
