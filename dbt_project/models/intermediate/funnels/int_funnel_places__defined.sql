{#- In an unordered funnel a place is a number of steps, whichever. -#}
{%- set all_funnels = funnels() %}

{% if all_funnels -%}
select
    places.funnel,
    places.mode,
    cast(places.place as integer) as place,
    places.step,
    places.is_optional,
    cast(places.previous_place as integer) as previous_place
from (
    values
    {%- for funnel in all_funnels %}
    {%- set last_required = namespace(place=none) %}
    {%- for step in funnel.steps %}
    (
        {{ text_literal(funnel.name) }}, '{{ funnel.mode }}', {{ loop.index }},
        {{ text_literal(loop.index ~ ' of ' ~ (funnel.steps | length) if funnel.mode == 'unordered' else step.label) }},
        {{ step.optional | lower }}, cast({{ last_required.place or 'null' }} as integer)
    )
    {%- if not step.optional -%} {%- set last_required.place = loop.index -%} {%- endif -%}
    {{- ',' if not loop.last }}
    {%- endfor %}
    {{- ',' if not loop.last }}
    {%- endfor %}
) as places (funnel, mode, place, step, is_optional, previous_place)
{%- else -%}
select
    cast(null as text) as funnel,
    cast(null as text) as mode,
    cast(null as integer) as place,
    cast(null as text) as step,
    cast(null as boolean) as is_optional,
    cast(null as integer) as previous_place
where false
{%- endif %}
