with

placed as (

    select
        touches.touch_id,
        touches.person_id,
        touches.occurred_at,
        touches.utm_source,
        touches.utm_medium,
        touches.utm_content,
        touches.referral_code,
        touches.offer_code,
        touches.landing_page,
        {{ session_id('activity.person_id', 'activity.session_seq') }} as session_id,
        tags.channel,
        tags.is_paid,
        tags.is_direct,
        tags.platform,
        tags.account_id,
        tags.campaign_id,
        tags.ad_group_id,
        tags.ad_id,
        tags.creative_id,
        tags.match_rung,
        coalesce(touches.touch_kind, case when tags.is_paid then 'click' else 'visit' end) as touch_kind,
        coalesce(activity.is_first_arrival, false) as is_session_start,
        case
            when tags.campaign_meant <> touches.campaign_word then tags.campaign_meant
            else touches.utm_campaign
        end as utm_campaign
    from {{ ref('int_touches__identified') }} as touches
    inner join {{ ref('int_tags__matched') }} as tags
        on touches.tags_id = tags.tags_id
    left join {{ ref('int_activity__parted') }} as activity
        on touches.touch_id = activity.touch_id

)

select
    -- ids
    touch_id,
    person_id,
    session_id,
    platform,
    account_id,
    campaign_id,
    ad_group_id,
    ad_id,
    creative_id,

    -- dimensions
    touch_kind,
    channel,
    is_paid,
    is_direct,
    is_session_start,
    is_session_start or (is_paid and touch_kind in ('click', 'view')) as is_attributable,
    match_rung,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    referral_code,
    offer_code,
    landing_page,

    -- times
    occurred_at
from placed
