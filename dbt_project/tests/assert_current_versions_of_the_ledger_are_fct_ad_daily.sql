-- The restatement ledger and the mart tell the same present, ad-day by ad-day.
with

ledger as (

    select
        platform,
        account_id,
        ad_id,
        date_day,
        breakdown,
        spend_local,
        impressions,
        reported_conversions,
        known_from
    from {{ ref('fct_ad_daily_restatements') }}
    where known_to is null

)

select
    coalesce(ledger.platform, ad_days.platform) as platform,
    coalesce(ledger.account_id, ad_days.account_id) as account_id,
    coalesce(ledger.ad_id, ad_days.ad_id) as ad_id,
    coalesce(ledger.date_day, ad_days.date_day) as date_day
from ledger
full outer join {{ ref('fct_ad_daily') }} as ad_days
    on
        ledger.platform = ad_days.platform
        and ledger.account_id = ad_days.account_id
        and ledger.ad_id = ad_days.ad_id
        and ledger.date_day = ad_days.date_day
        and ledger.breakdown = ad_days.breakdown
where
    ledger.known_from is distinct from ad_days.last_changed_at
    or ledger.spend_local is distinct from ad_days.spend_local
    or ledger.impressions is distinct from ad_days.impressions
    or ledger.reported_conversions is distinct from ad_days.reported_conversions
