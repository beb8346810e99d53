{% macro conversion_factor(document, organization_rate) -%}
    {#-
      What an amount of a document is multiplied by to be in the organization's currency: 1 where both are the same,
      the document's own rate into colones, its inverse kind (the rate of the day) out of colones. Null, and so no
      amount at all, where no rate is known: a guess would be added to sums.
    -#}
    case
        when {{ document }}.currency = {{ document }}.organization_currency then 1
        when {{ document }}.organization_currency = 'CRC' then {{ document }}.exchange_rate
        else 1 / nullif({{ organization_rate }}, 0)
    end
{%- endmacro %}
