with

ads as (

    {{ newest_versions(ref('int_ads__unioned'), ['platform', 'account_id', 'ad_id']) }}

),

ad_groups as (

    {{ newest_versions(ref('int_ad_groups__unioned'), ['platform', 'account_id', 'ad_group_id']) }}

)

select
    -- ids
    ads.platform,
    ads.account_id,
    ads.ad_id,
    ads.ad_group_id,
    coalesce(ads.campaign_id, ad_groups.campaign_id) as campaign_id,
    ads.creative_id,

    -- dimensions
    ads.ad_name,
    ad_groups.ad_group_name,
    ads.status,
    ads.platform_status,
    {{ known_to('ads.valid_to') }} is null as is_listed,

    -- times
    ads.created_at,
    ads.updated_at,
    ads.first_seen_at,
    ads.valid_from as last_changed_at
from ads
left join ad_groups
    on
        ads.platform = ad_groups.platform
        and ads.account_id = ad_groups.account_id
        and ads.ad_group_id = ad_groups.ad_group_id
        and ad_groups.recency = 1
where ads.recency = 1
