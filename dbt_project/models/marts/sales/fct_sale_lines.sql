{{
    config(
        indexes=[
            {'columns': ['organization_id', 'sold_on']},
        ],
    )
}}

with

sales as (
    select * from {{ ref('int_sales_converted') }}
    where {{ in_scope() }}
),

-- One row a line of the document; a document without lines keeps one row, of nulls.
documented as (
    select
        sales.*,
        line.*
    from sales
    left join lateral (
        select
            item.code,
            item.description,
            item.category,
            item.quantity,
            item.unit_price,
            item.discount,
            item.cost,
            item.line_total,
            item.line_number,
            sum(item.line_total) over (order by item.line_number) as running_total,
            sum(item.line_total) over () as lines_total,
            count(*) over () as line_count
        from (
            select
                -- In the document's order: jsonb_to_recordset keeps it, and nothing sorts in between.
                row_number() over () as line_number,
                raw.code,
                raw.description,
                raw.category,
                {{ json_number('raw.quantity') }} as quantity,
                {{ json_number('raw.unit_price') }} as unit_price,
                {{ json_number('raw.discount') }} as discount,
                {{ json_number('raw.cost') }} as cost,
                coalesce(
                    {{ json_number('raw.total') }},
                    {{ json_number('raw.quantity') }} * {{ json_number('raw.unit_price') }},
                    0
                ) as line_total
            from jsonb_to_recordset(sales.lines) as raw (
                code text,
                description text,
                category text,
                quantity jsonb,
                unit_price jsonb,
                discount jsonb,
                cost jsonb,
                total jsonb
            )
        ) as item
    ) as line on true
),

-- What the lines leave of the document's amount: less than a cent is rounding and goes to the last line, more gets a
-- line of its own, which follows the last.
balanced as (
    select
        documented.*,
        part.is_residual,
        documented.line_number = documented.line_count as is_last
    from documented
    cross join lateral unnest(
        case
            when
                documented.line_number = documented.line_count
                and abs(documented.document_amount - documented.lines_total) >= 0.01
                then array[false, true]
            else array[false]
        end
    ) as part (is_residual)
),

-- Running totals around each line, in the document's currency.
totalled as (
    select
        balanced.*,
        case
            when balanced.line_number is null then 0
            when balanced.is_residual then balanced.lines_total
            else balanced.running_total - balanced.line_total
        end as total_before,
        case
            when balanced.line_number is null or balanced.is_residual then balanced.document_amount
            when balanced.is_last and abs(balanced.document_amount - balanced.lines_total) < 0.01
                then balanced.document_amount
            else balanced.running_total
        end as total_after
    from balanced
),

-- Running totals are converted and rounded, not lines: so the lines add up to the converted document exactly.
converted as (
    select
        totalled.*,
        (
            totalled.sign
            * (round(totalled.total_after * totalled.factor, 5) - round(totalled.total_before * totalled.factor, 5))
        )::numeric(38, 5) as amount,
        case
            when not totalled.is_residual then (totalled.sign * totalled.cost * totalled.factor)::numeric(38, 5)
        end as signed_cost
    from totalled
)

select
    organization_id,
    sale_id,
    (coalesce(line_number, 1) + is_residual::integer)::integer as line_number,
    case
        when line_number is null then 'whole'
        when is_residual then 'residual'
        else 'line'
    end as line_kind,
    customer_id,
    sold_on,
    document_type,
    document_type in ('invoice', 'ticket', 'other') as is_sale,
    case when not is_residual then nullif(trim(code), '') end as code,
    case when not is_residual then nullif(trim(description), '') end as product,
    case when not is_residual then nullif(trim(category), '') end as category,
    case when not is_residual then (sign * quantity)::numeric(38, 5) end as quantity,
    case when not is_residual then (unit_price * factor)::numeric(38, 5) end as unit_price,
    case when not is_residual then discount::numeric(38, 5) end as discount,
    amount,
    signed_cost as cost,
    (amount - signed_cost)::numeric(38, 5) as profit
from converted
