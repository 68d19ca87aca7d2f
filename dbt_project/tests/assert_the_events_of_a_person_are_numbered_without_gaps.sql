-- From 1, one by one, and later ones never before earlier ones.
with

numbered as (

    select
        person_id,
        event_seq,
        occurred_at,
        lag(event_seq) over (partition by person_id order by event_seq) as previous_seq,
        lag(occurred_at) over (partition by person_id order by event_seq) as previous_at
    from {{ ref('int_events__identified') }}

)

select *
from numbered
where
    event_seq <> coalesce(previous_seq, 0) + 1
    or occurred_at < previous_at
