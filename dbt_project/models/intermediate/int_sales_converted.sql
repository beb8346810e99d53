with

sales as (
    select * from {{ ref('stg_sales') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

users as (
    select * from {{ ref('stg_users') }}
),

documents as (
    select
        sales.*,
        organizations.currency as organization_currency,
        (sales.sold_at at time zone organizations.time_zone)::date as sold_on,
        case when sales.document_type = 'credit_note' then -1 else 1 end as sign,
        coalesce(users.name, sales.seller) as seller_name
    from sales
    inner join organizations on sales.organization_id = organizations.organization_id
    left join users
        on
            sales.user_id = users.user_id
            and sales.organization_id = users.organization_id
)

select
    documents.organization_id,
    documents.sale_id,
    documents.customer_id,
    documents.opportunity_id,
    documents.user_id,
    documents.sold_at,
    documents.sold_on,
    documents.document_type,
    documents.external_key,
    documents.payment_method,
    documents.source,
    documents.channel,
    documents.seller_name as seller,
    documents.organization_currency as currency,
    documents.currency as document_currency,
    documents.amount as document_amount,
    documents.tax as document_tax,
    documents.lines,
    documents.sign,
    {{ conversion_factor('documents', 'day_rate.rate') }} as factor,
    (documents.sign * documents.amount * documents.exchange_rate)::numeric(38, 5) as amount_crc
from documents
left join lateral {{ rate_of_the_day('documents', 'documents.sold_on') }} as day_rate on true
