{#- Whether an event is the one by which somebody became a user: the goal `signup`, else any event of that type. -#}
{% macro is_sign_up(type_column, properties_column) -%}
    {%- set goals = definitions('goal') | selectattr('name', 'equalto', 'signup') | selectattr('entity', 'equalto', 'events') | list -%}
    {%- if goals -%}
        {{ event_matches(goals[0].event_type, goals[0].where, type_column, properties_column) }}
    {%- else -%}
        {{ type_column }} = 'signup'
    {%- endif -%}
{%- endmacro %}
