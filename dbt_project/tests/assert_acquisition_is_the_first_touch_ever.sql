-- Nobody was acquired by a touch before which there was another, and everybody with a touch by one of theirs.
with

first_touches as (

    select
        person_id,
        min(occurred_at) as touched_at
    from {{ ref('dim_touches') }}
    where is_attributable
    group by 1

)

select
    people.person_id,
    people.acquisition_touch_id,
    first_touches.touched_at
from {{ ref('dim_people') }} as people
full join first_touches on people.person_id = first_touches.person_id
left join {{ ref('dim_touches') }} as touches on people.acquisition_touch_id = touches.touch_id
where
    people.person_id is null
    or first_touches.touched_at is distinct from touches.occurred_at
    or touches.person_id <> people.person_id
    or touches.channel is distinct from people.acquisition_channel
