-- Each period that somebody brought, and each membership of Whop's, is a period here unless it had not begun or is of
-- somebody who is excluded; its price is the one that was told.
with

told as (

    select
        periods.membership_id,
        count(*) as periods,
        sum(periods.amount_local) as amount_local
    from {{ ref('int_subscription_periods__told') }} as periods
    cross join {{ ref('int_build__as_of') }} as build
    where
        periods.started_at <= build.as_of
        and not exists (
            select 1
            from {{ ref('int_people__excluded') }} as excluded
            where excluded.person_id in ('u:' || periods.user_id, 'w:' || periods.whop_user_id)
        )
    group by 1

),

counted as (

    select
        membership_id,
        count(*) as periods,
        sum(amount_local) as amount_local
    from {{ ref('int_subscription_periods__unified') }}
    group by 1

)

select
    coalesce(told.membership_id, counted.membership_id) as membership_id,
    told.periods,
    counted.periods as counted_periods
from told
full outer join counted
    on told.membership_id = counted.membership_id
where
    told.periods is distinct from counted.periods
    or told.amount_local is distinct from counted.amount_local
