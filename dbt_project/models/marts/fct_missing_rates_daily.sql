select
    -- ids
    currency,
    date_day,

    -- measures
    cast(count(*) as bigint) as ad_days,
    cast(sum(spend_local) as decimal(38, 6)) as spend_local
from {{ ref('fct_ad_daily') }}
where
    usd_per_unit is null
    and currency is not null
group by 1, 2
