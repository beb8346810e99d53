{{
    config(
        indexes=[
            {'columns': ['organization_id', 'sold_on']},
            {'columns': ['organization_id', 'sale_id']},
        ],
    )
}}

with

sales as (
    select * from {{ ref('int_sales_converted') }}
    where {{ in_scope() }}
),

-- One row a line of the document, plus one that carries what the lines do not account for.
lines as (
    select
        sales.sale_id,
        line.*
    from sales
    cross join lateral (
        select
            adjusted.*,
            -- Of running totals, not of lines: the converted lines then add up to the converted document exactly.
            coalesce(
                sum(adjusted.total)
                    over (order by adjusted.line_number rows between unbounded preceding and 1 preceding),
                0
            ) as total_before
        from (
            select
                counted.line_number,
                counted.line_kind,
                counted.code,
                counted.product,
                counted.category,
                counted.quantity,
                counted.unit_price,
                counted.discount,
                counted.cost,
                -- Less than a cent is rounding, and goes to the last line.
                case
                    when counted.line_number = counted.last_line and abs(counted.difference) < 0.01
                        then counted.total + counted.difference
                    else counted.total
                end as total
            from (
                select
                    read.*,
                    'line' as line_kind,
                    max(read.line_number) over () as last_line,
                    sales.document_amount - sum(read.total) over () as difference
                from (
                    select
                        raw.line_number,
                        nullif(trim(raw.code), '') as code,
                        nullif(trim(raw.description), '') as product,
                        nullif(trim(raw.category), '') as category,
                        {{ json_number('raw.quantity') }} as quantity,
                        {{ json_number('raw.unit_price') }} as unit_price,
                        {{ json_number('raw.discount') }} as discount,
                        {{ json_number('raw.cost') }} as cost,
                        round(
                            coalesce(
                                {{ json_number('raw.total') }},
                                {{ json_number('raw.quantity') }} * {{ json_number('raw.unit_price') }},
                                0
                            ),
                            5
                        ) as total
                    from
                        rows from (
                            jsonb_to_recordset(sales.lines) as (
                                code text,
                                description text,
                                category text,
                                quantity jsonb,
                                unit_price jsonb,
                                discount jsonb,
                                cost jsonb,
                                total jsonb
                            )
                        ) with ordinality as raw (
                            code, description, category, quantity, unit_price, discount, cost, total, line_number
                        )
                ) as read
            ) as counted
        ) as adjusted
    ) as line
)

select * from lines
