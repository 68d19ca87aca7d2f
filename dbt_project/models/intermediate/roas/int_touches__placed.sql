{{ config(materialized='table') }}

with

touches as (

    select
        *,
        platform is not null as is_ad
    from {{ ref('dim_touches') }}

),

-- An ad stands where its spend does. Where only the campaign is known it stands where an ad would, as in the rows that
-- people bring at that level.
placed as (

    select
        touches.touch_id,
        touches.is_ad,
        case when touches.is_ad then touches.platform end as platform,
        case when touches.is_ad then touches.account_id end as account_id,
        case when touches.is_ad then touches.campaign_id end as campaign_id,
        case
            when touches.is_ad
                then coalesce(
                    touches.ad_id, 'ad_group:' || touches.ad_group_id, 'campaign:' || touches.campaign_id
                )
        end as ad_id,
        case when touches.is_ad then coalesce(touches.creative_id, creatives.creative_id) end as creative_id,
        case when touches.is_ad then coalesce(platforms.channel, 'Paid Other') else touches.channel end as channel,
        coalesce(zones.account_timezone, {{ text_literal(workspace().timezone) }}) as account_timezone,
        touches.occurred_at
    from touches
    left join {{ ref('int_ad_platforms__channels') }} as platforms
        on touches.platform = platforms.platform
    left join {{ ref('int_ads__creatives') }} as creatives
        on
            touches.platform = creatives.platform
            and touches.ad_id = creatives.ad_id
    left join {{ ref('int_accounts__zones') }} as zones
        on
            touches.platform = zones.platform
            and touches.account_id = zones.account_id

)

select
    placed.*,
    {{ local_date('occurred_at', 'account_timezone') }} as date_day
from placed
