-- Every member has one value of a breakdown, so the values' cells are the cohort's: in people, sales and money.
with

slices as (

    select
        retention.definition,
        retention.cohort_period,
        retention.k,
        retention.breakdown,
        sum(retention.cohort_size) as cohort_size,
        sum(retention.value) as value,
        sum(revenue.cumulative_sales) as cumulative_sales,
        sum(revenue.rows_without_rate) as rows_without_rate,
        sum(revenue.cumulative_revenue_usd) as cumulative_revenue_usd
    from {{ ref('fct_retention') }} as retention
    left join {{ ref('fct_revenue_cohorts') }} as revenue
        on
            retention.definition = revenue.definition
            and retention.cohort_period = revenue.cohort_period
            and retention.k = revenue.k
            and retention.breakdown = revenue.breakdown
            and retention.breakdown_value = revenue.breakdown_value
    group by 1, 2, 3, 4

),

named as (

    select distinct
        definition,
        breakdown
    from {{ ref('int_retention__slices') }}

),

-- Also where no slice at all is left of a cohort.
cohorts as (

    select
        slices.*,
        named.breakdown as sliced_by
    from slices
    inner join named
        on slices.definition = named.definition
    where slices.breakdown = ''

)

select
    cohorts.definition,
    cohorts.cohort_period,
    cohorts.k,
    cohorts.sliced_by
from cohorts
left join slices
    on
        cohorts.definition = slices.definition
        and cohorts.cohort_period = slices.cohort_period
        and cohorts.k = slices.k
        and cohorts.sliced_by = slices.breakdown
where
    slices.cohort_size is distinct from cohorts.cohort_size
    or slices.value is distinct from cohorts.value
    or slices.cumulative_sales is distinct from cohorts.cumulative_sales
    or slices.rows_without_rate is distinct from cohorts.rows_without_rate
    or (slices.rows_without_rate = 0 and slices.cumulative_revenue_usd <> cohorts.cumulative_revenue_usd)
