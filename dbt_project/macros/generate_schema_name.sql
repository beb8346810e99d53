{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- The schemas are exactly `staging` and `analytics`: provisioning and row-level security name them. -#}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
