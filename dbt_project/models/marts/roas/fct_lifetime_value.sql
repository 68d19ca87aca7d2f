with

predictions as (

    select * from {{ ref('stg_predictions__lifetime_values') }}
    where
        {{ had_happened('valid_from') }}
        and {{ known_to('valid_to') }} is null

)

select
    -- ids
    buyers.person_id,
    predictions.horizon_days,

    -- measures
    buyers.net_usd as observed_usd,
    {{ estimate('predictions.alive') }} as alive,
    {{ estimate('predictions.expected_purchases') }} as expected_purchases,
    cast(predictions.purchase_usd as decimal(18, 6)) as purchase_usd,
    cast(predictions.expected_usd as decimal(18, 6)) as expected_usd,
    cast(predictions.low_usd as decimal(18, 6)) as low_usd,
    cast(predictions.high_usd as decimal(18, 6)) as high_usd,
    cast(buyers.net_usd + predictions.expected_usd as decimal(18, 6)) as lifetime_value_usd,
    buyers.sales_without_rate,

    -- times
    buyers.first_day,
    predictions.valid_from as predicted_at
from {{ ref('decisions_buyers') }} as buyers
left join predictions
    on buyers.user_id = predictions.user_id
