{{ config(materialized='table') }}

with

-- The zone the account's days are counted in; where nobody has asked for it yet, UTC stands in.
zones as (

    {{ newest_versions(ref('int_accounts__unioned'), ['platform', 'account_id']) }}

)

select
    loads.load_seq,
    loads.party,
    loads.account_id,
    loads.since_day,
    loads.until_day,
    loads.pulled_at,
    {{ local_date('loads.pulled_at', "coalesce(zones.account_timezone, 'UTC')") }} as pulled_on,
    coalesce(platforms.look_back_days, 0) as look_back_days
from {{ ref('stg_lake__loads') }} as loads
left join zones
    on
        loads.party = zones.platform
        and loads.account_id = zones.account_id
        and zones.recency = 1
left join {{ ref('int_platforms__unioned') }} as platforms
    on loads.party = platforms.platform
where
    loads.entity = 'ad_daily'
    and loads.status = 'loaded'
    and {{ had_happened('loads.pulled_at') }}
