{#- Everything that puts somebody on a stage above the first, with how often it takes. -#}
{% macro ladder_events(events, happenings) -%}
    select
        cast(null as text) as ladder,
        cast(null as text) as stage,
        cast(null as integer) as place,
        cast(null as bigint) as times,
        cast(null as text) as person_id,
        cast(null as timestamptz) as occurred_at
    where false
    {% for ladder in definitions('ladder') -%}
    {%- for stage in ladder.stages if stage.event %}
    union all

    select
        {{ text_literal(ladder.name) }} as ladder,
        {{ text_literal(stage.stage) }} as stage,
        {{ loop.index + 1 }} as place,
        {{ stage.times }} as times,
        person_id,
        occurred_at
    {%- if stage.entity == 'events' %}
    from {{ events }}
    where {{ takes(stage) }}
    {%- else %}
    from {{ happenings }}
    where entity = {{ text_literal(stage.entity) }} and {{ takes(stage) }}
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
{%- endmacro %}

{#- The first stages, on which everybody is. -#}
{% macro first_stages() -%}
    {%- for ladder in definitions('ladder') %}
    select
        {{ text_literal(ladder.name) }} as ladder,
        {{ text_literal(ladder.stages[0].stage) }} as stage
    {{- '\n    union all' if not loop.last }}
    {%- else %}
    select
        cast(null as text) as ladder,
        cast(null as text) as stage
    where false
    {%- endfor %}
{%- endmacro %}
