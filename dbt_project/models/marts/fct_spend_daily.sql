with

ads as (

    select
        platform,
        account_id,
        campaign_id,
        date_day,
        currency,
        'ads' as line,
        sum(spend_local) as spend_local,
        case when count(*) = count(spend_usd) then sum(spend_usd) end as spend_usd,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        sum(link_clicks) as link_clicks,
        sum(reported_conversions) as reported_conversions,
        sum(reported_value_local) as reported_value_local,
        count(*) - count(usd_per_unit) as rows_without_rate,
        max(case when is_partial_day then 1 else 0 end) = 1 as is_partial_day,
        min(case when is_final then 1 else 0 end) = 1 as is_final
    from {{ ref('fct_ad_daily') }}
    group by 1, 2, 3, 4, 5

),

unexplained as (

    select
        reconciliation.platform,
        reconciliation.account_id,
        cast(null as text) as campaign_id,
        reconciliation.date_day,
        reconciliation.currency,
        'unexplained' as line,
        reconciliation.unexplained_spend_local as spend_local,
        reconciliation.unexplained_spend_local
        * case when reconciliation.currency = 'USD' then 1 else rates.usd_per_unit end as spend_usd,
        reconciliation.unexplained_impressions as impressions,
        reconciliation.unexplained_clicks as clicks,
        cast(null as bigint) as link_clicks,
        cast(null as decimal(38, 6)) as reported_conversions,
        cast(null as decimal(38, 6)) as reported_value_local,
        case when reconciliation.currency = 'USD' or rates.usd_per_unit is not null then 0 else 1 end
            as rows_without_rate,
        coalesce(pulled.is_partial_day, false) as is_partial_day,
        false as is_final
    from {{ ref('fct_account_reconciliation') }} as reconciliation
    left join {{ ref('int_fx__daily') }} as rates
        on
            reconciliation.currency = rates.currency
            and reconciliation.date_day = rates.date_day
    left join {{ ref('int_account_days__pulled') }} as pulled
        on
            reconciliation.platform = pulled.source_party
            and reconciliation.account_id = pulled.account_id
            and reconciliation.date_day = pulled.date_day
    where
        reconciliation.unexplained_spend_local <> 0
        or reconciliation.unexplained_impressions <> 0
        or reconciliation.unexplained_clicks <> 0

),

lines as (

    select * from ads
    union all
    select * from unexplained

)

select
    -- ids
    platform,
    account_id,
    campaign_id,
    date_day,
    line,

    -- dimensions
    currency,
    is_partial_day,
    is_final,

    -- measures
    cast(spend_local as decimal(38, 6)) as spend_local,
    cast(spend_usd as decimal(38, 6)) as spend_usd,
    cast(impressions as bigint) as impressions,
    cast(clicks as bigint) as clicks,
    cast(link_clicks as bigint) as link_clicks,
    cast(reported_conversions as decimal(38, 6)) as reported_conversions,
    cast(reported_value_local as decimal(38, 6)) as reported_value_local,
    cast(rows_without_rate as bigint) as rows_without_rate
from lines
