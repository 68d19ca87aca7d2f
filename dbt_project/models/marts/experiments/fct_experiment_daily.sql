{#- Novelty shows within four weeks or is none. -#}
{%- set days = 28 -%}

with

numbers as (

    {% for day in range(days) -%}
    select {{ day }} as day_number
    {{- ' union all' if not loop.last }}
    {% endfor %}
),

-- People by how many whole days they have had, so that nobody is copied once a day.
ripening as (

    select
        experiment,
        variant,
        least(whole_days, {{ days }}) as whole_days,
        count(*) as people
    from {{ ref('int_experiments__people') }}
    where
        variant is not null
        and whole_days > 0
    group by 1, 2, 3

),

ripe as (

    select
        ripening.experiment,
        ripening.variant,
        numbers.day_number,
        sum(ripening.people) as people
    from ripening
    inner join numbers
        on ripening.whole_days > numbers.day_number
    group by 1, 2, 3

),

totals as (

    select
        outcomes.experiment,
        outcomes.variant,
        outcomes.goal,
        outcomes.day_number,
        count(case when outcomes.conversions > 0 then 1 end) as converted,
        sum(outcomes.value_usd) as value_usd,
        sum(outcomes.value_usd * outcomes.value_usd) as value_usd_squares
    from {{ ref('int_experiments__outcomes') }} as outcomes
    inner join {{ ref('int_experiments__people') }} as people
        on
            outcomes.person_id = people.person_id
            and outcomes.experiment = people.experiment
            and outcomes.day_number < people.whole_days
    where outcomes.day_number < {{ days }}
    group by 1, 2, 3, 4

),

goals as (

    {{ goals_told() }}

),

cells as (

    {% for measure in ['rate', 'value_usd'] -%}
    select
        ripe.experiment,
        ripe.variant,
        goals.goal,
        '{{ measure }}' as measure,
        ripe.day_number,
        variants.is_control,
        ripe.people,
        {% if measure == 'rate' -%}
        cast(coalesce(totals.converted, 0) as double precision) as total,
        cast(coalesce(totals.converted, 0) as double precision) as total_squares
        {%- else -%}
        cast(coalesce(totals.value_usd, 0) as double precision) as total,
        cast(coalesce(totals.value_usd_squares, 0) as double precision) as total_squares
        {%- endif %}
    from ripe
    inner join {{ ref('int_experiments__variants') }} as variants
        on
            ripe.experiment = variants.experiment
            and ripe.variant = variants.variant
    cross join goals
    left join totals
        on
            ripe.experiment = totals.experiment
            and ripe.variant = totals.variant
            and ripe.day_number = totals.day_number
            and goals.goal = totals.goal
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

{{ compared_with_control('cells', ['experiment', 'goal', 'measure', 'day_number']) }}

select
    -- ids
    experiment,
    variant,
    goal,
    measure,
    cast(day_number as integer) as day_number,

    -- dimensions
    is_control,

    -- measures
    cast(people as bigint) as people,
    cast(control_people as bigint) as control_people,
    {{ comparison_columns() }}
from compared
