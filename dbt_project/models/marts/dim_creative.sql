with

versions as (

    {{ newest_versions(ref('int_creatives__unioned'), ['platform', 'account_id', 'creative_id']) }}

)

select
    -- ids
    platform,
    account_id,
    creative_id,

    -- dimensions
    creative_name,
    headline,
    body,
    landing_page,
    call_to_action,
    media_ref,
    {{ known_to('valid_to') }} is null as is_listed,

    -- times
    first_seen_at,
    valid_from as last_changed_at
from versions
where recency = 1
