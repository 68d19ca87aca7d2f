{%- set zone = text_literal(workspace().timezone) %}

with

failures as (

    select
        failed.*,
        build.as_of,
        failed.failed_at + interval '{{ recovery_window_hours() }} hours' as lost_at
    from {{ ref('int_payments__failed') }} as failed
    left join {{ ref('int_people__excluded') }} as excluded
        on failed.person_id = excluded.person_id
    cross join {{ ref('int_build__as_of') }} as build
    where excluded.person_id is null

),

messages as (

    select
        message_id,
        person_id,
        message_type,
        channel,
        playbook,
        step,
        variant,
        fate = 'held_out' as is_held_back,
        tried_at
    from {{ ref('int_messages__judged') }}
    where fate in ('sent', 'held_out')

),

-- Only what came after the failure can have brought the money back.
written as (

    select
        failures.payment_id,
        messages.*,
        row_number() over (
            partition by failures.payment_id, messages.is_held_back
            order by messages.tried_at desc, {{ by_bytes('messages.message_id') }} desc
        ) as nth_last
    from failures
    inner join messages
        on
            failures.person_id = messages.person_id
            and failures.failed_at <= messages.tried_at
            and coalesce(failures.recovered_at, failures.lost_at) >= messages.tried_at

),

credited as (

    select written.*
    from written
    inner join failures
        on written.payment_id = failures.payment_id
    where
        written.nth_last = 1
        and not written.is_held_back
        and written.tried_at >= failures.recovered_at - interval '{{ message_window_hours() }} hours'

),

arms as (

    select
        payment_id,
        max(case when is_held_back then 0 else 1 end) = 1 as is_messaged
    from written
    group by 1

)

select
    -- ids
    failures.payment_id,
    failures.recovered_payment_id,
    failures.person_id,
    failures.membership_id,
    credited.message_id,

    -- dimensions
    failures.is_recovered,
    not failures.is_recovered and failures.lost_at >= failures.as_of as is_open,
    case when arms.is_messaged then 'messaged' when not arms.is_messaged then 'held_out' else 'none' end as arm,
    failures.failure_reason,
    credited.message_type,
    credited.channel,
    credited.playbook,
    credited.step,
    credited.variant,
    failures.currency,

    -- measures
    cast(failures.amount_local as decimal(18, 6)) as amount_local,
    cast(
        failures.amount_local * case when failures.currency = 'USD' then 1 else rates.usd_per_unit end
        as decimal(18, 6)
    ) as amount_usd,
    cast(
        floor(
            ({{ microseconds_of('failures.recovered_at') }} - {{ microseconds_of('failures.failed_at') }})
            / cast(1000000 as float8)
        ) as bigint
    ) as seconds_to_recovery,

    -- times
    failures.failed_at,
    failures.recovered_at
from failures
left join credited
    on failures.payment_id = credited.payment_id
left join arms
    on failures.payment_id = arms.payment_id
left join {{ ref('int_fx__daily') }} as rates
    on
        failures.currency = rates.currency
        and {{ local_date('coalesce(failures.recovered_at, failures.failed_at)', zone) }} = rates.date_day
