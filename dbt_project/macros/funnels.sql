{#- What the models of funnels ask of the definitions (`Funnel` in weir/definitions says what each holds). Required steps
    have numbers from 1, level n is reached with required step n, and bit n - 1 of `steps` is set in what may fill it.
    Optional steps, then exclusions, have bits of `extras` in the order in which they are written. -#}

{#- The funnels of some modes: definitions. -#}
{% macro funnels(modes=['ordered', 'strict', 'unordered']) -%}
    {{ return(definitions('funnel') | selectattr('mode', 'in', modes) | list) }}
{%- endmacro %}

{#- How many of something the funnel with the most of them has; at least `least`, so that SQL has columns without any. -#}
{% macro most_of(funnels, field, least=1) -%}
    {%- set counts = [least] -%}
    {%- for funnel in funnels -%} {%- do counts.append(funnel[field] | length) -%} {%- endfor -%}
    {{ return(counts | max) }}
{%- endmacro %}

{% macro most_extras(funnels) -%}
    {%- set counts = [0] -%}
    {%- for funnel in funnels -%}
        {%- do counts.append(funnel.optional | length + funnel.exclusions | length) -%}
    {%- endfor -%}
    {{ return(counts | max) }}
{%- endmacro %}

{#- Whether a row is of one of these funnels. -#}
{% macro is_one_of(column, funnels) -%}
    {%- if funnels -%}
        {{ column }} in (
        {%- for funnel in funnels -%} {{ text_literal(funnel.name) }} {{- ', ' if not loop.last }} {%- endfor -%}
        )
    {%- else -%} false
    {%- endif -%}
{%- endmacro %}

{#- By funnel, what its list `expressions` ([[name, expression], …]) says; null for the others. -#}
{% macro by_funnel(expressions, type='timestamptz') -%}
    {%- if expressions -%}
        case funnel
        {%- for name, expression in expressions %} when {{ text_literal(name) }} then {{ expression }} {%- endfor %} end
    {%- else -%} cast(null as {{ type }})
    {%- endif -%}
{%- endmacro %}

{#- True for what a step or an exclusion takes, in the relation of its entity. -#}
{% macro takes(wanted) -%}
    {%- if wanted.entity == 'none' -%} false
    {%- elif wanted.entity == 'events' -%} {{ event_matches(wanted.event, wanted.where) }}
    {%- else -%}
        (
            {{ happening_matches(wanted.entity, wanted.event) }}
            {%- for column, value in wanted.where.items() %} and {{ column }} = {{ text_literal(value) }} {%- endfor %}
        )
    {%- endif -%}
{%- endmacro %}

{% macro happening_matches(entity, event) -%}
    {%- if entity == 'touches' -%}
        {%- if event == 'touch' -%} true
        {%- elif event == 'paid_click' -%} happening = 'click' and is_paid
        {%- else -%} happening = {{ text_literal(event) }}
        {%- endif -%}
    {%- else -%} happening = {{ text_literal(event) }}
    {%- endif -%}
{%- endmacro %}

{#- An integer with a bit for each of `list` that takes the row. -#}
{% macro bits_taken(wanted) -%}
    cast(
        {%- for each in wanted %} case when {{ takes(each) }} then {{ 2 ** loop.index0 }} else 0 end
            {{- ' +' if not loop.last }}
        {%- else %} 0
        {%- endfor %} as integer
    )
{%- endmacro %}

{#- True for rows that anything of `wanted` could take, by their type alone: quick to ask. -#}
{% macro could_take(wanted) -%}
    {%- set types = wanted | map(attribute='event') | unique | sort | list -%}
    {%- if '*' in types -%} true
    {%- else -%} event_type in (
        {%- for type in types -%} {{ text_literal(type) }} {{- ', ' if not loop.last }} {%- endfor -%}
        )
    {%- endif -%}
{%- endmacro %}

{#- An instant some seconds later, in absolute time. -#}
{% macro seconds_later(instant, seconds) -%}
    {{ instant }} + interval '{{ seconds }} seconds'
{%- endmacro %}

{#- Whether bit `n` of an integer is set. -#}
{% macro has_bit(column, n) -%} ({{ column }} & {{ 2 ** n }}) <> 0 {%- endmacro %}

{#- The number, from 1, of the step that stands at a place of the funnel, among some of its steps. -#}
{% macro number_at(steps, place) -%}
    {{ return(1 + (steps | selectattr('place', 'lt', place) | list | length)) }}
{%- endmacro %}

{#- True for days on which attempts of that row's funnel may begin. -#}
{% macro falls_in_funnel_range(funnel, local_day, funnels) -%}
    {%- set ranged = [] -%}
    {%- for each in funnels if each.range['from'] or each.range['to'] -%} {%- do ranged.append(each) -%} {%- endfor -%}
    {%- if ranged -%}
        case {{ funnel }}
        {%- for each in ranged %} when {{ text_literal(each.name) }} then {{ falls_in_range(local_day, each.range) }} {%- endfor %}
        else true end
    {%- else -%} true
    {%- endif -%}
{%- endmacro %}

{#- Seconds from one instant to another, exactly. -#}
{% macro seconds_between(since, until) -%}
    cast(cast({{ microseconds_of(until) }} - {{ microseconds_of(since) }} as decimal(26, 0)) * 0.000001 as decimal(18, 6))
{%- endmacro %}

{#- Every set of steps of a funnel that may compete for one event: its steps as bits, how many, the first and the last. -#}
{% macro rival_rows(funnels) -%}
    {%- for funnel in funnels -%}
        {%- set last_funnel = loop.last -%}
        {%- for some in funnel.rivals | sum(start=[]) %}
    select
        {{ text_literal(funnel.name) }} as funnel,
        {{ some.steps }} as steps,
        {{ some.size }} as size,
        {{ some.lowest }} as lowest,
        {{ some.highest }} as highest
            {{- '\n    union all' if not (loop.last and last_funnel) }}
        {%- endfor -%}
    {%- else -%}
    select
        cast(null as text) as funnel,
        cast(null as integer) as steps,
        cast(null as integer) as size,
        cast(null as integer) as lowest,
        cast(null as integer) as highest
    where false
    {%- endfor -%}
{%- endmacro %}

{% macro bars_above(levels) -%}
    {%- for level in range(1, levels) %},
        min(case when lowest > {{ level }} then highest - 1 end) as bar_{{ level }}
    {%- endfor -%}
{%- endmacro %}

{#- By a number from `first` to before `levels`: the column of that number. -#}
{% macro numbered_column(number, prefix, levels, first=1) -%}
    case {{ number }}
    {%- for level in range(first, levels) %} when {{ level }} then {{ prefix }}{{ level }} {%- endfor %} end
{%- endmacro %}

{#- The level to which the events of an instant lead whoever comes with `level`. -#}
{% macro reached_from(level, levels) -%}
    case
        when not {{ has_bit('instants.steps', level) }} then {{ level }}
        else least(
            {{ level }} + instants.events,
            coalesce(bars.bar_{{ level }}, {{ levels }}),
            {%- for next in range(level + 1, levels) %}
            case when not {{ has_bit('instants.steps', next) }} then {{ next }} else {{ levels }} end,
            {%- endfor %}
            {{ levels }}
        )
    end
{%- endmacro %}

{#- True for attempts of which some step lies before an earlier one, before the entry or after the end. -#}
{% macro runs_backwards(places) -%}
    {%- set wrong = [] -%}
    {%- for place in range(2, places + 1) -%}
        {%- do wrong.append('at_' ~ place ~ ' not between entered_at and ends_at') -%}
        {%- for earlier in range(2, place) -%} {%- do wrong.append('at_' ~ place ~ ' < at_' ~ earlier) -%} {%- endfor -%}
    {%- endfor -%}
    {{ wrong | join(' or ') }}
{%- endmacro %}

{#- The place of the required step that a level stands for; the level itself in funnels without optional steps. -#}
{% macro place_of_level(funnel, level, funnels) -%}
    {%- if funnels -%}
        case
        {%- for each in funnels -%}
            {%- for step in each.required %}
            when {{ funnel }} = {{ text_literal(each.name) }} and {{ level }} = {{ loop.index }} then {{ step.place }}
            {%- endfor -%}
        {%- endfor %}
            else {{ level }}
        end
    {%- else -%} {{ level }}
    {%- endif -%}
{%- endmacro %}

{#- By breakdown: the funnels that ask for it. -#}
{% macro funnels_by_breakdown(breakdowns) -%}
    {%- set asking = {} -%}
    {%- for breakdown in breakdowns -%}
        {%- set some = [] -%}
        {%- for funnel in funnels() if breakdown in funnel.breakdowns -%} {%- do some.append(funnel) -%} {%- endfor -%}
        {%- do asking.update({breakdown: some}) -%}
    {%- endfor -%}
    {{ return(asking) }}
{%- endmacro %}
