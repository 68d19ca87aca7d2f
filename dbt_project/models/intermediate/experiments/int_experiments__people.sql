{{ config(materialized='table') }}

with

units as (

    select
        units.*,
        max(exposed_at) over (partition by experiment) is not null as tells_exposures
    from {{ ref('int_experiments__units') }} as units

),

-- Where the test tells who met it, only they are compared, from then on; the others saw nothing that could differ.
people as (

    select
        experiment,
        person_id,
        min(variant) as variant,
        min(variant) <> max(variant) as is_crossed,
        min(case when tells_exposures then exposed_at else assigned_at end) as started_at
    from units
    group by 1, 2

)

select
    -- ids
    people.experiment,
    people.person_id,

    -- dimensions
    case when not people.is_crossed then people.variant end as variant,
    people.is_crossed,

    -- measures
    {{ whole_days_between('people.started_at', 'build.as_of') }} as whole_days,

    -- times
    people.started_at
from people
cross join {{ ref('int_build__as_of') }} as build
