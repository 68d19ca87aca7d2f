with

ranked as (

    select
        ladder,
        person_id,
        stage,
        place,
        reached_at,
        row_number() over (partition by ladder, person_id order by place desc) as rank
    from {{ ref('int_ladder_stages__reached') }}

)

select
    ladder,
    person_id,
    stage,
    cast(place as integer) as place,
    reached_at
from ranked
where rank = 1
