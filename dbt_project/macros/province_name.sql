{% macro province_name(code) -%}
    {#- The province's name, of the territory's code (its first digit counts); anything else as it is. -#}
    case
        when {{ code }} ~ '^[1-7][0-9]*$'
            then
                (array['San José', 'Alajuela', 'Cartago', 'Heredia', 'Guanacaste', 'Puntarenas', 'Limón'])[
                    left({{ code }}, 1)::integer
                ]
        else nullif(trim({{ code }}), '')
    end
{%- endmacro %}
