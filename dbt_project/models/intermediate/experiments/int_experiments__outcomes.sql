{{ config(materialized='table') }}

with

conversions as (

    select * from {{ ref('fct_conversions') }}

),

-- What was given back counts on the day of the conversion that it gives back: that day's variant did not earn it.
refunds as (

    select
        of_conversion_id,
        sum(conversions) as conversions,
        sum(value_usd) as value_usd,
        sum(rows_without_rate) as rows_without_rate
    from conversions
    where kind = 'refund'
    group by 1

),

after_start as (

    select
        people.experiment,
        people.variant,
        people.person_id,
        conversions.goal,
        {{ whole_days_between('people.started_at', 'conversions.occurred_at') }} as day_number,
        conversions.conversions + coalesce(refunds.conversions, 0) as conversions,
        coalesce(conversions.value_usd, 0) + coalesce(refunds.value_usd, 0) as value_usd,
        conversions.rows_without_rate + coalesce(refunds.rows_without_rate, 0) as rows_without_rate
    from {{ ref('int_experiments__people') }} as people
    inner join conversions
        on
            people.person_id = conversions.person_id
            and people.started_at <= conversions.occurred_at
    left join refunds
        on conversions.conversion_id = refunds.of_conversion_id
    where
        conversions.kind = 'conversion'
        and people.variant is not null

)

select
    -- ids
    experiment,
    variant,
    person_id,
    goal,
    day_number,

    -- measures
    cast(sum(conversions) as bigint) as conversions,
    cast(sum(value_usd) as decimal(18, 6)) as value_usd,
    cast(sum(rows_without_rate) as bigint) as rows_without_rate
from after_start
group by 1, 2, 3, 4, 5
