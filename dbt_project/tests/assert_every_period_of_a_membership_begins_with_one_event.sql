with

begun as (

    select
        membership_id,
        occurred_at,
        count(*) as events,
        sum(monthly_after_local) as monthly_local
    from {{ ref('fct_subscription_events') }}
    where kind not in ('ended', 'trial_ended')
    group by 1, 2

)

select
    coalesce(periods.membership_id, begun.membership_id) as membership_id,
    coalesce(periods.started_at, begun.occurred_at) as started_at
from {{ ref('int_subscription_periods__unified') }} as periods
full outer join begun
    on
        periods.membership_id = begun.membership_id
        and periods.started_at = begun.occurred_at
where
    begun.events is distinct from 1
    or periods.monthly_local is distinct from begun.monthly_local
