-- Sessions of a person follow each other; between two of them lies more than the allowed pause, or a paid click.
with

sessions as (

    select
        sessions.session_id,
        sessions.started_at,
        sessions.ended_at,
        {{ microseconds_of('sessions.started_at') }} as started_us,
        lag({{ microseconds_of('sessions.ended_at') }}) over (
            partition by sessions.person_id order by sessions.session_seq
        ) as previous_us,
        touches.is_paid
        and touches.touch_kind = 'click'
        and touches.occurred_at = sessions.started_at as starts_with_a_paid_click
    from {{ ref('int_sessions__built') }} as sessions
    left join {{ ref('dim_touches') }} as touches
        on sessions.first_touch_id = touches.touch_id

)

select *
from sessions
where
    ended_at < started_at
    or started_us < previous_us
    or (
        started_us - previous_us <= {{ workspace().session_minutes * 60000000 }}
        and starts_with_a_paid_click is not true
    )
