{{ config(materialized='table', post_hook='{{ analyzed() }}') }}
-- depends_on: {{ ref('int_funnel_attempts__broken_down') }}
{%- set placed = most_of(funnels(['ordered', 'strict']), 'steps', least=2) -%}
{%- set times = ['attempts.entered_at'] -%}
{%- for place in range(2, placed + 1) -%} {%- do times.append('attempts.at_' ~ place) -%} {%- endfor %}

with

filled as (

    select
        attempts.funnel,
        attempts.breakdown,
        attempts.breakdown_value,
        places.place,
        attempts.is_open and attempts.level = places.place as is_open,
        attempts.entered_at,
        -- Times never run backwards along the steps, so the latest earlier one is that of the step filled before.
        case places.place
            {%- for place in range(2, placed + 1) %}
            when {{ place }} then {{ 'greatest(' ~ times[:place - 1] | join(', ') ~ ')' if place > 2 else times[0] }}
            {%- endfor %}
        end as previous_at,
        {{ numbered_column('places.place', 'attempts.at_', placed + 1, first=2) }} as filled_at
    from {{ ref('int_funnel_attempts__broken_down') }} as attempts
    inner join {{ ref('int_funnel_places__defined') }} as places
        on
            attempts.funnel = places.funnel
            and (places.is_optional or attempts.level >= places.place)
    where
        not places.is_optional
        or {{ numbered_column('places.place', 'attempts.at_', placed + 1, first=2) }} is not null

)

select
    funnel,
    breakdown,
    breakdown_value,
    place,
    is_open,
    {{ microseconds_of('filled_at') }} - {{ microseconds_of('previous_at') }} as microseconds_from_previous,
    {{ microseconds_of('filled_at') }} - {{ microseconds_of('entered_at') }} as microseconds_from_entry
from filled
