{{ config(materialized='table') }}

{%- set within = "interval '" ~ recovery_window_hours() ~ " hours'" %}

with

-- A payment that was tried again under its own id tells of the failure only in an earlier version.
product_versions as (

    select
        payment_id,
        min(case when status = 'failed' then occurred_at end) as failed_at,
        min(case when status = 'paid' then occurred_at end) as paid_at,
        min(case when status = 'paid' then coalesce(updated_at, valid_from) end) as became_paid_at
    from {{ ref('stg_product__payments') }}
    where {{ had_happened('valid_from') }}
    group by 1

),

whop_versions as (

    select
        payment_id,
        min(last_payment_attempt_at) as failed_at
    from {{ ref('stg_whop__payments') }}
    where
        {{ had_happened('valid_from') }}
        and status <> 'paid'
        and payments_failed > 0
    group by 1

),

payments as (

    select
        coalesce('order:' || newest.order_id, 'membership:' || newest.membership_id, 'payment:' || newest.payment_id)
            as debt_id,
        newest.payment_id,
        'u:' || newest.user_id as person_id,
        newest.membership_id,
        newest.amount as amount_local,
        newest.currency,
        newest.failure_reason,
        coalesce(newest.attempt, 2) > 1 or versions.failed_at is not null as is_retry,
        versions.failed_at,
        case
            when newest.status <> 'paid' then null
            when versions.paid_at > versions.failed_at or versions.failed_at is null then versions.paid_at
            else versions.became_paid_at
        end as paid_at
    from {{ ref('int_payments__current') }} as newest
    inner join product_versions as versions
        on newest.payment_id = versions.payment_id
    where newest.status in ('failed', 'paid')

    union all

    select
        coalesce('order:' || newest.order_id, 'whop:' || newest.payment_id) as debt_id,
        newest.payment_id,
        coalesce('u:' || newest.user_id, 'w:' || newest.whop_user_id) as person_id,
        newest.membership_id,
        newest.total as amount_local,
        newest.currency,
        newest.decline_code as failure_reason,
        true as is_retry,
        case when newest.payments_failed > 0 then coalesce(versions.failed_at, newest.created_at) end as failed_at,
        case when newest.status = 'paid' then newest.paid_at end as paid_at
    from {{ ref('int_whop_payments__current') }} as newest
    left join whop_versions as versions
        on newest.payment_id = versions.payment_id
    where newest.payment_id not in (select known.payment_id from {{ ref('int_payments__current') }} as known)

),

tries as (

    select
        *,
        failed_at as tried_at,
        0 as is_paid
    from payments
    where failed_at is not null

    union all

    select
        *,
        paid_at as tried_at,
        1 as is_paid
    from payments
    where paid_at is not null

),

-- What is owed is settled by the first payment that follows.
numbered as (

    select
        *,
        coalesce(
            sum(is_paid) over (
                partition by debt_id order by tried_at, is_paid, {{ by_bytes('payment_id') }}
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as settled_before
    from tries

),

settled as (

    select
        *,
        min(case when is_paid = 1 and is_retry then tried_at end) over (partition by debt_id, settled_before)
            as settled_at,
        max(case when is_paid = 1 then payment_id end) over (partition by debt_id, settled_before) as settled_by
    from numbered

),

failures as (

    select
        *,
        coalesce(tried_at >= settled_at - {{ within }}, false) as is_recovered,
        row_number() over (
            partition by debt_id, settled_before, coalesce(tried_at >= settled_at - {{ within }}, false)
            order by tried_at, {{ by_bytes('payment_id') }}
        ) as nth
    from settled
    where is_paid = 0

)

-- One row a debt: its first failure stands for those that follow it.
select
    failures.payment_id,
    case when failures.is_recovered then failures.settled_by end as recovered_payment_id,
    failures.person_id,
    failures.membership_id,
    failures.failure_reason,
    failures.is_recovered,
    failures.tried_at as failed_at,
    case when failures.is_recovered then failures.settled_at end as recovered_at,
    coalesce(paid.amount_local, failures.amount_local) as amount_local,
    coalesce(paid.currency, failures.currency) as currency
from failures
left join payments as paid
    on
        failures.is_recovered
        and failures.settled_by = paid.payment_id
where failures.nth = 1
