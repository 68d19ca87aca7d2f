-- Shares are cut to whole millionths of millionths, so that their mean does not depend on the order of adding.
with

cells as (

    select
        *,
        case
            when is_ripe then floor(cast(value as float8) * 1000000000000 / cast(cohort_size as float8))
        end as share_e12
    from {{ ref('fct_retention') }}

),

pooled as (

    select
        definition,
        k,
        breakdown,
        breakdown_value,
        min(period_from) as period_from,
        max(period_to) as period_to,
        count(share_e12) as ripe_cohorts,
        sum(case when is_ripe then cohort_size end) as cohort_size,
        sum(case when is_ripe then value end) as value,
        sum(cast(share_e12 as decimal(38, 0))) as shares_e12
    from cells
    group by 1, 2, 3, 4

)

select
    -- ids
    definition,
    k,
    breakdown,
    breakdown_value,

    -- dimensions
    period_from,
    period_to,

    -- measures
    cast(ripe_cohorts as bigint) as ripe_cohorts,
    cast(cohort_size as bigint) as cohort_size,
    cast(value as bigint) as value,
    cast(value as float8) / cast(cohort_size as float8) as pooled_share,
    cast(shares_e12 as float8) / (cast(nullif(ripe_cohorts, 0) as float8) * 1000000000000) as mean_share
from pooled
