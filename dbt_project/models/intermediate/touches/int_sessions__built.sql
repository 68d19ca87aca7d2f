{{ config(materialized='table') }}

with

activity as (

    select * from {{ ref('int_activity__parted') }}

),

-- What ends a session is the next one's start, or the last thing that the person ever did. Events are counted from the
-- person's first one on, so a session has as many as lie between its start and its end.
bounds as (

    select
        person_id,
        session_seq,
        occurred_at as started_at,
        null as ended_at,
        -events_before as events
    from activity
    where is_start

    union all

    select
        person_id,
        session_seq - 1 as session_seq,
        null as started_at,
        previous_at as ended_at,
        events_before as events
    from activity
    where
        is_start
        and session_seq > 1

    union all

    select
        person_id,
        session_seq,
        null as started_at,
        occurred_at as ended_at,
        events_so_far as events
    from activity
    where is_last

),

sessions as (

    select
        person_id,
        session_seq,
        max(started_at) as started_at,
        max(ended_at) as ended_at,
        sum(events) as events
    from bounds
    group by 1, 2

)

select
    -- ids
    {{ session_id('sessions.person_id', 'sessions.session_seq') }} as session_id,
    sessions.person_id,
    arrivals.touch_id as first_touch_id,

    -- measures
    sessions.session_seq,
    cast(sessions.events as bigint) as events,

    -- times
    sessions.started_at,
    sessions.ended_at
from sessions
left join activity as arrivals
    on
        sessions.person_id = arrivals.person_id
        and sessions.session_seq = arrivals.session_seq
        and arrivals.is_first_arrival
