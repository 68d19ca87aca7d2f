-- Nor is one that was never seen with the user whose it is said to be.
with

seen as (

    select
        anonymous_id,
        count(distinct user_id) as users,
        max(user_id) as a_user
    from {{ ref('int_identities__seen') }}
    where anonymous_id is not null
    group by 1

)

select
    stitched.identity_id,
    stitched.person_id,
    seen.users
from {{ ref('int_people__stitched') }} as stitched
inner join seen on stitched.identity_id = seen.anonymous_id
where
    stitched.identity_kind = 'anonymous'
    and stitched.person_id <> 'a:' || stitched.identity_id
    and (seen.users <> 1 or stitched.person_id <> 'u:' || seen.a_user)
