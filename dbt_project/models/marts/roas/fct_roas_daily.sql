{%- set headline = text_literal(workspace().roas_model) %}

with

-- Slices added up. An ad that two currencies paid for on one day has no one amount in its own money.
ad_days as (

    select
        ad_days.platform,
        ad_days.account_id,
        ad_days.ad_id,
        ad_days.date_day,
        max({{ by_bytes('ad_days.campaign_id') }}) as campaign_id,
        max({{ by_bytes('ads.creative_id') }}) as creative_id,
        max({{ by_bytes('channels.channel') }}) as channel,
        case when count(distinct ad_days.currency) = 1 then max({{ by_bytes('ad_days.currency') }}) end as currency,
        bool_or(ad_days.is_partial_day) as is_partial_day,
        bool_and(ad_days.is_final) as is_final,
        case when count(distinct ad_days.currency) = 1 then sum(ad_days.spend_local) end as spend_local,
        sum(ad_days.spend_usd) as spend_usd,
        sum(ad_days.impressions) as impressions,
        sum(ad_days.clicks) as clicks,
        sum(ad_days.link_clicks) as link_clicks,
        sum(ad_days.reported_conversions) as reported_conversions,
        sum(ad_days.reported_value_usd) as reported_value_usd,
        count(ad_days.spend_local) - count(ad_days.spend_usd) as spend_rows_without_rate,
        count(ad_days.reported_value_local) - count(ad_days.reported_value_usd) as claims_without_rate
    from {{ ref('fct_ad_daily') }} as ad_days
    left join {{ ref('int_ads__creatives') }} as ads
        on
            ad_days.platform = ads.platform
            and ad_days.ad_id = ads.ad_id
    left join {{ ref('int_ad_platforms__channels') }} as channels
        on ad_days.platform = channels.platform
    group by 1, 2, 3, 4

),

credit as (

    select
        case
            when credit.touch_id is null then 'unattributed'
            when placed.is_ad then 'ads'
            else 'other'
        end as line,
        placed.platform,
        placed.account_id,
        placed.campaign_id,
        placed.ad_id,
        placed.creative_id,
        coalesce(placed.channel, credit.channel) as channel,
        coalesce(placed.date_day, credit.date_day) as touch_day,
        case
            when placed.is_ad then {{ local_date('credit.occurred_at', 'placed.account_timezone') }}
            else credit.date_day
        end as conversion_day,
        credit.model,
        credit.conversions,
        credit.value_usd,
        credit.rows_without_rate
    from {{ ref('fct_touch_credit') }} as credit
    left join {{ ref('int_touches__placed') }} as placed
        on credit.touch_id = placed.touch_id
    where credit.goal = {{ text_literal(workspace().roas_goal) }}

),

-- Each credit stands on the day of its touch, and beside it, once more, on the day of its conversion.
by_day as (

    select
        *,
        touch_day as date_day,
        conversions as touch_conversions,
        value_usd as touch_value_usd,
        rows_without_rate as touch_without_rate,
        0 as own_conversions,
        0 as own_value_usd,
        0 as own_without_rate
    from credit

    union all

    select
        *,
        conversion_day as date_day,
        0 as touch_conversions,
        0 as touch_value_usd,
        0 as touch_without_rate,
        conversions as own_conversions,
        value_usd as own_value_usd,
        rows_without_rate as own_without_rate
    from credit
    where model = {{ headline }}

),

credited as (

    select
        line,
        platform,
        account_id,
        ad_id,
        channel,
        date_day,
        max({{ by_bytes('campaign_id') }}) as campaign_id,
        max({{ by_bytes('creative_id') }}) as creative_id,
        {% for model in attribution_models() -%}
        {{ sum_if_all_known(
            "case when model = '" ~ model ~ "' then touch_value_usd else 0 end",
            "model = '" ~ model ~ "' and touch_without_rate > 0"
        ) }} as value_{{ model }}_usd,
        {% endfor -%}
        {{ sum_if_all_known(
            'case when model = ' ~ headline ~ ' then touch_value_usd else 0 end',
            'model = ' ~ headline ~ ' and touch_without_rate > 0'
        ) }} as attributed_value_usd,
        {{ sum_if_all_known('own_value_usd', 'own_without_rate > 0') }} as attributed_value_by_conversion_day_usd,
        sum(case when model = {{ headline }} then touch_conversions else 0 end) as attributed_conversions,
        sum(own_conversions) as attributed_conversions_by_conversion_day,
        sum(case when model = {{ headline }} then touch_without_rate else 0 end) as rows_without_rate
    from by_day
    group by 1, 2, 3, 4, 5, 6

),

side_by_side as (

    select
        coalesce(credited.line, 'ads') as line,
        coalesce(ad_days.platform, credited.platform) as platform,
        coalesce(ad_days.account_id, credited.account_id) as account_id,
        coalesce(ad_days.campaign_id, credited.campaign_id) as campaign_id,
        coalesce(ad_days.ad_id, credited.ad_id) as ad_id,
        coalesce(ad_days.creative_id, credited.creative_id) as creative_id,
        coalesce(credited.channel, ad_days.channel, 'Paid Other') as channel,
        coalesce(ad_days.date_day, credited.date_day) as date_day,
        ad_days.currency,
        ad_days.is_partial_day,
        ad_days.is_final,
        ad_days.spend_local,
        case when ad_days.spend_rows_without_rate = 0 then ad_days.spend_usd end as spend_usd,
        ad_days.impressions,
        ad_days.clicks,
        ad_days.link_clicks,
        ad_days.reported_conversions,
        case when ad_days.claims_without_rate = 0 then ad_days.reported_value_usd end as reported_value_usd,
        coalesce(ad_days.spend_rows_without_rate, 0) as spend_rows_without_rate,
        coalesce(ad_days.claims_without_rate, 0) as claims_without_rate,
        coalesce(credited.attributed_conversions, 0) as attributed_conversions,
        coalesce(credited.attributed_conversions_by_conversion_day, 0) as attributed_conversions_by_conversion_day,
        -- No credit is none; credit without a rate is unknown.
        {% for value in attributed_values() -%}
        case when credited.line is null then 0 else credited.{{ value }} end as {{ value }},
        {% endfor -%}
        coalesce(credited.rows_without_rate, 0) as rows_without_rate
    from credited
    full outer join ad_days
        on
            credited.platform = ad_days.platform
            and credited.account_id = ad_days.account_id
            and credited.ad_id = ad_days.ad_id
            and credited.date_day = ad_days.date_day

),

typed as (

    select
        side_by_side.*,
        {{ roas_ratios() }}
    from side_by_side

)

select
    -- ids
    line,
    platform,
    account_id,
    campaign_id,
    ad_id,
    creative_id,
    channel,
    date_day,

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
    cast(reported_value_usd as decimal(38, 6)) as reported_value_usd,
    cast(attributed_conversions as decimal(38, 9)) as attributed_conversions,
    cast(attributed_conversions_by_conversion_day as decimal(38, 9)) as attributed_conversions_by_conversion_day,
    {% for value in attributed_values() -%}
    cast({{ value }} as decimal(38, 6)) as {{ value }},
    {% endfor -%}
    roas,
    cpa_usd,
    reported_roas,
    over_claim_ratio,
    cast(rows_without_rate as bigint) as rows_without_rate,
    cast(spend_rows_without_rate as bigint) as spend_rows_without_rate,
    cast(claims_without_rate as bigint) as claims_without_rate
from typed
