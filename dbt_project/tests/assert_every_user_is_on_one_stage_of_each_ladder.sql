with

users as (

    select count(*) as people
    from {{ ref('dim_people') }}
    where is_user

),

stages as (

    select
        ladder,
        place,
        count(*) as people
    from {{ ref('fct_ladder_stages') }}
    group by 1, 2

)

select counts.ladder
from {{ ref('fct_ladder_counts') }} as counts
left join stages
    on
        counts.ladder = stages.ladder
        and counts.place = stages.place
cross join users
group by 1
having
    sum(counts.people) <> max(users.people)
    or max(case when counts.place = 1 then counts.people_here_or_above end) <> max(users.people)
    or sum(case when counts.people <> coalesce(stages.people, 0) then 1 else 0 end) > 0
