-- Each instant of a funnel's first step begins one attempt; only a range of days leaves some out.
{%- set free = [] -%}
{%- for funnel in funnels(['ordered', 'strict']) if not (funnel.range['from'] or funnel.range['to']) -%}
    {%- do free.append(funnel) -%}
{%- endfor %}

with

entries as (

    select
        entrants.funnel,
        count(*) as entries
    from {{ ref('int_funnel_instants__linked') }} as instants
    inner join {{ ref('int_funnel_entrants__numbered') }} as entrants on instants.number = entrants.number
    where {{ has_bit('instants.steps', 0) }}
    group by 1

),

attempts as (

    select
        funnel,
        count(*) as attempts
    from {{ ref('fct_funnel_attempts') }}
    group by 1

)

select
    coalesce(entries.funnel, attempts.funnel) as funnel,
    entries.entries,
    attempts.attempts
from entries
full outer join attempts on entries.funnel = attempts.funnel
where
    {{ is_one_of('coalesce(entries.funnel, attempts.funnel)', free) }}
    and coalesce(entries.entries, 0) <> coalesce(attempts.attempts, 0)
