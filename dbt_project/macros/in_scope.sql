{% macro in_scope(column='organization_id') -%}
    {#-
      The condition that keeps an incremental refresh to the organizations in platform.pipeline_scope.

      The ids are read while dbt compiles and written as constants: PostgreSQL then prunes the partitions of the crm
      tables while it plans, which it cannot do for a subquery. A first build and a full refresh read everything.
    -#}
    {%- if not (execute and is_incremental()) -%}
        true
    {%- else -%}
        {%- set ids = run_query('select organization_id from platform.pipeline_scope order by 1').columns[0].values() -%}
        {%- if ids | length == 0 -%}
            false
        {%- else -%}
            {{ column }} in (
            {%- for id in ids -%}'{{ id }}'{{ ', ' if not loop.last }}{%- endfor -%}
            )
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{% macro get_incremental_by_organization_sql(arg_dict) %}
    {#-
      Replaces all rows of the organizations in platform.pipeline_scope, also of those that have none any more; the
      other organizations stay untouched. dbt's delete+insert deletes only what the new rows name again.
    -#}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    where organization_id in (select scope.organization_id from platform.pipeline_scope as scope);

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict['temp_relation'] }}
{% endmacro %}
