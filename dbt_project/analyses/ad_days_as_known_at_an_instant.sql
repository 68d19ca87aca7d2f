-- What every ad-day looked like to us at an instant: the ledger answers without building anything again.
-- Change the instant; a day's knowledge is that of its end in the zone one thinks in.
{% set instant = "timestamptz '2026-11-20 06:00:00+00'" %}

select
    platform,
    account_id,
    campaign_id,
    ad_id,
    breakdown,
    date_day,
    currency,
    spend_local,
    impressions,
    clicks,
    reported_conversions,
    known_from
from {{ ref('fct_ad_daily_restatements') }}
where
    known_from <= {{ instant }}
    and (known_to is null or known_to > {{ instant }})
