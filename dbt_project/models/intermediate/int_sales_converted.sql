-- The factor that turns a document's amounts into signed amounts of the organization's currency.
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

signed as (
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
    signed.organization_id,
    signed.sale_id,
    signed.customer_id,
    signed.opportunity_id,
    signed.user_id,
    signed.sold_at,
    signed.sold_on,
    signed.document_type,
    signed.external_key,
    signed.payment_method,
    signed.source,
    signed.channel,
    signed.seller_name as seller,
    signed.currency as document_currency,
    signed.organization_currency as currency,
    signed.amount as document_amount,
    signed.tax as document_tax,
    signed.sign,
    signed.lines,
    {{ conversion_factor('signed', 'usd.rate') }} as factor,
    (signed.sign * signed.amount * signed.exchange_rate)::numeric(18, 5) as amount_crc
from signed
-- Colones of a document into an organization that counts in dollars need the rate of the day: the last one known by
-- then, or the first one known at all.
left join lateral (
    select rates.rate
    from {{ ref('stg_exchange_rates') }} as rates
    where
        signed.organization_currency <> 'CRC'
        and signed.currency = 'CRC'
        and rates.currency = signed.organization_currency
    order by rates.day > signed.sold_on, abs(rates.day - signed.sold_on)
    limit 1
) as usd on true
