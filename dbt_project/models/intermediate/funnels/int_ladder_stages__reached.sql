with

users as (

    select
        person_id,
        first_seen_at
    from {{ ref('dim_people') }}
    where is_user

),

happened as (

    {{ ladder_events(ref('int_events__identified'), ref('int_funnel_happenings__unioned')) }}

),

-- The event that made them enough.
reached as (

    select
        ladder,
        stage,
        place,
        person_id,
        min(occurred_at) as reached_at
    from happened
    where times = 1
    group by 1, 2, 3, 4

    union all

    select
        ladder,
        stage,
        place,
        person_id,
        occurred_at as reached_at
    from (
        select
            happened.*,
            row_number() over (partition by ladder, place, person_id order by occurred_at asc) as n
        from happened
        where times > 1
    ) as numbered
    where n = times

),

first_stages as (

    {{ first_stages() }}

)

select
    first_stages.ladder,
    first_stages.stage,
    1 as place,
    users.person_id,
    users.first_seen_at as reached_at
from users
cross join first_stages

union all

select
    reached.ladder,
    reached.stage,
    reached.place,
    reached.person_id,
    reached.reached_at
from reached
inner join users on reached.person_id = users.person_id
