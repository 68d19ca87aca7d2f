{#- The attempts at every unordered funnel: each instant with one of its steps opens a window. -#}
{% macro unordered_attempts(matched) -%}
{%- set unordered = funnels(['unordered']) %}

{% for funnel in unordered -%}
{%- set rivalled = funnel.rivals | sum(start=[]) | map(attribute='steps') | list -%}
{%- set single = [] -%}
{%- for step in funnel.required if 2 ** loop.index0 not in rivalled -%} {%- do single.append(2 ** loop.index0) -%} {%- endfor %}
select
    funnel,
    person_id,
    -- Steps that compete for events are filled but for as many as the shortest set of them lacks.
    cast(
        {% for bit in single -%} case when taken_{{ bit }} > 0 then 1 else 0 end {{- ' + ' if not loop.last }} {%- endfor -%}
        {%- if single and funnel.rivals %} + {% endif -%}
        {%- for group in funnel.rivals -%}
        {{ (group | last).size }} - greatest(0
            {%- for set in group -%} , {{ set.size }} - taken_{{ set.steps }} {%- endfor -%}
        ) {{- ' + ' if not loop.last }}
        {%- endfor %} as integer
    ) as level,
    entered_on,
    entered_at,
    ends_at
from (
    select
        funnel,
        person_id,
        occurred_at as entered_at,
        {{ seconds_later('occurred_at', funnel.window_seconds) }} as ends_at,
        {{ local_date('occurred_at', text_literal(funnel.timezone)) }} as entered_on,
        {% for bit in single + rivalled -%}
        count(case when (steps & {{ bit }}) <> 0 then 1 end) over ahead as taken_{{ bit }},
        {% endfor -%}
        row_number() over (partition by person_id, occurred_at) as of_instant
    from {{ matched }}
    where funnel = {{ text_literal(funnel.name) }}
    window ahead as (
        partition by person_id order by occurred_at
        range between current row and interval '{{ funnel.window_seconds }} seconds' following
    )
) as counted
where of_instant = 1 and {{ falls_in_range('entered_on', funnel.range) }}
{{- '\nunion all\n' if not loop.last }}
{% else -%}
select
    cast(null as text) as funnel,
    cast(null as text) as person_id,
    cast(null as integer) as level,
    cast(null as date) as entered_on,
    cast(null as timestamptz) as entered_at,
    cast(null as timestamptz) as ends_at
where false
{% endfor %}
{%- endmacro %}
