-- depends_on: {{ ref('int_funnel_attempts__reached') }}
{%- set placed = most_of(funnels(['ordered', 'strict']), 'steps', least=2) %}

with

counted as (

    select
        attempts.funnel,
        attempts.entered_on as date_day,
        places.step,
        places.is_optional,
        places.place,
        count(
            case
                when not places.is_optional then case when attempts.level >= places.place then 1 end
                when {{ numbered_column('places.place', 'attempts.at_', placed + 1, first=2) }} is not null then 1
            end
        ) as people,
        count(case when attempts.is_open and attempts.level = places.place then 1 end) as open_people,
        count(*) as entered_people
    from {{ ref('int_funnel_attempts__reached') }} as attempts
    inner join {{ ref('int_funnel_places__defined') }} as places on attempts.funnel = places.funnel
    where attempts.is_counted_that_day
    group by 1, 2, 3, 4, 5

)

select
    funnel,
    date_day,
    step,
    is_optional,
    place,
    cast(people as bigint) as people,
    cast(open_people as bigint) as open_people,
    cast(people as double precision) / cast(entered_people as double precision) as conversion_from_first
from counted
