-- Person by person: every event lies in exactly one session.
with

sessions as (

    select
        person_id,
        sum(events) as events
    from {{ ref('int_sessions__built') }}
    group by 1

),

events as (

    select
        person_id,
        count(*) as events
    from {{ ref('int_events__identified') }}
    group by 1

)

select
    coalesce(sessions.person_id, events.person_id) as person_id,
    sessions.events as events_of_sessions,
    events.events
from sessions
full join events on sessions.person_id = events.person_id
where coalesce(sessions.events, 0) <> coalesce(events.events, 0)
