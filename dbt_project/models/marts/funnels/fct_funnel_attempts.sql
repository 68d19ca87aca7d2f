-- depends_on: {{ ref('int_funnel_attempts__reached') }}
{%- set timed, converting = [], [] -%}
{%- for funnel in funnels(['ordered', 'strict']) -%}
    {%- set texts = [] -%}
    {%- for place in range(2, funnel.steps | length + 1) -%}
        {%- do texts.append("coalesce(cast(" ~ seconds_between('entered_at', 'at_' ~ place) ~ " as text), 'null')") -%}
    {%- endfor -%}
    {%- do timed.append([funnel.name, "'[' || " ~ texts | join(" || ', ' || ") ~ " || ']'"]) -%}
    {%- do converting.append([funnel.name, seconds_between('entered_at', 'at_' ~ funnel.steps | length)]) -%}
{%- endfor %}

select
    funnel,
    person_id,
    entered_on as date_day,
    level,
    is_complete,
    is_open,
    is_spoiled,
    is_counted,
    is_counted_that_day,
    cast(
        case when is_complete then {{ by_funnel(converting, type='decimal(18, 6)') }} end as decimal(18, 6)
    ) as seconds_to_convert,
    {{ by_funnel(timed, type='text') }} as seconds_to_steps,
    entered_at,
    ends_at as window_ends_at
from {{ ref('int_funnel_attempts__reached') }}
