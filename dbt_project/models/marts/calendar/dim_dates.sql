{{
    config(
        incremental_strategy='append',
        indexes=[{'columns': ['date_day'], 'unique': true}],
        meta={'shared': true},
    )
}}

with

days as (
    select day::date as date_day
    from generate_series('1990-01-01'::date, '2059-12-31'::date, interval '1 day') as series (day)
    {% if is_incremental() %}
        where day::date > (select max(known.date_day) from {{ this }} as known)
    {% endif %}
),

-- Easter Sunday, Gregorian calendar (Meeus, Jones and Butcher).
golden as (
    select
        year,
        year % 19 as a,
        year / 100 as b,
        year % 100 as c
    from generate_series(1990, 2059) as series (year)
),

moon as (
    select
        year,
        a,
        b,
        c,
        (19 * a + b - b / 4 - ((b - (b + 8) / 25 + 1) / 3) + 15) % 30 as h
    from golden
),

weekday as (
    select
        year,
        a,
        h,
        (32 + 2 * (b % 4) + 2 * (c / 4) - h - (c % 4)) % 7 as l
    from moon
),

easter as (
    select
        year,
        make_date(
            year,
            (h + l - 7 * ((a + 11 * h + 22 * l) / 451) + 114) / 31,
            (h + l - 7 * ((a + 11 * h + 22 * l) / 451) + 114) % 31 + 1
        ) as sunday
    from weekday
),

-- On their own day: Law 9875 moved some of them to Mondays between 2020 and 2024.
fixed (month, day, name) as (
    values
    (1, 1, 'Año Nuevo'),
    (4, 11, 'Día de Juan Santamaría'),
    (5, 1, 'Día Internacional del Trabajo'),
    (7, 25, 'Anexión del Partido de Nicoya'),
    (8, 2, 'Virgen de los Ángeles'),
    (8, 15, 'Día de la Madre'),
    (8, 31, 'Día de la Persona Negra y la Cultura Afrocostarricense'),
    (9, 15, 'Día de la Independencia'),
    (12, 1, 'Abolición del Ejército'),
    (12, 25, 'Navidad')
)

select
    days.date_day,
    date_trunc('week', days.date_day)::date as week_start,
    date_trunc('month', days.date_day)::date as month_start,
    date_trunc('quarter', days.date_day)::date as quarter_start,
    date_trunc('year', days.date_day)::date as year_start,
    extract(isodow from days.date_day)::integer as day_of_week,
    (array['lunes', 'martes', 'miércoles', 'jueves', 'viernes', 'sábado', 'domingo'])[
        extract(isodow from days.date_day)::integer
    ] as day_name,
    (
        array[
            'enero', 'febrero', 'marzo', 'abril', 'mayo', 'junio', 'julio',
            'agosto', 'setiembre', 'octubre', 'noviembre', 'diciembre'
        ]
    )[extract(month from days.date_day)::integer] as month_name,
    case when extract(day from days.date_day) <= 15 then 1 else 2 end as quincena,
    extract(isodow from days.date_day) >= 6 as is_weekend,
    case
        when days.date_day = easter.sunday - 3 then 'Jueves Santo'
        when days.date_day = easter.sunday - 2 then 'Viernes Santo'
        else fixed.name
    end as holiday
from days
left join easter on extract(year from days.date_day) = easter.year
left join fixed
    on
        extract(month from days.date_day) = fixed.month
        and extract(day from days.date_day) = fixed.day
