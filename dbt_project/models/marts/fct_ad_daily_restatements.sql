{{
    config(
        materialized='incremental',
        incremental_strategy='replace_days',
        on_schema_change='fail',
        indexes=[{'columns': ['date_day']}] if target.type == 'postgres' else [],
        post_hook="{{ remember_days_built() }}"
    )
}}

{%- set grain = 'platform, account_id, ad_id, date_day, breakdown' %}

with

versions as (

    select
        *,
        valid_from as known_from,
        {{ known_to('valid_to') }} as known_to
    from {{ ref('int_ad_daily__placed') }}
    where
        {{ falls_in('date_day', days_to_rebuild()) }}
        and {{ had_happened('valid_from') }}

),

chained as (

    select
        *,
        row_number() over (partition by {{ grain }} order by known_from) as version,
        lag(known_to) over (partition by {{ grain }} order by known_from) as previous_known_to,
        lead(known_from) over (partition by {{ grain }} order by known_from) as next_known_from,
        lag(spend_local) over (partition by {{ grain }} order by known_from) as previous_spend_local,
        lag(reported_conversions) over (partition by {{ grain }} order by known_from)
            as previous_reported_conversions
    from versions

),

told as (

    select
        *,
        case
            when version = 1 then 'first_seen'
            when previous_known_to = known_from then 'restated'
            else 'returned'
        end as began_as,
        case
            when known_to is null then 'current'
            when next_known_from = known_to then 'restated'
            else 'vanished'
        end as ended_as
    from chained

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
    cast(version as bigint) as version,
    source_party,

    -- dimensions
    currency,
    began_as,
    ended_as,

    -- measures
    cast(spend_local as decimal(18, 6)) as spend_local,
    impressions,
    clicks,
    link_clicks,
    cast(reported_conversions as decimal(18, 6)) as reported_conversions,
    cast(reported_value_local as decimal(18, 6)) as reported_value_local,
    cast(
        spend_local - case when began_as = 'restated' then previous_spend_local else 0 end as decimal(18, 6)
    ) as spend_change_local,
    cast(
        reported_conversions - case when began_as = 'restated' then previous_reported_conversions else 0 end
        as decimal(18, 6)
    ) as reported_conversions_change,

    -- times
    known_from,
    known_to
from told
