-- With the deepest attempt that nothing spoiled, and of those the earliest; whoever has none but spoiled ones does not
-- count at all.
with

ranked as (

    select
        funnel,
        person_id,
        entered_at,
        is_counted,
        is_spoiled,
        row_number() over (
            partition by funnel, person_id order by is_spoiled asc, level desc, entered_at asc
        ) as rank
    from {{ ref('fct_funnel_attempts') }}

)

select
    funnel,
    person_id,
    entered_at
from ranked
where is_counted <> (rank = 1 and not is_spoiled)
