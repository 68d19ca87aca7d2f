with

sizes as (

    select
        definition,
        cohort_period,
        '' as breakdown,
        '' as breakdown_value,
        count(*) as cohort_size
    from {{ ref('int_retention__starts') }}
    group by 1, 2

    union all

    select
        definition,
        cohort_period,
        breakdown,
        breakdown_value,
        count(*) as cohort_size
    from {{ ref('int_retention__slices') }}
    group by 1, 2, 3, 4

),

returned as (

    select
        definition,
        cohort_period,
        k,
        '' as breakdown,
        '' as breakdown_value,
        count(*) as members
    from {{ ref('fct_retention_members') }}
    where k > 0
    group by 1, 2, 3

    union all

    select
        members.definition,
        members.cohort_period,
        members.k,
        slices.breakdown,
        slices.breakdown_value,
        count(*) as members
    from {{ ref('fct_retention_members') }} as members
    inner join {{ ref('int_retention__slices') }} as slices
        on
            members.definition = slices.definition
            and members.cohort_period = slices.cohort_period
            and members.person_id = slices.person_id
    where members.k > 0
    group by 1, 2, 3, 4, 5

),

-- The cohort itself is a number from its first day on; everything after it is one when its period is over.
valued as (

    select
        cells.*,
        sizes.breakdown,
        sizes.breakdown_value,
        sizes.cohort_size,
        case
            when cells.k = 0 then sizes.cohort_size
            when cells.is_ripe then coalesce(returned.members, 0)
        end as value
    from {{ ref('int_retention__cells') }} as cells
    inner join sizes
        on
            cells.definition = sizes.definition
            and cells.cohort_period = sizes.cohort_period
    left join returned
        on
            sizes.definition = returned.definition
            and sizes.cohort_period = returned.cohort_period
            and sizes.breakdown = returned.breakdown
            and sizes.breakdown_value = returned.breakdown_value
            and cells.k = returned.k

)

select
    -- ids
    definition,
    cohort_period,
    k,
    breakdown,
    breakdown_value,

    -- dimensions
    period_from,
    period_to,
    is_ripe,
    is_running,
    can_grow,
    is_partial,

    -- measures
    cast(cohort_size as bigint) as cohort_size,
    cast(value as bigint) as value,
    cast(value as float8) / cast(cohort_size as float8) as share
from valued
