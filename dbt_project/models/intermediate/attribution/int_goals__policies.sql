{{ config(materialized='table') }}

{#- Half of a touch's weight is gone after a quarter of the click window, but never before a day. A view window of
    nothing means that views never count, not even at the conversion's own instant. -#}
{%- for goal in definitions('goal') %}
select
    {{ text_literal(goal.name) }} as goal,
    {{ text_literal(goal.entity) }} as entity,
    {{ 'true' if goal.direct == 'keep' else 'false' }} as keeps_direct,
    cast({{ goal.click_window_seconds }} * cast(1000000 as bigint) as bigint) as click_window_us,
    cast({{ goal.view_window_seconds or -1 }} * cast(1000000 as bigint) as bigint) as view_window_us,
    cast(greatest({{ goal.click_window_seconds }} * 250000.0, 86400000000.0) as float8) as half_life_us
{{ 'union all' if not loop.last }}
{%- else %}
select
    cast(null as text) as goal,
    cast(null as text) as entity,
    cast(null as boolean) as keeps_direct,
    cast(null as bigint) as click_window_us,
    cast(null as bigint) as view_window_us,
    cast(null as float8) as half_life_us
where false
{%- endfor %}
