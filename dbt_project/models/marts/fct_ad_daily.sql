{{
    config(
        materialized='incremental',
        incremental_strategy='replace_days',
        on_schema_change='fail',
        indexes=[{'columns': ['date_day']}] if target.type == 'postgres' else [],
        pre_hook="{{ join_as_written(true) }}",
        post_hook=["{{ remember_days_built() }}", "{{ join_as_written(false) }}"]
    )
}}

{%- set days = days_to_rebuild() %}

with

versions as (

    select
        *,
        {{ known_to('valid_to') }} as known_to
    from {{ ref('int_ad_daily__placed') }}
    where
        {{ falls_in('date_day', days) }}
        and {{ had_happened('valid_from') }}

),

-- Only what was restated has a past: first sight of everything else is its one version's.
earlier_versions as (

    select
        platform,
        account_id,
        ad_id,
        date_day,
        breakdown,
        min(valid_from) as first_seen_at
    from versions
    where known_to is not null
    group by 1, 2, 3, 4, 5

),

ad_days as (

    select
        versions.*,
        coalesce(earlier_versions.first_seen_at, versions.valid_from) as first_seen_at,
        earlier_versions.first_seen_at is not null as is_restated
    from versions
    left join earlier_versions
        on
            versions.ad_id = earlier_versions.ad_id
            and versions.date_day = earlier_versions.date_day
            and versions.breakdown = earlier_versions.breakdown
            and versions.account_id = earlier_versions.account_id
            and versions.platform = earlier_versions.platform
    where versions.known_to is null

),

rates as (

    select * from {{ ref('int_fx__daily') }}
    where {{ falls_in('date_day', days) }}

),

account_days as (

    select * from {{ ref('int_account_days__pulled') }}
    where {{ falls_in('date_day', days) }}

),

priced as (

    select
        ad_days.*,
        case when ad_days.currency = 'USD' then 1 else rates.usd_per_unit end as usd_per_unit,
        account_days.last_pulled_at,
        coalesce(account_days.is_partial_day, false) as is_partial_day,
        -- Nobody restates a file: what people bring is final once its day is over.
        case
            when ad_days.source_party in ({{ quoted_names(var('imported_ad_parties')) }})
                then not coalesce(account_days.is_partial_day, false)
            else coalesce(
                account_days.is_past_look_back
                and not account_days.is_partial_day
                and (
                    ad_days.valid_from < account_days.last_pulled_at
                    or (account_days.was_read_past_look_back and not ad_days.is_restated)
                ),
                false
            )
        end as is_final
    from ad_days
    left join rates
        on
            ad_days.currency = rates.currency
            and ad_days.date_day = rates.date_day
    left join account_days
        on
            ad_days.account_id = account_days.account_id
            and ad_days.date_day = account_days.date_day
            and ad_days.source_party = account_days.source_party

)

select
    -- ids
    platform,
    account_id,
    campaign_id,
    ad_group_id,
    ad_id,
    breakdown,
    date_day,
    source_party,

    -- dimensions
    currency,
    is_partial_day,
    is_final,

    -- measures
    cast(spend_local as decimal(18, 6)) as spend_local,
    cast(usd_per_unit as decimal(20, 12)) as usd_per_unit,
    cast(spend_local * usd_per_unit as decimal(18, 6)) as spend_usd,
    impressions,
    clicks,
    link_clicks,
    engagements,
    video_views,
    cast(reported_conversions as decimal(18, 6)) as reported_conversions,
    cast(reported_value_local as decimal(18, 6)) as reported_value_local,
    cast(reported_value_local * usd_per_unit as decimal(18, 6)) as reported_value_usd,

    -- times
    first_seen_at,
    valid_from as last_changed_at,
    last_pulled_at
from priced
