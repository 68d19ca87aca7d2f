{{ config(materialized='table') }}

with

assignments as (

    select
        experiment,
        unit_id,
        variant,
        weight,
        occurred_at as assigned_at
    from {{ ref('int_assignments__current') }}
    where {{ had_happened('occurred_at') }}

),

exposures as (

    select
        experiment,
        unit_id,
        variant,
        max(weight) as weight,
        min(occurred_at) as exposed_at
    from {{ ref('stg_experiments__exposures') }}
    where {{ had_happened('known_at') }}
    group by 1, 2, 3

),

-- Who met a variant was in it, also where nobody told us of the draw.
drawn as (

    select
        coalesce(assignments.experiment, exposures.experiment) as experiment,
        coalesce(assignments.unit_id, exposures.unit_id) as unit_id,
        coalesce(assignments.variant, exposures.variant) as variant,
        coalesce(assignments.weight, exposures.weight) as weight,
        assignments.assigned_at,
        exposures.exposed_at
    from assignments
    full outer join exposures
        on
            assignments.unit_id = exposures.unit_id
            and assignments.experiment = exposures.experiment
            and assignments.variant = exposures.variant

),

-- A unit is a user, or a browser or device of one, or something that was never seen doing anything.
owned as (

    select
        drawn.*,
        coalesce(users.person_id, devices.person_id, 'u:' || drawn.unit_id) as person_id
    from drawn
    left join {{ ref('int_people__stitched') }} as users
        on
            drawn.unit_id = users.identity_id
            and users.identity_kind = 'user'
    left join {{ ref('int_people__stitched') }} as devices
        on
            drawn.unit_id = devices.identity_id
            and devices.identity_kind = 'anonymous'

)

select
    -- ids
    experiment,
    unit_id,
    variant,
    person_id,

    -- measures
    weight,

    -- times
    assigned_at,
    exposed_at
from owned
where not exists (
    select 1
    from {{ ref('int_people__excluded') }} as excluded
    where excluded.person_id = owned.person_id
)
