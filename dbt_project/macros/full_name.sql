{% macro full_name(first_name, last_name) -%}
    nullif(trim(concat_ws(' ', nullif(trim({{ first_name }}), ''), nullif(trim({{ last_name }}), ''))), '')
{%- endmacro %}
