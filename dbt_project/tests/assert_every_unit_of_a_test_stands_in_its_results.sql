-- Whoever was drawn or met a variant is counted once in it; every person is compared, crossed or waits to meet theirs.
with

drawn as (

    select
        assignments.experiment,
        count(*) as assigned
    from {{ ref('int_assignments__current') }} as assignments
    left join {{ ref('int_people__stitched') }} as users
        on
            assignments.unit_id = users.identity_id
            and users.identity_kind = 'user'
    left join {{ ref('int_people__stitched') }} as devices
        on
            assignments.unit_id = devices.identity_id
            and devices.identity_kind = 'anonymous'
    left join {{ ref('int_people__excluded') }} as excluded
        on coalesce(users.person_id, devices.person_id, 'u:' || assignments.unit_id) = excluded.person_id
    where
        {{ had_happened('assignments.occurred_at') }}
        and excluded.person_id is null
    group by 1

),

people as (

    select
        experiment,
        count(*) as people,
        count(case when variant is not null and whole_days >= 0 then 1 end) as compared,
        count(case when is_crossed then 1 end) as crossed,
        count(case when not is_crossed and (started_at is null or whole_days < 0) then 1 end) as waiting
    from {{ ref('int_experiments__people') }}
    group by 1

),

units as (

    select
        experiment,
        count(distinct person_id) as people
    from {{ ref('int_experiments__units') }}
    group by 1

),

results as (

    select
        experiment,
        goal,
        sum(assigned) as assigned,
        sum(people) as compared,
        max(crossed_people) as crossed
    from {{ ref('fct_experiment_results') }}
    where measure = 'rate'
    group by 1, 2

)

select results.*
from results
left join drawn
    on results.experiment = drawn.experiment
left join people
    on results.experiment = people.experiment
left join units
    on results.experiment = units.experiment
where
    results.assigned <> coalesce(drawn.assigned, 0)
    or people.people is distinct from units.people
    or people.compared + people.crossed + people.waiting is distinct from units.people
    or people.compared is distinct from results.compared
    or people.crossed is distinct from results.crossed
