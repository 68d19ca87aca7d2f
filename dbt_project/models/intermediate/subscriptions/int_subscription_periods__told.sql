with

brought as (

    select
        'subscription' as source,
        membership_id,
        user_id,
        cast(null as text) as whop_user_id,
        plan_id,
        currency,
        status,
        cancel_reason,
        amount as amount_local,
        {{ payments_a_month('interval') }} as payments_a_month,
        started_at,
        ended_at,
        coalesce(status = 'canceling', false) as is_ended_by_customer
    from {{ ref('int_subscriptions__current') }}

),

-- Whop tells of a membership as it now stands: it began once, and ends when its status says that it did or will.
memberships as (

    select
        memberships.*,
        coalesce(memberships.renewal_price, memberships.initial_price) as amount_local,
        coalesce(memberships.currency, plans.currency) as known_currency,
        case
            when memberships.status in ('canceled', 'expired', 'completed')
                then coalesce(memberships.expires_at, memberships.canceled_at, memberships.current_period_ends_at)
            when memberships.status = 'canceling' or memberships.cancel_at_period_end
                then coalesce(memberships.current_period_ends_at, memberships.expires_at)
        end as ended_at,
        case
            when memberships.status <> 'trialing' and plans.trial_period_days > 0
                then memberships.created_at + plans.trial_period_days * interval '24 hours'
        end as trial_ended_at
    from {{ ref('int_whop_memberships__current') }} as memberships
    left join {{ ref('int_whop_plans__current') }} as plans
        on memberships.plan_id = plans.plan_id
    where
        memberships.billing_period_days > 0
        and memberships.membership_id not in (select brought.membership_id from brought)

),

placed as (

    select
        *,
        status as period_status,
        coalesce(trial_ended_at, created_at) as period_started_at,
        ended_at as period_ended_at
    from memberships
    where trial_ended_at is null or ended_at is null or trial_ended_at < ended_at

    union all

    -- The trial that a membership has behind it is a period of its own.
    select
        *,
        'trialing' as period_status,
        created_at as period_started_at,
        least(trial_ended_at, ended_at) as period_ended_at
    from memberships
    where trial_ended_at is not null

)

select * from brought

union all

select
    'whop' as source,
    membership_id,
    user_id,
    whop_user_id,
    plan_id,
    known_currency as currency,
    period_status as status,
    cancel_option as cancel_reason,
    amount_local,
    {{ payments_a_month_of_days('billing_period_days') }} as payments_a_month,
    period_started_at as started_at,
    period_ended_at as ended_at,
    coalesce(status = 'canceling' or cancel_at_period_end or canceled_at < ended_at, false) as is_ended_by_customer
from placed
