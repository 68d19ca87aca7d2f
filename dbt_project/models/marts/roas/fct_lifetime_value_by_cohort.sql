with

predictions as (

    select * from {{ ref('stg_predictions__lifetime_cohorts') }}
    where
        {{ had_happened('valid_from') }}
        and {{ known_to('valid_to') }} is null

),

cohorts as (

    select
        substr(cast(first_day as text), 1, 7) as cohort_month,
        count(*) as buyers,
        sum(net_usd) as observed_usd,
        sum(sales_without_rate) as sales_without_rate
    from {{ ref('decisions_buyers') }}
    group by 1

)

select
    -- ids
    cohorts.cohort_month,
    predictions.horizon_days,

    -- measures
    cast(cohorts.buyers as bigint) as buyers,
    predictions.buyers as predicted_buyers,
    cast(cohorts.observed_usd as decimal(18, 6)) as observed_usd,
    {{ estimate('predictions.expected_purchases') }} as expected_purchases,
    cast(predictions.expected_usd as decimal(18, 6)) as expected_usd,
    cast(predictions.low_usd as decimal(18, 6)) as low_usd,
    cast(predictions.high_usd as decimal(18, 6)) as high_usd,
    cast(
        (
            cast(cohorts.observed_usd as double precision) + cast(predictions.expected_usd as double precision)
        ) / cohorts.buyers as decimal(18, 6)
    ) as lifetime_value_per_buyer_usd,
    cast(cohorts.sales_without_rate as bigint) as sales_without_rate,
    {% for parameter in ['r', 'alpha', 'a', 'b', 'p', 'q', 'gamma', 'correlation'] -%}
    {{ estimate('predictions.' ~ parameter) }} as {{ parameter }},
    {% endfor %}
    -- times
    predictions.valid_from as predicted_at
from cohorts
left join predictions
    on cohorts.cohort_month = predictions.cohort_month
