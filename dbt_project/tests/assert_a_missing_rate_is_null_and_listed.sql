-- Where no rate is known nothing is converted, at any rate at all, and the currency and day are on the list.
select
    ad_days.currency,
    ad_days.date_day
from {{ ref('fct_ad_daily') }} as ad_days
left join {{ ref('fct_missing_rates_daily') }} as missing
    on
        ad_days.currency = missing.currency
        and ad_days.date_day = missing.date_day
where
    ad_days.usd_per_unit is null
    and ad_days.currency is not null
    and (ad_days.spend_usd is not null or missing.currency is null)
