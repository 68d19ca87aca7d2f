{#- The goals that are defined, one row each. -#}
{% macro goals_told() -%}
    {%- for goal in definitions('goal') %}
    select {{ text_literal(goal.name) }} as goal
    {{- '\n    union all' if not loop.last }}
    {%- else %}
    select cast(null as text) as goal where false
    {%- endfor -%}
{%- endmacro %}
