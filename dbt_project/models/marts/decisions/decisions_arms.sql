{%- set counts = ['impressions', 'clicks', 'link_clicks', 'reported_conversions'] -%}
{%- set sums = ['spend_usd', 'reported_value_usd'] -%}

with

days as (

    select
        platform,
        account_id,
        campaign_id,
        ad_id,
        date_day,
        is_final,
        spend_usd,
        spend_local,
        reported_value_usd,
        reported_value_local,
        {{ counts | join(',\n        ') }}
    from {{ ref('fct_ad_daily') }}

),

summed as (

    select
        platform,
        account_id,
        campaign_id,
        ad_id,
        min(date_day) as first_day,
        max(date_day) as last_day,
        count(distinct date_day) as days,
        count(distinct case when is_final then date_day end) as mature_days,
        {% for count in counts -%}
        sum(case when is_final then {{ count }} end) as mature_{{ count }},
        sum(case when not is_final then {{ count }} end) as immature_{{ count }},
        {% endfor -%}
        {% for sum in sums -%}
        sum(case when is_final then {{ sum }} end) as mature_{{ sum }},
        sum(case when not is_final then {{ sum }} end) as immature_{{ sum }},
        {% endfor -%}
        count(spend_local) - count(spend_usd) + count(reported_value_local) - count(reported_value_usd)
            as amounts_without_rate
    from days
    group by 1, 2, 3, 4

)

select
    -- ids
    platform,
    account_id,
    campaign_id,
    ad_id,

    -- measures
    cast(days as bigint) as days,
    cast(mature_days as bigint) as mature_days,
    {% for stage in ['mature', 'immature'] -%}
    cast({{ stage }}_impressions as bigint) as {{ stage }}_impressions,
    cast({{ stage }}_clicks as bigint) as {{ stage }}_clicks,
    cast({{ stage }}_link_clicks as bigint) as {{ stage }}_link_clicks,
    cast({{ stage }}_spend_usd as decimal(18, 6)) as {{ stage }}_spend_usd,
    cast({{ stage }}_reported_conversions as decimal(18, 6)) as {{ stage }}_reported_conversions,
    cast({{ stage }}_reported_value_usd as decimal(18, 6)) as {{ stage }}_reported_value_usd,
    {% endfor -%}
    cast(amounts_without_rate as bigint) as amounts_without_rate,

    -- times
    first_day,
    last_day
from summed
