-- Every message that was tried, held out or heard of is in exactly one cell, with exactly one fate.
with

told as (

    select
        message_id,
        user_id
    from {{ ref('int_sends__current') }}
    where {{ had_happened('occurred_at') }}
    union
    select
        receipts.message_id,
        min(receipts.user_id) as user_id
    from {{ ref('stg_messaging__receipts') }} as receipts
    left join {{ ref('int_sends__current') }} as sends
        on
            receipts.message_id = sends.message_id
            and {{ had_happened('sends.occurred_at') }}
    where
        sends.message_id is null
        and {{ had_happened('receipts.known_at') }}
    group by 1

),

wanted as (

    select count(*) as messages
    from told
    left join {{ ref('int_people__excluded') }} as excluded
        on 'u:' || told.user_id = excluded.person_id
    where excluded.person_id is null

),

judged as (

    select
        count(*) as judged,
        count(distinct message_id) as different
    from {{ ref('int_messages__judged') }}

),

counted as (

    select
        coalesce(sum(attempts), 0) as attempts,
        coalesce(sum(sent + held_out + failed + not_sent), 0) as fates
    from {{ ref('fct_message_funnel') }}

)

select
    wanted.messages,
    judged.judged,
    counted.attempts,
    counted.fates
from wanted
cross join judged
cross join counted
where
    wanted.messages <> judged.judged
    or wanted.messages <> judged.different
    or wanted.messages <> counted.attempts
    or wanted.messages <> counted.fates
