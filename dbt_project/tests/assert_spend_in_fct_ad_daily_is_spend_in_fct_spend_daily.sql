-- Adding up loses nothing: ads and their campaigns' days hold the same spend, claims and missing rates, per currency.
with

ads as (

    select
        platform,
        coalesce(currency, '') as currency,
        sum(spend_local) as spend_local,
        sum(reported_conversions) as reported_conversions,
        count(*) - count(usd_per_unit) as rows_without_rate
    from {{ ref('fct_ad_daily') }}
    group by 1, 2

),

lines as (

    select
        platform,
        coalesce(currency, '') as currency,
        sum(spend_local) as spend_local,
        sum(reported_conversions) as reported_conversions,
        sum(rows_without_rate) as rows_without_rate
    from {{ ref('fct_spend_daily') }}
    where line = 'ads'
    group by 1, 2

)

select
    coalesce(ads.platform, lines.platform) as platform,
    coalesce(ads.currency, lines.currency) as currency,
    ads.spend_local as ads_spend_local,
    lines.spend_local as lines_spend_local
from ads
full outer join lines
    on
        ads.platform = lines.platform
        and ads.currency = lines.currency
where
    ads.spend_local is distinct from lines.spend_local
    or ads.reported_conversions is distinct from lines.reported_conversions
    or ads.rows_without_rate is distinct from lines.rows_without_rate
