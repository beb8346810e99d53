{% macro row_level_security(relation) -%}
    {#-
      Puts a mart under row-level security: a tenant's reader sees the rows of its own organization (all rows of a
      mart whose meta says `shared`, such as the calendar), the pipeline sees and writes all. Changes only what is missing, because ALTER TABLE
      and CREATE POLICY would make every reader wait at each refresh.
    -#}
    {%- set shared = model.config.get('meta', {}).get('shared', false) -%}
    {%- set visible = 'true' if shared else 'organization_id = (select platform.current_organization())' -%}
    do $security$
    declare
        mart constant regclass := '{{ relation.schema }}.{{ relation.identifier }}';
    begin
        if not exists (select from pg_class where oid = mart and relrowsecurity and relforcerowsecurity) then
            alter table {{ relation }} enable row level security, force row level security;
        end if;
        if not exists (select from pg_policy where polrelid = mart and polname = 'reader') then
            create policy reader on {{ relation }} for select using ({{ visible }});
        end if;
        if not exists (select from pg_policy where polrelid = mart and polname = 'pipeline') then
            create policy pipeline on {{ relation }} to pymeai_pipeline using (true) with check (true);
        end if;
        if not has_table_privilege('public', mart, 'select') then
            grant select on {{ relation }} to public;
        end if;
    end
    $security$
{%- endmacro %}
