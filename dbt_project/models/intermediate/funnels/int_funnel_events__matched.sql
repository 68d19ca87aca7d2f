-- depends_on: {{ ref('int_events__identified') }}, {{ ref('int_funnel_happenings__unioned') }}
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
    from {{ ref('int_events__identified') }}
    where {{ 'true' if funnel.mode == 'strict' else could_take(wanted) }}
    {%- else %}
    from {{ ref('int_funnel_happenings__unioned') }}
    where entity = {{ text_literal(entity) }}
    {%- endif -%}
        {%- endset -%}
        {%- do selects.append(select) -%}
    {%- endfor -%}
{%- endfor %}

with

matched as (

    {% for select in selects %}
    {{ select }}
    {{- '\n    union all\n' if not loop.last }}
    {% else %}
    select
        cast(null as text) as funnel,
        cast(null as text) as person_id,
        cast(null as timestamptz) as occurred_at,
        cast(null as integer) as steps,
        cast(null as integer) as extras
    where false
    {% endfor %}

)

select
    funnel,
    person_id,
    steps,
    extras,
    occurred_at
from matched
where
    steps <> 0
    or extras <> 0
    or {{ is_one_of('funnel', funnels(['strict'])) }}
