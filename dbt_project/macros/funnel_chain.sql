{#- The attempts at every ordered or strict funnel. Each round takes whoever can go on to the next instant that leads them
    further; a funnel with n required steps is over after n - 1 rounds. Then optional steps are filled and exclusions asked
    for, one by one. -#}
{% macro chained_attempts(linked, entrants) -%}
{%- set chained = funnels(['ordered', 'strict']) -%}
{%- set levels = most_of(chained, 'required', least=2) -%}
{%- set extras = most_extras(chained) -%}
{%- set strict = funnels(['strict']) -%}
{%- set windows, days = [], [] -%}
{%- for funnel in chained -%}
    {%- do windows.append([funnel.name, seconds_later('occurred_at', funnel.window_seconds)]) -%}
    {%- do days.append([funnel.name, local_date('occurred_at', text_literal(funnel.timezone))]) -%}
{%- endfor -%}
with

entries as (

    select
        instants.*,
        entrants.funnel
    from {{ linked }} as instants
    inner join {{ entrants }} as entrants on instants.number = entrants.number
    where {{ has_bit('instants.steps', 0) }}

),

dated as (

    select
        entries.*,
        {{ by_funnel(windows) }} as ends_at,
        {{ by_funnel(days, type='date') }} as entered_on
    from entries

),

-- Where several steps fall on the first instant, somebody in a strict funnel may begin with fewer of them: the others
-- come before the entry then.
starts (start_level) as (

    values {% for level in range(1, levels + 1) %} ({{ level }}) {{- ',' if not loop.last }} {%- endfor %}

),

chain_0 as (

    select
        dated.number,
        dated.occurred_at as entered_at,
        dated.entered_on,
        dated.ends_at,
        starts.start_level as level,
        {%- if strict %}
        starts.start_level,
        {%- endif %}
        dated.occurred_at as at_1
        {%- for level in range(2, levels + 1) %},
        case when starts.start_level >= {{ level }} then dated.occurred_at end as at_{{ level }}
        {%- endfor %},
        case starts.start_level
            {%- for level in range(1, levels) %}
            when {{ level }} then dated.next_id_{{ level }}
            {%- endfor %}
        end as next_id
        {%- if extras %},
        dated.instant_id as id_1
        {%- for level in range(2, levels + 1) %},
        case when starts.start_level >= {{ level }} then dated.instant_id end as id_{{ level }}
        {%- endfor %}
        {%- endif %}
    from dated
    inner join starts
        on
            dated.reached_from_0 = starts.start_level
            {%- if strict %}
            or (dated.reached_from_0 > starts.start_level and dated.is_strict)
            {%- endif %}
    where {{ falls_in_funnel_range('dated.funnel', 'dated.entered_on', chained) }}

),
{%- for round in range(1, levels) %}

met_{{ round }} as (

    select
        chain.*,
        instants.occurred_at as met_at,
        instants.events,
        instants.is_strict,
        case chain.level
            {%- for level in range(1, levels) %}
            when {{ level }} then instants.reached_from_{{ level }}
            {%- endfor %}
        end as reached
        {%- for level in range(1, levels) %},
        instants.next_id_{{ level }} as then_{{ level }}
        {%- endfor %}
    from chain_{{ round - 1 }} as chain
    left join {{ linked }} as instants
        on
            chain.next_id = instants.instant_id
            and chain.ends_at >= instants.occurred_at

),

-- Settled round by round: Postgres would write each round's expressions into the next one's, again and again.
chain_{{ round }} as materialized (

    select
        number,
        entered_at,
        entered_on,
        ends_at,
        {%- if strict %}
        start_level,
        {%- endif %}
        coalesce(reached, level) as level,
        at_1
        {%- for level in range(2, levels + 1) %},
        case when level < {{ level }} and reached >= {{ level }} then met_at else at_{{ level }} end as at_{{ level }}
        {%- endfor %}
        {%- if extras %},
        id_1
        {%- for level in range(2, levels + 1) %},
        case when level < {{ level }} and reached >= {{ level }} then next_id else id_{{ level }} end as id_{{ level }}
        {%- endfor %}
        {%- endif %},
        -- Strictly, the chain goes on only where every event of the instant had its place in it.
        case
            when is_strict and reached - level < events then null
            else
                case reached
                    {%- for level in range(1, levels) %}
                    when {{ level }} then then_{{ level }}
                    {%- endfor %}
                end
        end as next_id
    from met_{{ round }}

),
{%- endfor %}

{%- if strict %}

deepest as (

    select
        chain.*,
        row_number() over (partition by number, entered_at order by level desc, start_level desc) as rank
    from chain_{{ levels - 1 }} as chain

),
{%- endif %}

{#- Optional steps: each from the last filled step on, up to the next required one. -#}
{%- set filled = namespace(relation='chosen') %}
chosen as (

    select
        chain.*,
        entrants.funnel,
        entrants.person_id
    from {{ 'deepest' if strict else 'chain_' ~ (levels - 1) }} as chain
    inner join {{ entrants }} as entrants on chain.number = entrants.number
    {%- if strict %}
    where chain.rank = 1
    {%- endif %}

)
{%- for extra in range(extras) %}
{%- set optional = [] -%}
{%- set excluded = [] -%}
{%- for funnel in chained -%}
    {%- if extra < funnel.optional | length -%}
        {%- set step = funnel.optional[extra] -%}
        {%- set before = ['id_' ~ step.follows] -%}
        {%- for earlier in range(extra) if funnel.optional[earlier].follows == step.follows -%}
            {%- do before.insert(0, 'extra_id_' ~ earlier) -%}
        {%- endfor -%}
        {%- do optional.append([
            funnel.name, 'coalesce(' ~ before | join(', ') ~ ')', 'coalesce(at_' ~ (step.follows + 1) ~ ', ends_at)'
        ]) -%}
    {%- elif extra < funnel.optional | length + funnel.exclusions | length -%}
        {%- do excluded.append([funnel.name, funnel.exclusions[extra - funnel.optional | length]]) -%}
    {%- endif -%}
{%- endfor -%}
,

asked_{{ extra }} as (

    select
        earlier.*,
        case funnel
            {%- for name, since, until in optional %}
            when {{ text_literal(name) }} then {{ since }}
            {%- endfor %}
            {%- for name, exclusion in excluded %}
            when {{ text_literal(name) }} then id_{{ exclusion.from }}
            {%- endfor %}
        end as asked_id_{{ extra }}
    from {{ filled.relation }} as earlier

),

extra_{{ extra }} as (

    select
        asked.*,
        case asked.funnel
            {%- for name, since, until in optional %}
            when {{ text_literal(name) }}
                then case when instants.extra_from_{{ extra }} <= {{ until }} then instants.extra_from_{{ extra }} end
            {%- endfor %}
            {%- for name, exclusion in excluded %}
            when {{ text_literal(name) }}
                then case
                    when
                        instants.extra_after_{{ extra }} < asked.at_{{ exclusion.to }}
                        or (asked.at_{{ exclusion.to }} is null and instants.extra_after_{{ extra }} <= asked.ends_at)
                        then instants.extra_after_{{ extra }}
                end
            {%- endfor %}
        end as extra_at_{{ extra }},
        case asked.funnel
            {%- for name, since, until in optional %}
            when {{ text_literal(name) }}
                then case when instants.extra_from_{{ extra }} <= {{ until }} then instants.extra_id_{{ extra }} end
            {%- else %}
            when '' then cast(null as bigint)
            {%- endfor %}
        end as extra_id_{{ extra }}
    from asked_{{ extra }} as asked
    left join {{ linked }} as instants
        on
            asked.asked_id_{{ extra }} = instants.instant_id

)
{%- set filled.relation = 'extra_' ~ extra -%}
{%- endfor %}
{%- set places, spoiling = [], [] -%}
{%- for place in range(1, most_of(chained, 'steps', least=2) + 1) -%}
    {%- set expressions = [] -%}
    {%- for funnel in chained -%}
        {%- for step in funnel.required if step.place == place -%}
            {%- do expressions.append([funnel.name, 'at_' ~ number_at(funnel.required, place)]) -%}
        {%- endfor -%}
        {%- for step in funnel.optional if step.place == place -%}
            {%- do expressions.append([funnel.name, 'extra_at_' ~ (number_at(funnel.optional, place) - 1)]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do places.append(expressions) -%}
{%- endfor -%}
{%- for funnel in chained | selectattr('exclusions') -%}
    {%- set found = [] -%}
    {%- for exclusion in funnel.exclusions -%}
        {%- do found.append('extra_at_' ~ (funnel.optional | length + loop.index0) ~ ' is not null') -%}
    {%- endfor -%}
    {%- do spoiling.append([funnel.name, found | join(' or ')]) -%}
{%- endfor %}

select
    funnel,
    person_id,
    cast(level as integer) as level,
    coalesce({{ by_funnel(spoiling, type='boolean') }}, false) as is_spoiled,
    {% for expressions in places -%}
    {{ by_funnel(expressions) }} as at_{{ loop.index }},
    {% endfor -%}
    entered_on,
    entered_at,
    ends_at
from {{ filled.relation }}
{%- endmacro %}
