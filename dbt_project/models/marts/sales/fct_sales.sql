{{
    config(
        indexes=[
            {'columns': ['sale_id'], 'unique': true},
            {'columns': ['organization_id', 'sold_on']},
            {'columns': ['organization_id', 'customer_id', 'sold_on']},
        ],
    )
}}

select
    organization_id,
    sale_id,
    customer_id,
    opportunity_id,
    user_id,
    sold_at,
    sold_on,
    document_type,
    external_key,
    payment_method,
    source,
    channel,
    seller,
    currency,
    (sign * document_amount * factor)::numeric(38, 5) as amount,
    (sign * document_tax * factor)::numeric(38, 5) as tax,
    amount_crc,
    document_currency,
    document_amount,
    document_type in ('invoice', 'ticket', 'other') as is_sale
from {{ ref('int_sales_converted') }}
where {{ in_scope() }}
