with

bins as (

    select
        funnel,
        breakdown,
        coalesce(breakdown_value, '') as breakdown_value,
        place,
        measure,
        sum(people) as people
    from {{ ref('fct_funnel_times') }}
    group by 1, 2, 3, 4, 5

),

steps as (

    select
        steps.funnel,
        steps.breakdown,
        coalesce(steps.breakdown_value, '') as breakdown_value,
        steps.place,
        measures.measure,
        steps.people
    from {{ ref('fct_funnel_steps') }} as steps
    cross join (values ('from_previous'), ('from_entry')) as measures (measure)
    where
        steps.place > 1
        and steps.mode <> 'unordered'
        and steps.people > 0

)

select
    coalesce(steps.funnel, bins.funnel) as funnel,
    coalesce(steps.place, bins.place) as place,
    steps.people,
    bins.people as people_in_bins
from steps
full outer join bins
    on
        steps.funnel = bins.funnel
        and steps.breakdown = bins.breakdown
        and steps.breakdown_value = bins.breakdown_value
        and steps.place = bins.place
        and steps.measure = bins.measure
where coalesce(steps.people, 0) <> coalesce(bins.people, 0)
