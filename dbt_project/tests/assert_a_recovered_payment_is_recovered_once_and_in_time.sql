-- A payment settles one debt, within the window of a failure; what is not recovered has no day of it and no message.
with

counted as (

    select
        *,
        case when is_recovered then count(*) over (partition by recovered_payment_id) end as settled
    from {{ ref('fct_recovered_payments') }}

)

select
    payment_id,
    recovered_payment_id,
    failed_at,
    recovered_at
from counted
where
    settled > 1
    or is_recovered <> (recovered_at is not null and recovered_payment_id is not null)
    or recovered_at < failed_at
    or recovered_at > failed_at + interval '{{ recovery_window_hours() }} hours'
    or (is_recovered and is_open)
    or (message_id is not null and (not is_recovered or arm <> 'messaged'))
