{% macro json_number(column) -%}
    {#-
      A JSON value as a number: numbers as they are, text where it is a plain decimal, anything else null. One bad line
      of one organization must not stop the refresh of all. CASE keeps the cast from being tried on other values.
    -#}
    case
        when jsonb_typeof({{ column }}) = 'number' then {{ column }}::numeric
        when {{ column }} #>> '{}' ~ '^-?[0-9]{1,15}([.][0-9]{1,15})?$' then ({{ column }} #>> '{}')::numeric
    end
{%- endmacro %}
