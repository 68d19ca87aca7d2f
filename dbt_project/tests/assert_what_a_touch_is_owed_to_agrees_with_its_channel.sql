-- What was paid for came by a paid channel and nothing else did; a campaign or ad stands there where a rung found one,
-- and only on arrivals that were paid for.
select
    touch_id,
    channel,
    is_paid,
    is_direct,
    match_rung,
    campaign_id,
    ad_id
from {{ ref('dim_touches') }}
where
    is_paid <> (channel in ({{ quoted_names(paid_channels()) }}))
    or is_direct <> (channel = 'Direct')
    or (match_rung = 'channel_only') <> (campaign_id is null and ad_id is null)
    or (match_rung <> 'channel_only' and not is_paid)
    or (platform is not null and not is_paid)
    or (session_id is null) <> (touch_kind = 'view')
