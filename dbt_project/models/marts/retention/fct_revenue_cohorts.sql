-- depends_on: {{ ref('int_retention__starts') }}
with

-- What was given back counts on its own day, and takes nothing from the number of sales.
money as (

    select
        person_id,
        occurred_at,
        1 as sales,
        amount_usd,
        case when amount_usd is null then 1 else 0 end as rows_without_rate
    from {{ ref('int_sales__unified') }}

    union all

    select
        person_id,
        occurred_at,
        0 as sales,
        -amount_usd as amount_usd,
        case when amount_usd is null then 1 else 0 end as rows_without_rate
    from {{ ref('int_refunds__unified') }}

),

earned as (

    {%- for retention in definitions('retention') %}

    select
        starts.definition,
        starts.cohort_period,
        starts.person_id,
        {{ periods_since_start('starts', 'money.occurred_at', retention) }} as nth,
        money.sales,
        money.amount_usd,
        money.rows_without_rate
    from {{ ref('int_retention__starts') }} as starts
    inner join money
        on starts.person_id = money.person_id
    where starts.definition = {{ text_literal(retention.name) }}
    {{ 'union all' if not loop.last }}
    {%- else %}

    select
        cast(null as text) as definition,
        cast(null as date) as cohort_period,
        cast(null as text) as person_id,
        cast(null as integer) as nth,
        sales,
        amount_usd,
        rows_without_rate
    from money
    where false
    {%- endfor %}

),

sliced as (

    select
        definition,
        cohort_period,
        '' as breakdown,
        '' as breakdown_value,
        nth,
        sales,
        amount_usd,
        rows_without_rate
    from earned

    union all

    select
        earned.definition,
        earned.cohort_period,
        slices.breakdown,
        slices.breakdown_value,
        earned.nth,
        earned.sales,
        earned.amount_usd,
        earned.rows_without_rate
    from earned
    inner join {{ ref('int_retention__slices') }} as slices
        on
            earned.definition = slices.definition
            and earned.cohort_period = slices.cohort_period
            and earned.person_id = slices.person_id

),

-- What came before the cohort's period is not the cohort's.
by_period as (

    select
        definition,
        cohort_period,
        breakdown,
        breakdown_value,
        nth,
        sum(sales) as sales,
        sum(amount_usd) as amount_usd,
        sum(rows_without_rate) as rows_without_rate
    from sliced
    where nth >= 0
    group by 1, 2, 3, 4, 5

),

cells as (

    select
        *,
        coalesce(period_to, period_from) as period_until
    from {{ ref('fct_retention') }}

),

cumulated as (

    select
        cells.definition,
        cells.cohort_period,
        cells.k,
        cells.breakdown,
        cells.breakdown_value,
        coalesce(sum(by_period.sales), 0) as sales,
        coalesce(sum(by_period.amount_usd), 0) as amount_usd,
        coalesce(sum(by_period.rows_without_rate), 0) as rows_without_rate
    from cells
    left join by_period
        on
            cells.definition = by_period.definition
            and cells.cohort_period = by_period.cohort_period
            and cells.breakdown = by_period.breakdown
            and cells.breakdown_value = by_period.breakdown_value
            and cells.period_until >= by_period.nth
    where cells.is_ripe
    group by 1, 2, 3, 4, 5

)

select
    -- ids
    cells.definition,
    cells.cohort_period,
    cells.k,
    cells.breakdown,
    cells.breakdown_value,

    -- dimensions
    cells.period_until,
    cells.is_ripe,
    cells.is_running,
    cells.is_partial,

    -- measures
    cells.cohort_size,
    cast(cumulated.sales as bigint) as cumulative_sales,
    cast(case when cumulated.rows_without_rate = 0 then cumulated.amount_usd end as decimal(38, 6))
        as cumulative_revenue_usd,
    cast(case when cumulated.rows_without_rate = 0 then cumulated.amount_usd end as float8)
    / cast(cells.cohort_size as float8) as cumulative_revenue_per_user_usd,
    cast(cumulated.rows_without_rate as bigint) as rows_without_rate
from cells
left join cumulated
    on
        cells.definition = cumulated.definition
        and cells.cohort_period = cumulated.cohort_period
        and cells.k = cumulated.k
        and cells.breakdown = cumulated.breakdown
        and cells.breakdown_value = cumulated.breakdown_value
