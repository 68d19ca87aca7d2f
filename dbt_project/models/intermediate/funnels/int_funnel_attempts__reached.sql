{{ config(materialized='table', post_hook='{{ analyzed() }}') }}
{%- set all_funnels = funnels() -%}
{%- set chained = funnels(['ordered', 'strict']) -%}
{%- set placed = most_of(chained, 'steps', least=2) -%}
{%- set last_levels, level_places = [], [] -%}
{%- for funnel in all_funnels -%}
    {%- do last_levels.append([funnel.name, funnel.required | length]) -%}
    {%- if funnel.optional -%} {%- do level_places.append(funnel) -%} {%- endif -%}
{%- endfor %}

with

attempts as (

    select
        funnel,
        person_id,
        level,
        is_spoiled,
        {% for place in range(2, placed + 1) -%}
        at_{{ place }},
        {% endfor -%}
        entered_on,
        entered_at,
        ends_at
    from {{ ref('int_funnel_attempts__chained') }}

    union all

    select
        funnel,
        person_id,
        level,
        false as is_spoiled,
        {% for place in range(2, placed + 1) -%}
        cast(null as timestamptz) as at_{{ place }},
        {% endfor -%}
        entered_on,
        entered_at,
        ends_at
    from {{ ref('int_funnel_attempts__unordered') }}

),

judged as (

    select
        attempts.*,
        level = {{ by_funnel(last_levels, type='integer') }} as is_complete,
        -- The deepest of those that nothing spoiled, and of these the earliest, is the one that counts.
        row_number() over (
            partition by funnel, person_id, is_spoiled order by level desc, entered_at asc
        ) as rank,
        row_number() over (
            partition by funnel, person_id, is_spoiled, entered_on order by level desc, entered_at asc
        ) as rank_of_day
    from attempts

)

select
    judged.funnel,
    judged.person_id,
    cast({{ place_of_level('judged.funnel', 'judged.level', level_places) }} as integer) as level,
    judged.is_complete,
    judged.is_spoiled,
    not judged.is_complete and coalesce(judged.ends_at > build.as_of, false) as is_open,
    not judged.is_spoiled and judged.rank = 1 as is_counted,
    not judged.is_spoiled and judged.rank_of_day = 1 as is_counted_that_day,
    {% for place in range(2, placed + 1) -%}
    judged.at_{{ place }},
    {% endfor -%}
    judged.entered_on,
    judged.entered_at,
    judged.ends_at
from judged
cross join {{ ref('int_build__as_of') }} as build
