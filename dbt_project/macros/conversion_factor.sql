{% macro conversion_factor(document, organization_rate) -%}
    {#-
      What an amount of a document is multiplied by to be in the organization's currency: 1 where both are the same,
      the document's own rate into colones, the inverse of the day's rate out of colones. Null, and so no amount at
      all, where no rate is known: a guess would be added to sums.
    -#}
    case
        when {{ document }}.currency = {{ document }}.organization_currency then 1
        when {{ document }}.organization_currency = 'CRC' then {{ document }}.exchange_rate
        else 1 / nullif({{ organization_rate }}, 0)
    end
{%- endmacro %}


{% macro rate_of_the_day(document, day) -%}
    {#-
      A lateral subquery with the colones for one unit of the organization's currency: the last rate known by the day,
      or the first one known at all. Read only for documents in colones of organizations that count in another currency.
    -#}
    (
        select rates.rate
        from {{ ref('stg_exchange_rates') }} as rates
        where
            {{ document }}.organization_currency <> 'CRC'
            and {{ document }}.currency = 'CRC'
            and rates.currency = {{ document }}.organization_currency
        order by rates.day > {{ day }}, abs(rates.day - {{ day }})
        limit 1
    )
{%- endmacro %}
