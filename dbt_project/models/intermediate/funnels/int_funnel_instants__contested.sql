{{ config(materialized='table', post_hook='{{ analyzed() }}') }}
-- depends_on: {{ ref('int_funnel_events__matched') }}, {{ ref('int_funnel_entrants__numbered') }}
{%- set chained = funnels(['ordered', 'strict']) -%}
{%- set levels = most_of(chained, 'required', least=2) -%}
{%- set rivalled = chained | selectattr('rivals') | list %}

with

-- Sets of steps that compete for the same events.
rivals as (

    {{ rival_rows(rivalled) }}

),

events as (

    select
        entrants.number,
        entrants.funnel,
        matched.occurred_at,
        matched.steps as taken,
        count(*) over (partition by entrants.number, matched.occurred_at) as events
    from {{ ref('int_funnel_events__matched') }} as matched
    inner join {{ ref('int_funnel_entrants__numbered') }} as entrants
        on
            matched.funnel = entrants.funnel
            and matched.person_id = entrants.person_id
    where {{ is_one_of('matched.funnel', rivalled) }}

),

-- Those of which an instant has fewer events than steps; of one event that is plain without counting.
short as (

    select
        events.number,
        events.occurred_at,
        rivals.steps,
        rivals.size,
        rivals.lowest,
        rivals.highest
    from events
    inner join rivals on events.funnel = rivals.funnel
    where events.events > 1
    group by 1, 2, 3, 4, 5, 6
    having count(case when (events.taken & rivals.steps) <> 0 then 1 end) < rivals.size

),

-- How far they let anybody go who comes with a level.
barred as (

    select
        number,
        occurred_at,
        min(case when lowest > 0 then highest - 1 end) as bar_0
        {{- bars_above(levels) }}
    from short
    group by 1, 2

)

select * from barred
