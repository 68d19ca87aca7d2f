{{ config(materialized='table') }}

with

-- Whoever did anything later on, by the day in the workspace's zone.
last_seen as (

    select
        person_id,
        max(occurred_at) as last_seen_at
    from {{ ref('int_events__identified') }}
    group by 1

),

people as (

    select
        people.person_id,
        people.is_user,
        placed.platform,
        placed.account_id,
        placed.campaign_id,
        placed.ad_id,
        placed.creative_id,
        coalesce(placed.channel, 'Unattributed') as channel,
        coalesce(placed.account_timezone, {{ text_literal(workspace().timezone) }}) as account_timezone,
        people.acquired_at,
        last_seen.last_seen_at
    from {{ ref('dim_people') }} as people
    left join {{ ref('int_touches__placed') }} as placed
        on people.acquisition_touch_id = placed.touch_id
    left join last_seen
        on people.person_id = last_seen.person_id

)

select
    people.*,
    {{ local_date('acquired_at', 'account_timezone') }} as acquired_day,
    {{ local_date('last_seen_at', 'account_timezone') }} as last_seen_day
from people
