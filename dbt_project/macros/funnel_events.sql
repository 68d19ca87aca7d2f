{#- The events that the steps and exclusions of each funnel take, stacked: `events` are the product's, `happenings` the rest. -#}
{% macro matched_events(events, happenings) -%}
{%- set selects = [] -%}
{%- for funnel in funnels() -%}
    {%- set extras = funnel.optional + funnel.exclusions -%}
    {%- for entity in (funnel.required + extras) | map(attribute='entity') | unique | sort -%}
        {%- set wanted = (funnel.required + extras) | selectattr('entity', 'equalto', entity) | list -%}
        {#- Of the steps that take other entities the bits stay unset. -#}
        {%- set required, other = [], [] -%}
        {%- for step in funnel.required -%}
            {%- do required.append(step if step.entity == entity else {'entity': 'none'}) -%}
        {%- endfor -%}
        {%- for step in extras -%}
            {%- do other.append(step if step.entity == entity else {'entity': 'none'}) -%}
        {%- endfor -%}
        {%- set select -%}
    select
        {{ text_literal(funnel.name) }} as funnel,
        person_id,
        occurred_at,
        {{ bits_taken(required) }} as steps,
        {{ bits_taken(other) }} as extras
    {%- if entity == 'events' %}
    from {{ events }}
    where {{ 'true' if funnel.mode == 'strict' else could_take(wanted) }}
    {%- else %}
    from {{ happenings }}
    where entity = {{ text_literal(entity) }}
    {%- endif -%}
        {%- endset -%}
        {%- do selects.append(select) -%}
    {%- endfor -%}
{%- endfor %}
{%- for select in selects %}
{{ select }}
    {{- '\n    union all\n' if not loop.last }}
{%- else %}
    select
        cast(null as text) as funnel,
        cast(null as text) as person_id,
        cast(null as timestamptz) as occurred_at,
        cast(null as integer) as steps,
        cast(null as integer) as extras
    where false
{%- endfor %}
{%- endmacro %}
