-- Everybody has one value of each breakdown, be it that nothing is known.
with

steps as (

    select * from {{ ref('fct_funnel_steps') }}

),

sliced as (

    select
        funnel,
        place,
        breakdown,
        sum(people) as people,
        sum(open_people) as open_people
    from steps
    group by 1, 2, 3

),

breakdowns as (

    select distinct
        funnel,
        breakdown
    from steps

)

select
    everybody.funnel,
    everybody.place,
    breakdowns.breakdown
from sliced as everybody
inner join breakdowns on everybody.funnel = breakdowns.funnel
left join sliced
    on
        everybody.funnel = sliced.funnel
        and everybody.place = sliced.place
        and breakdowns.breakdown = sliced.breakdown
where
    everybody.breakdown = 'all'
    and (
        everybody.people <> coalesce(sliced.people, 0)
        or everybody.open_people <> coalesce(sliced.open_people, 0)
    )
