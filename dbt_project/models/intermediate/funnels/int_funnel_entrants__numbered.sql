{{ config(materialized='table', post_hook='{{ analyzed() }}') }}

-- Numbers that hold for one build alone: what follows is about few columns of numbers, not about names.
select
    funnel,
    person_id,
    {{ is_one_of('funnel', funnels(['strict'])) }} as is_strict,
    cast(row_number() over () as bigint) as number
from (
    select distinct
        funnel,
        person_id
    from {{ ref('int_funnel_events__matched') }}
    where
        {{ has_bit('steps', 0) }}
        and {{ is_one_of('funnel', funnels(['ordered', 'strict'])) }}
) as entrants
