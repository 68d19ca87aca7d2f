-- Cell 0 holds every member, each later one those it counts, and no more; one that is not ripe says nothing.
with

members as (

    select
        definition,
        cohort_period,
        k,
        count(*) as members
    from {{ ref('fct_retention_members') }}
    group by 1, 2, 3

),

cells as (

    select * from {{ ref('fct_retention') }}
    where breakdown = ''

)

select
    coalesce(cells.definition, members.definition) as definition,
    coalesce(cells.cohort_period, members.cohort_period) as cohort_period,
    coalesce(cells.k, members.k) as k,
    cells.value,
    members.members
from cells
full outer join members
    on
        cells.definition = members.definition
        and cells.cohort_period = members.cohort_period
        and cells.k = members.k
where
    cells.definition is null
    or (cells.k = 0 and cells.value is distinct from cells.cohort_size)
    or (cells.k = 0 and cells.value is distinct from members.members)
    or (cells.k > 0 and cells.is_ripe and cells.value is distinct from coalesce(members.members, 0))
    or (cells.k > 0 and not cells.is_ripe and cells.value is not null)
