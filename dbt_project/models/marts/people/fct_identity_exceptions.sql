with

seen as (

    select * from {{ ref('int_identities__seen') }}

),

stitched as (

    select * from {{ ref('int_people__stitched') }}

),

excluded as (

    select
        excluded.person_id,
        excluded.rule,
        count(*) as identities
    from {{ ref('int_people__excluded') }} as excluded
    inner join stitched on excluded.person_id = stitched.person_id
    group by 1, 2

),

did as (

    select
        coalesce('u:' || seen.user_id, stitched.person_id) as person_id,
        sum(seen.events) as events,
        sum(seen.touches) as touches
    from seen
    left join stitched
        on
            seen.anonymous_id = stitched.identity_id
            and stitched.identity_kind = 'anonymous'
    group by 1

),

left_out as (

    select
        excluded.person_id,
        excluded.rule,
        true as is_left_out,
        excluded.identities,
        did.events,
        did.touches
    from excluded
    inner join did on excluded.person_id = did.person_id

),

-- What is kept apart is what says nothing but the anonymous id: the rest is its user's in any case.
kept_apart as (

    select
        case
            when stitched.rule = 'cluster_limit' then 'u:' || stitched.only_user_id
            else stitched.person_id
        end as person_id,
        stitched.rule,
        false as is_left_out,
        count(*) as identities,
        coalesce(sum(seen.events), 0) as events,
        coalesce(sum(seen.touches), 0) as touches
    from stitched
    left join seen
        on
            stitched.identity_id = seen.anonymous_id
            and seen.user_id is null
    where stitched.rule in ('shared_device', 'cluster_limit')
    group by 1, 2

),

told as (

    select * from left_out
    union all
    select * from kept_apart

)

select
    -- ids
    person_id,

    -- dimensions
    rule,
    is_left_out,

    -- measures
    cast(identities as bigint) as identities,
    cast(events as bigint) as events,
    cast(touches as bigint) as touches
from told
