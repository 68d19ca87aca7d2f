-- Its first arrival's: of the arrivals of a session one is its first, and none came earlier.
with

arrivals as (

    select
        session_id,
        sum(case when is_session_start then 1 else 0 end) as first_arrivals,
        min(case when is_session_start then occurred_at end) as first_arrived_at,
        min(occurred_at) as arrived_at
    from {{ ref('dim_touches') }}
    where session_id is not null
    group by 1

)

select *
from arrivals
where
    first_arrivals <> 1
    or first_arrived_at <> arrived_at
