with

account_days as (

    select * from {{ ref('int_account_daily__unioned') }}
    where
        {{ had_happened('valid_from') }}
        and {{ known_to('valid_to') }} is null

),

ads as (

    select
        platform,
        account_id,
        date_day,
        currency,
        sum(spend_local) as spend_local,
        sum(impressions) as impressions,
        sum(clicks) as clicks
    from {{ ref('fct_ad_daily') }}
    group by 1, 2, 3, 4

),

side_by_side as (

    select
        coalesce(account_days.platform, ads.platform) as platform,
        coalesce(account_days.account_id, ads.account_id) as account_id,
        coalesce(account_days.date_day, ads.date_day) as date_day,
        coalesce(account_days.currency, ads.currency) as currency,
        account_days.spend_local as account_spend_local,
        account_days.impressions as account_impressions,
        account_days.clicks as account_clicks,
        ads.spend_local as ads_spend_local,
        ads.impressions as ads_impressions,
        ads.clicks as ads_clicks
    from account_days
    full outer join ads
        on
            account_days.platform = ads.platform
            and account_days.account_id = ads.account_id
            and account_days.date_day = ads.date_day
            and account_days.currency = ads.currency

),

-- No ad had anything on a day whose ads were asked for: that is zero. A day never asked for is unknown.
known as (

    select
        side_by_side.*,
        pulled.date_day is not null as were_ads_pulled,
        case
            when pulled.date_day is not null then coalesce(side_by_side.ads_spend_local, 0)
            else side_by_side.ads_spend_local
        end as known_ads_spend_local,
        case
            when pulled.date_day is not null then coalesce(side_by_side.ads_impressions, 0)
            else side_by_side.ads_impressions
        end as known_ads_impressions,
        case
            when pulled.date_day is not null then coalesce(side_by_side.ads_clicks, 0)
            else side_by_side.ads_clicks
        end as known_ads_clicks
    from side_by_side
    left join {{ ref('int_account_days__pulled') }} as pulled
        on
            side_by_side.platform = pulled.source_party
            and side_by_side.account_id = pulled.account_id
            and side_by_side.date_day = pulled.date_day

)

select
    -- ids
    platform,
    account_id,
    date_day,

    -- dimensions
    currency,
    case
        when account_spend_local is null or known_ads_spend_local is null then null
        else
            abs(account_spend_local - known_ads_spend_local)
            <= greatest(
                {{ var('reconciliation_tolerance_local') }},
                {{ var('reconciliation_tolerance_share') }} * abs(account_spend_local)
            )
    end as is_within_tolerance,

    -- measures
    cast(account_spend_local as decimal(38, 6)) as account_spend_local,
    cast(known_ads_spend_local as decimal(38, 6)) as ads_spend_local,
    cast(account_spend_local - known_ads_spend_local as decimal(38, 6)) as unexplained_spend_local,
    cast(account_impressions - known_ads_impressions as bigint) as unexplained_impressions,
    cast(account_clicks - known_ads_clicks as bigint) as unexplained_clicks
from known
