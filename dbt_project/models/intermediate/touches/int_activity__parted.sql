{{ config(materialized='table') }}

with

-- What somebody does themselves. Being shown an ad is not among it.
arrivals as (

    select
        touches.person_id,
        touches.touch_id,
        touches.occurred_at,
        tags.is_paid and coalesce(touches.touch_kind, 'click') = 'click' as is_paid_click
    from {{ ref('int_touches__identified') }} as touches
    inner join {{ ref('int_tags__matched') }} as tags
        on touches.tags_id = tags.tags_id
    where coalesce(touches.touch_kind, 'visit') <> 'view'

),

-- At one instant a paid click comes first, then other arrivals, then what was done there.
activity as (

    select
        person_id,
        occurred_at,
        case when is_paid_click then 0 else 1 end as place,
        touch_id
    from arrivals

    union all

    select
        person_id,
        occurred_at,
        2 as place,
        null as touch_id
    from {{ ref('int_events__identified') }}

),

in_order as (

    select
        person_id,
        occurred_at,
        place,
        touch_id,
        {{ microseconds_of('occurred_at') }} as at_us,
        lag({{ microseconds_of('occurred_at') }}) over person as previous_us,
        lag(occurred_at) over person as previous_at,
        lead(occurred_at) over person is null as is_last,
        row_number() over person as activity_seq,
        count(touch_id) over (person rows between unbounded preceding and current row) as touches_so_far
    from activity
    window person as (partition by person_id order by occurred_at, place, {{ by_bytes('touch_id') }})

),

-- Exactly as long as allowed is still the same session.
parted as (

    select
        *,
        place = 0
        or previous_us is null
        or at_us - previous_us > {{ workspace().session_minutes * 60000000 }} as is_start
    from in_order

),

-- Events in the middle of a session are counted and need not be kept: most rows end here.
kept as (

    select
        person_id,
        touch_id,
        place,
        is_start,
        is_last,
        activity_seq,
        occurred_at,
        previous_at,
        activity_seq - touches_so_far as events_so_far
    from parted
    where
        is_start
        or is_last
        or touch_id is not null

)

select
    -- ids
    person_id,
    touch_id,

    -- dimensions
    is_start,
    is_last,
    -- What stands between a session's start and its first arrival is nothing that was kept.
    touch_id is not null and (is_start or lag(touch_id) over person is null) as is_first_arrival,

    -- measures
    cast(
        count(case when is_start then 1 end) over (person rows between unbounded preceding and current row) as bigint
    ) as session_seq,
    cast(events_so_far as bigint) as events_so_far,
    cast(case when place = 2 then events_so_far - 1 else events_so_far end as bigint) as events_before,

    -- times
    occurred_at,
    previous_at
from kept
window person as (partition by person_id order by activity_seq)
