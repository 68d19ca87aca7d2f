-- Who came back in a period or later had done so, or later, of every period before.
with

cells as (

    select
        *,
        lag(value) over (
            partition by definition, cohort_period, breakdown, breakdown_value order by k
        ) as previous_value
    from {{ ref('fct_retention') }}

)

select
    definition,
    cohort_period,
    k,
    breakdown,
    breakdown_value,
    value
from cells
where
    value > cohort_size
    or value < 0
    or (can_grow and value > previous_value)
