{%- set days = [7, 30, 90] -%}

with

people as (

    select * from {{ ref('int_experiments__people') }}
    where
        variant is not null
        and whole_days >= 0

),

-- Days of 24 hours from the start. A person is ripe for a day when it is over for them.
visits as (

    select
        people.experiment,
        people.person_id,
        {{ whole_days_between('people.started_at', 'events.occurred_at') }} as day_number
    from people
    inner join {{ ref('int_events__identified') }} as events
        on
            people.person_id = events.person_id
            and people.started_at + interval '{{ days[0] * 24 }} hours' <= events.occurred_at

),

active as (

    select
        experiment,
        {% for day in days -%}
        max(case when day_number = {{ day }} then 1 else 0 end) as is_on_{{ day }},
        max(case when day_number >= {{ day }} then 1 else 0 end) as is_from_{{ day }},
        {% endfor -%}
        person_id
    from visits
    group by 1, {{ 2 * days | length + 2 }}

),

followed as (

    select
        people.experiment,
        people.variant,
        people.whole_days,
        {% for day in days -%}
        coalesce(active.is_on_{{ day }}, 0) as is_on_{{ day }},
        coalesce(active.is_from_{{ day }}, 0) as is_from_{{ day }},
        {% endfor -%}
        people.person_id
    from people
    left join active
        on
            people.experiment = active.experiment
            and people.person_id = active.person_id

),

counted as (

    {% for day in days -%}
    {% set is_last_day = loop.last -%}
    {% for measure in ['on_day', 'from_day'] -%}
    {% set is_back = 'is_' ~ measure | replace('day', day | string) -%}
    select
        experiment,
        variant,
        {{ day }} as day_number,
        '{{ measure }}' as measure,
        count(*) as all_people,
        count(case when whole_days > {{ day }} then 1 end) as people,
        sum(case when whole_days > {{ day }} then {{ is_back }} else 0 end) as returned
    from followed
    group by 1, 2
    {{ 'union all' if not (loop.last and is_last_day) }}
    {% endfor -%}
    {% endfor %}
),

cells as (

    select
        counted.*,
        cast(counted.returned as double precision) as total,
        cast(counted.returned as double precision) as total_squares
    from counted

),

known as (

    select
        cells.*,
        variants.is_control
    from cells
    inner join {{ ref('int_experiments__variants') }} as variants
        on
            cells.experiment = variants.experiment
            and cells.variant = variants.variant

),

{{ compared_with_control('known', ['experiment', 'day_number', 'measure']) }}

select
    -- ids
    experiment,
    variant,
    cast(day_number as integer) as day_number,
    measure,

    -- dimensions
    is_control,

    -- measures
    cast(all_people as bigint) as people,
    cast(people as bigint) as ripe_people,
    cast(control_people as bigint) as control_ripe_people,
    cast(returned as bigint) as returned,
    {{ comparison_columns() }}
from compared
