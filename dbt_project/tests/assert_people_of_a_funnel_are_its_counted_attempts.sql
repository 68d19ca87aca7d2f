-- What the steps and the days tell is what can be counted by hand in the attempts.
with

attempts as (

    select
        funnel,
        level,
        cast(count(case when is_counted then 1 end) as bigint) as people,
        cast(count(case when is_counted and is_open then 1 end) as bigint) as open_people,
        cast(count(case when is_counted_that_day then 1 end) as bigint) as day_people
    from {{ ref('fct_funnel_attempts') }}
    group by 1, 2

),

steps as (

    select
        funnel,
        place,
        people,
        open_people
    from {{ ref('fct_funnel_steps') }}
    where
        breakdown = 'all'
        and not is_optional

),

days as (

    select
        funnel,
        place,
        sum(people) as day_people
    from {{ ref('fct_funnel_daily') }}
    where not is_optional
    group by 1, 2

)

select
    steps.funnel,
    steps.place
from steps
left join attempts
    on
        steps.funnel = attempts.funnel
        and steps.place <= attempts.level
left join days
    on
        steps.funnel = days.funnel
        and steps.place = days.place
group by 1, 2
having
    max(steps.people) <> coalesce(sum(attempts.people), 0)
    or max(steps.open_people) <> coalesce(sum(case when attempts.level = steps.place then attempts.open_people end), 0)
    or coalesce(max(days.day_people), 0) <> coalesce(sum(attempts.day_people), 0)
