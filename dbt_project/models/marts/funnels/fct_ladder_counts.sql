{%- set ladders = definitions('ladder') %}

with

places (ladder, place, stage) as (

    {% if ladders -%}
    values
    {%- for ladder in ladders %}
        {%- for stage in ladder.stages %}
    ({{ text_literal(ladder.name) }}, {{ loop.index }}, {{ text_literal(stage.stage) }}) {{- ',' if not loop.last }}
        {%- endfor %}
        {{- ',' if not loop.last }}
    {%- endfor %}
    {%- else -%}
    select
        cast(null as text) as ladder,
        cast(null as integer) as place,
        cast(null as text) as stage
    where false
    {%- endif %}

),

today as (

    select
        ladder,
        place,
        count(*) as people
    from {{ ref('fct_ladder_stages') }}
    group by 1, 2

),

counted as (

    select
        places.ladder,
        places.place,
        places.stage,
        coalesce(today.people, 0) as people
    from places
    left join today
        on
            places.ladder = today.ladder
            and places.place = today.place

),

summed as (

    select
        counted.*,
        sum(people) over (partition by ladder order by place desc rows between unbounded preceding and current row)
            as people_here_or_above,
        sum(people) over (partition by ladder) as everybody
    from counted

)

select
    ladder,
    stage,
    cast(place as integer) as place,
    cast(people as bigint) as people,
    cast(people_here_or_above as bigint) as people_here_or_above,
    cast(people as double precision) / nullif(cast(everybody as double precision), 0) as share
from summed
