with

versions as (

    {{ newest_versions(ref('int_campaigns__unioned'), ['platform', 'account_id', 'campaign_id']) }}

)

select
    -- ids
    platform,
    account_id,
    campaign_id,

    -- dimensions
    campaign_name,
    status,
    platform_status,
    objective,
    currency,
    {{ known_to('valid_to') }} is null as is_listed,

    -- measures
    cast(daily_budget_local as decimal(18, 6)) as daily_budget_local,
    cast(lifetime_budget_local as decimal(18, 6)) as lifetime_budget_local,

    -- times
    created_at,
    updated_at,
    first_seen_at,
    valid_from as last_changed_at
from versions
where recency = 1
