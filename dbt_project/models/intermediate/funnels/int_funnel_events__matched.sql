with

matched as (

    {{ matched_events(ref('int_events__identified'), ref('int_funnel_happenings__unioned')) }}

)

select
    funnel,
    person_id,
    steps,
    extras,
    occurred_at
from matched
where
    steps <> 0
    or extras <> 0
    or {{ is_one_of('funnel', funnels(['strict'])) }}
