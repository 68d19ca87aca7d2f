-- And whoever is left out is not.
with

did as (

    select person_id from {{ ref('int_sessions__built') }}
    union
    select person_id from {{ ref('dim_touches') }}

)

select
    did.person_id,
    'is missing' as problem
from did
left join {{ ref('dim_people') }} as people on did.person_id = people.person_id
where people.person_id is null

union all

select
    people.person_id,
    'is left out' as problem
from {{ ref('dim_people') }} as people
inner join {{ ref('int_people__excluded') }} as excluded on people.person_id = excluded.person_id
