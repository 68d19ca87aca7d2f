with

periods as (

    select * from {{ ref('int_subscription_periods__unified') }}

),

-- Whether anything of the membership reaches into the period, or takes over when it ends.
neighbours as (

    select
        *,
        max(coalesce(ended_at, timestamptz '9999-01-01 00:00:00+00')) over (
            partition by membership_id order by started_at rows between unbounded preceding and 1 preceding
        ) as covered_until,
        lag(plan_id) over of_membership as previous_plan_id,
        lag(status) over of_membership as previous_status,
        lag(currency) over of_membership as previous_currency,
        lag(monthly_local) over of_membership as previous_monthly_local,
        lag(monthly_usd) over of_membership as previous_monthly_usd,
        lead(started_at) over of_membership as next_started_at
    from periods
    window of_membership as (partition by membership_id order by started_at)

),

begun as (

    select
        *,
        case
            when covered_until is null then case when status = 'trialing' then 'trial_started' else 'started' end
            when covered_until < started_at then 'reactivated'
            when status = 'paused' and coalesce(previous_status, '') <> 'paused' then 'paused'
            when previous_status = 'paused' and coalesce(status, '') <> 'paused' then 'resumed'
            when previous_status = 'trialing' and coalesce(status, '') <> 'trialing' then 'trial_converted'
            when currency <> previous_currency then 'currency_changed'
            when monthly_local > previous_monthly_local then 'expanded'
            when monthly_local < previous_monthly_local then 'contracted'
            when plan_id <> previous_plan_id then 'plan_changed'
            else 'renewed'
        end as kind
    from neighbours

),

-- A membership has ended where nothing of it goes on and nothing takes over.
ended as (

    select
        *,
        greatest(covered_until, ended_at) as last_ended_at,
        case when status = 'trialing' then 'trial_ended' else 'ended' end as kind
    from neighbours
    where
        ended_at is not null
        and (covered_until is null or covered_until < timestamptz '9999-01-01 00:00:00+00')
        and (next_started_at is null or next_started_at > greatest(covered_until, ended_at))

),

told as (

    select
        membership_id,
        person_id,
        plan_id,
        kind,
        source,
        currency,
        cast(null as text) as churn_kind,
        cast(null as text) as churn_reason,
        case when kind in ('trial_started', 'started', 'reactivated') then 0 else previous_monthly_local end
            as monthly_before_local,
        monthly_local as monthly_after_local,
        case when kind in ('trial_started', 'started', 'reactivated') then 0 else previous_monthly_usd end
            as monthly_before_usd,
        monthly_usd as monthly_after_usd,
        started_at as occurred_at
    from begun

    union all

    select
        membership_id,
        person_id,
        plan_id,
        kind,
        source,
        currency,
        churn_kind,
        cancel_reason as churn_reason,
        monthly_local as monthly_before_local,
        0 as monthly_after_local,
        monthly_usd as monthly_before_usd,
        0 as monthly_after_usd,
        last_ended_at as occurred_at
    from ended

)

select
    -- ids
    membership_id,
    person_id,
    plan_id,

    -- dimensions
    kind,
    source,
    churn_kind,
    churn_reason,
    currency,

    -- measures
    cast(monthly_before_local as decimal(18, 6)) as monthly_before_local,
    cast(monthly_after_local as decimal(18, 6)) as monthly_after_local,
    cast(monthly_before_usd as decimal(18, 6)) as monthly_before_usd,
    cast(monthly_after_usd as decimal(18, 6)) as monthly_after_usd,
    cast(monthly_after_usd - monthly_before_usd as decimal(18, 6)) as change_usd,

    -- times
    occurred_at
from told
