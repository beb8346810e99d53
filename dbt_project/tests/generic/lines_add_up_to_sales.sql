{% test lines_add_up_to_sales(model) %}
    {#- Every sale has lines, and they add up to its amount to the last decimal. -#}
    select
        sales.sale_id,
        sales.amount,
        lines.amount as lines_amount
    from {{ ref('fct_sales') }} as sales
    left join (
        select
            sale_id,
            sum(amount) as amount
        from {{ model }}
        group by sale_id
    ) as lines on sales.sale_id = lines.sale_id
    where
        sales.organization_id in (select scope.organization_id from {{ ref('stg_pipeline_scope') }} as scope)
        and (lines.sale_id is null or sales.amount is distinct from lines.amount)
{% endtest %}
