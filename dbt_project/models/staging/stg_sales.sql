select
    organization_id,
    sale_id,
    customer_id,
    opportunity_id,
    user_id,
    sold_at,
    amount,
    tax,
    currency,
    exchange_rate,
    document_type,
    external_key,
    nullif(trim(payment_method), '') as payment_method,
    nullif(trim(source), '') as source,
    nullif(trim(seller), '') as seller,
    nullif(trim(channel), '') as channel,
    case
        when jsonb_typeof(lines) <> 'array' then '[]'::jsonb
        when lines @? '$[*] ? (@.type() != "object")'
            then jsonb_path_query_array(lines, '$[*] ? (@.type() == "object")')
        else lines
    end as lines
from {{ source('crm', 'sales') }}
