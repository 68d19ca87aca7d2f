{#- The bands of age, in days since the first delivery, each with the first age that is too old for it. -#}
{%- set bands = [('0-6', 7), ('7-13', 14), ('14-27', 28), ('28+', none)] -%}

with

-- An ad without a creative of its own name is one creative.
delivered as (

    select
        ad_days.platform,
        ad_days.account_id,
        ad_days.campaign_id,
        coalesce(ads.creative_id, 'ad:' || ad_days.ad_id) as creative_id,
        min(ad_days.date_day) as first_day,
        max(ad_days.date_day) as last_day,
        sum(ad_days.impressions) as impressions,
        sum(ad_days.spend_usd) as spend_usd
    from {{ ref('fct_ad_daily') }} as ad_days
    left join {{ ref('dim_ad') }} as ads
        on
            ad_days.ad_id = ads.ad_id
            and ad_days.account_id = ads.account_id
            and ad_days.platform = ads.platform
    where
        coalesce(ad_days.impressions, 0) > 0
        or coalesce(ad_days.spend_local, 0) > 0
    group by 1, 2, 3, 4

),

aged as (

    select
        delivered.*,
        max(last_day) over (partition by platform, account_id) as newest_day,
        max(last_day) over (partition by platform, account_id) - first_day as age_days,
        max(last_day) over (partition by platform, account_id) - last_day < 7 as is_active
    from delivered

),

banded as (

    select
        aged.*,
        case
            {% for name, beyond in bands -%}
            when {{ 'age_days < ' ~ beyond if beyond else 'true' }} then '{{ name }}'
            {% endfor -%}
        end as age_band
    from aged

)

select
    -- ids
    platform,
    account_id,
    campaign_id,
    age_band,

    -- measures
    cast(count(*) as bigint) as creatives,
    cast(count(case when is_active then 1 end) as bigint) as active_creatives,
    cast(sum(impressions) as bigint) as impressions,
    cast(sum(spend_usd) as decimal(18, 6)) as spend_usd,

    -- times
    max(newest_day) as newest_day
from banded
group by 1, 2, 3, 4
