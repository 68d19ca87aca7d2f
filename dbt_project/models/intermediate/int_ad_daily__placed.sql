select
    ad_days.source_party,
    ad_days.platform,
    ad_days.account_id,
    coalesce(ad_days.campaign_id, parents.campaign_id) as campaign_id,
    coalesce(ad_days.ad_group_id, parents.ad_group_id) as ad_group_id,
    ad_days.ad_id,
    ad_days.breakdown,
    ad_days.date_day,
    ad_days.currency,
    ad_days.spend_local,
    ad_days.impressions,
    ad_days.clicks,
    ad_days.link_clicks,
    ad_days.engagements,
    ad_days.video_views,
    ad_days.reported_conversions,
    ad_days.reported_value_local,
    ad_days.valid_from,
    ad_days.valid_to
from {{ ref('int_ad_daily__unioned') }} as ad_days
left join {{ ref('int_ads__parents') }} as parents
    on
        ad_days.ad_id = parents.ad_id
        and ad_days.account_id = parents.account_id
        and ad_days.platform = parents.platform
