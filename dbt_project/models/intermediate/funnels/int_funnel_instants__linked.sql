{{ config(materialized='table', post_hook='{{ analyzed() }}') }}
{%- set chained = funnels(['ordered', 'strict']) -%}
{%- set levels = most_of(chained, 'required', least=2) -%}
{%- set extras = most_extras(chained) %}

with

events as (

    select
        entrants.number,
        entrants.is_strict,
        matched.occurred_at,
        matched.steps,
        matched.extras
    from {{ ref('int_funnel_events__matched') }} as matched
    inner join {{ ref('int_funnel_entrants__numbered') }} as entrants
        on
            matched.funnel = entrants.funnel
            and matched.person_id = entrants.person_id

),

instants as (

    select
        number,
        is_strict,
        occurred_at,
        cast(count(*) as integer) as events,
        bit_or(steps) as steps,
        bit_or(extras) as extras
    from events
    group by 1, 2, 3

),

-- The level to which an instant leads whoever comes with a level: as far as every step finds an event of its own.
reached as (

    select
        instants.number,
        instants.is_strict,
        instants.events,
        instants.steps,
        instants.extras,
        {% for level in range(levels) -%}
        cast({{ reached_from(level, levels) }} as integer) as reached_from_{{ level }},
        {% endfor -%}
        instants.occurred_at
    from instants
    left join {{ ref('int_funnel_instants__contested') }} as bars
        on
            instants.number = bars.number
            and instants.occurred_at = bars.occurred_at

),

identified as (

    select
        reached.*,
        -- Rises with time for each person; links are numbers, since numbers are joined sooner than people's instants.
        number * 100000000 + row_number() over (partition by number order by occurred_at asc) as instant_id
    from reached

)

select
    instant_id,
    number,
    is_strict,
    events,
    steps,
    {% for level in range(levels) -%}
    reached_from_{{ level }},
    {% endfor -%}
    -- Where somebody with a level goes on: at the next instant that has the step; strictly, at the very next one.
    {% for level in range(1, levels) -%}
    min(case when is_strict or {{ has_bit('steps', level) }} then instant_id end) over later as next_id_{{ level }},
    {% endfor -%}
    {% for extra in range(extras) -%}
    min(case when {{ has_bit('extras', extra) }} then instant_id end) over from_here as extra_id_{{ extra }},
    min(case when {{ has_bit('extras', extra) }} then occurred_at end) over from_here as extra_from_{{ extra }},
    min(case when {{ has_bit('extras', extra) }} then occurred_at end) over later as extra_after_{{ extra }},
    {% endfor -%}
    occurred_at
from identified
window
    later as (
        partition by number order by occurred_at desc
        rows between unbounded preceding and 1 preceding
    ),
    from_here as (
        partition by number order by occurred_at desc
        rows between unbounded preceding and current row
    )
