{% macro json_number(column) -%}
    {#-
      A JSON value as a number: numbers as they are, text where it is a plain decimal, anything else (and what is past
      any sense, so that no sum or product overflows) null. One bad line of one organization must not stop the refresh of
      all. CASE keeps the cast from being tried on other values.
    -#}
    case
        when jsonb_typeof({{ column }}) = 'number'
            then case when abs({{ column }}::numeric) < 1e12 then {{ column }}::numeric end
        when {{ column }} #>> '{}' ~ '^-?[0-9]{1,12}([.][0-9]{1,15})?$' then ({{ column }} #>> '{}')::numeric
    end
{%- endmacro %}
