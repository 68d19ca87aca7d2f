-- The people of the curve's cohorts are the people of dim_people, at every level.
with

cohorts as (

    select
        level,
        sum(people) as people,
        sum(users) as users
    from {{ ref('fct_roas_curve') }}
    where day_number = 0
    group by 1

),

people as (

    select
        count(*) as people,
        coalesce(sum(case when is_user then 1 else 0 end), 0) as users
    from {{ ref('dim_people') }}

)

select
    cohorts.level,
    cohorts.people,
    people.people as expected_people
from cohorts
cross join people
where
    cohorts.people <> people.people
    or cohorts.users <> people.users
